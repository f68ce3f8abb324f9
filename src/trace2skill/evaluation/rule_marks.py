"""What leaving rules out one at a time has shown, kept beside the library and bound to a version's bytes."""

from pathlib import Path

from pydantic import ValidationError

from trace2skill.errors import InputError
from trace2skill.evaluation.ablation import RuleEffect
from trace2skill.evaluation.pairs import points
from trace2skill.skills.model import Skill
from trace2skill.traces.model import Frozen


class RuleMarks(Frozen):
    """Which rules of a version help, harm, or are idle, and on what that rests."""

    skill: str
    version: int
    hash: str
    suite: str
    solver: str
    runs: int
    time: str
    rules: tuple[RuleEffect, ...]


def marks_file(folder: Path, skill: str) -> Path:
    """The file of a skill's marks in the folder of evaluations."""
    return folder / f"{skill}-rules.json"


def write_marks(folder: Path, marks: RuleMarks) -> Path:
    """Keep the marks, in place of those of an earlier ablation of the skill.

    Raises:
        InputError: The file cannot be written.
    """
    file = marks_file(folder, marks.skill)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(marks.model_dump_json(indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file}: cannot be written ({error.strerror or error})") from error
    return file


def read_marks(folder: Path, skill: Skill) -> RuleMarks | None:
    """The marks of exactly this version; None if it was not ablated.

    Raises:
        InputError: The file is damaged.
    """
    file = marks_file(folder, skill.name)
    if not file.exists():
        return None
    try:
        found = RuleMarks.model_validate_json(file.read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise InputError(f"{file}: {first['msg']}; remove the file, or ablate the skill again") from None
    return found if found.hash == skill.hash else None


def told(marks: RuleMarks) -> str:
    """The marks as a section of Markdown."""
    lines = [
        f"- {each.rule}: {each.verdict}, {points(each.effect)} in {each.pairs} pairs" for each in marks.rules
    ]
    where = f"on {marks.suite} by {marks.solver}, {marks.runs} runs ({marks.time[:10]})"
    return "\n".join(["## Left out in turn", "", f"Each rule left out in turn, {where}:", "", *lines])
