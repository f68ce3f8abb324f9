"""A small library of three unlike skills, made in one line."""

from pathlib import Path

from trace2skill.skills.model import ModuleName, Skill, SkillRule
from trace2skill.store.library import Library
from trace2skill.store.records import Change, Commit

MMS_TASK = "I cannot send picture messages from my phone."
REFUND_TASK = "I want my money back for the flight that was cancelled."
SKILLS = {
    "send-picture-messages": (
        "The customer cannot send picture messages (MMS) from the phone.",
        "Ask the user to run `toggle_data` before anything else.",
    ),
    "refund-cancelled-flight": (
        "A passenger wants a refund because the airline cancelled the flight.",
        "Check the reservation before you promise a refund.",
    ),
    "boil-water": ("Bring water to the boil on the stove in the kitchen.", "Turn the stove on first."),
}


def make_skill(name: str) -> Skill:
    """One of the three."""
    when, rule = SKILLS[name]
    return Skill(
        name=name,
        title=name.replace("-", " ").capitalize(),
        description=when,
        when_to_use=when,
        family="f",
        rules=(SkillRule(name="P1", module=ModuleName.PROCEDURE, text=rule),),
    )


def make_library(folder: Path, *names: str) -> Path:
    """A library of these skills, or of all three, closed again."""
    with Library(folder) as library:
        changes = tuple(Change(skill=make_skill(name), operation="add") for name in names or SKILLS)
        library.commit(Commit(changes=changes))
    return folder
