"""Mining plan templates from runs: what varies is taken out, and what decides is found."""

from tests.building import act, run
from trace2skill.evidence.policy import FixedWords, NavigationAction, TaskWords, Thing
from trace2skill.mining.pool import Pool
from trace2skill.plan_templates.mine import BranchChoice, branches, mine_plan_template
from trace2skill.plan_templates.preferences import navigation
from trace2skill.plan_templates.text import holds
from trace2skill.plan_templates.unify import Lifter
from trace2skill.traces.model import Trace

TASK = "Put the apple into the red box. Above 10 degrees use the blue box."
WHERE = ("move", "target", 1, 0)


def test_words_of_the_task_and_things_seen_are_lifted() -> None:
    """`dove` is short for the dove egg in sight; `terminal 1` stays."""
    lifter = Lifter("Take it to the red box.")
    assert lifter.lift("red box", ()) == (TaskWords(start=4, end=6),)
    assert lifter.lift("dove", ["axe", "dove egg"]) == (Thing(number=0),)
    assert lifter.lift("wire terminal 1", ["wire"]) == (Thing(number=1), FixedWords(text="terminal 1"))


def test_the_number_that_decides_between_two_words_is_found() -> None:
    """The blue box above ten degrees, the red one below."""
    red, blue = TaskWords(start=5, end=6), TaskWords(start=11, end=12)
    made = [
        BranchChoice(WHERE, TASK, blue if t > 10 else red, t, frozenset()) for t in (5.0, 8.0, 12.0, 30.0)
    ]
    branch = branches(TASK, made)[WHERE]
    sides = [branch.yes if holds(branch, TASK, t, frozenset()) else branch.no for t in (9.0, 11.0)]
    assert sides == [red, blue]


def test_where_runs_agree_there_is_no_branch() -> None:
    """Nothing is to be decided."""
    made = [BranchChoice(WHERE, TASK, TaskWords(start=5, end=6), None, frozenset())] * 3
    assert branches(TASK, made) == {}


def _walk(name: str, *rooms: str) -> Trace:
    steps = [
        each
        for room in rooms
        for each in (
            act("open_door", "The door is now open.", place=room),
            act("go_to", f"You move to the {room}.", place=room),
            act("look_around", f"This room is called the {room}. In it, you see: a lamp, a cup, a box"),
        )
    ]
    return run(*steps, name=name, key=name, task="Walk.")


def test_navigation_actions_are_those_that_change_the_place() -> None:
    """The door is opened before, with the same word."""
    found = navigation([_walk("a", "hall", "kitchen"), _walk("b", "hall", "kitchen", "hall")])
    assert found.actions == (
        NavigationAction(tool="open_door", argument="place", by="place"),
        NavigationAction(tool="go_to", argument="place", by="place"),
    )


def test_a_world_that_answers_in_records_has_no_plan_template() -> None:
    """Its policy is rules."""
    assert mine_plan_template(Pool("shop", [run(act("get_lamp", {"state": "off"}, lamp="L1"))])) is None
