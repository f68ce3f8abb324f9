"""Games in text: a house made for the test, and the real ones where they are installed."""

import importlib.util
import shutil
import sys
from collections.abc import Sequence

import pytest

from benchmarks.held_out.text_bench import Result, table
from benchmarks.held_out.text_world import (
    Reply,
    Start,
    TextWorld,
    command,
    demonstration,
    mapping,
    package,
    replay,
)
from trace2skill.errors import SettingError
from trace2skill.mining.pool import Pool
from trace2skill.plan_templates.follow import follow
from trace2skill.plan_templates.mine import mine_plan_template
from trace2skill.traces.model import Action, StepOutcome

ROOMS = {"hall": ("kitchen", "cellar"), "kitchen": ("hall",), "cellar": ("hall",)}
THINGS = ("red apple", "green pear", "blue cup", "white plate")


class House:
    """Three rooms; the thing that the task names lies where the task says, and belongs in a box there."""

    name = "scienceworld"

    def variations(self, task: str, split: str) -> Sequence[int]:
        """Eight to learn from, four to play."""
        return range(8) if split == "train" else range(8, 12)

    def start(self, task: str, variation: int, split: str, *, gold: bool = False) -> Start:
        """Draw thing and room from the number."""
        self.thing = THINGS[variation % 4]
        self.room, self.goal = "hall", ("kitchen", "cellar")[variation // 4 % 2]
        self.held = self.done = False
        text = f"Your task is to find the {self.thing} in the {self.goal}. Then, put it in the box."
        deeds = (f"go to {self.goal}", f"pick up {self.thing}", f"move {self.thing} to box")
        return Start(text, self._look(), deeds if gold else ())

    def _look(self) -> str:
        ways = "\n".join(f"A door to the {room}" for room in ROOMS[self.room])
        there = "" if self.held or self.room != self.goal else f"a {self.thing}\n"
        return f"This room is called the {self.room}. In it, you see:\na lamp\na box\n{there}{ways}"

    def step(self, command: str) -> Reply:
        """Move, take, put."""
        said = "No known action matches that input."
        if command == "look around":
            said = self._look()
        elif command.removeprefix("go to ") in ROOMS[self.room]:
            self.room = command.removeprefix("go to ")
            said = f"You move to the {self.room}."
        elif command == f"pick up {self.thing}" and self.room == self.goal:
            self.held = True
            said = f"You move the {self.thing} to the inventory."
        elif command == f"move {self.thing} to box" and self.held:
            self.done = True
            said = "You move it to the box."
        return Reply(said, 100.0 if self.done else 0.0, self.done)

    def choices(self) -> Sequence[str]:
        """Nothing is offered."""
        return ()


def test_a_course_mined_from_demonstrations_solves_another_variation() -> None:
    """The thing and the room are the new task's; the way to it is found."""
    house = House()
    course = mine_plan_template(Pool("house", [demonstration(house, "put", each) for each in (0, 5, 2, 7)]))
    assert course is not None
    world = TextWorld(house, house.start("put", 9, "test"))
    run = follow(course, world, budget=40)
    assert (world.score, run.ending) == (100.0, "done")


def test_the_same_demonstrations_give_the_same_course() -> None:
    """Whatever their order."""
    traces = [demonstration(House(), "put", each) for each in (0, 5, 2)]
    assert mine_plan_template(Pool("house", traces)) == mine_plan_template(Pool("house", traces[::-1]))


def test_a_budget_ends_a_run() -> None:
    """Three actions are allowed, and three are done."""
    house = House()
    course = mine_plan_template(Pool("house", [demonstration(house, "put", 0)]))
    assert course is not None
    run = follow(course, TextWorld(house, house.start("put", 9, "test")), budget=3)
    assert (len(run.trace.steps), run.ending) == (3, "out of budget")


def test_what_needs_approval_is_not_done_without() -> None:
    """The report says so."""
    house = House()
    course = mine_plan_template(Pool("house", [demonstration(house, "put", 0)]))
    assert course is not None
    world = TextWorld(house, house.start("put", 0, "test"))
    run = follow(course, world, budget=40, needs_approval=frozenset({"pick_up"}))
    assert world.score == 0
    assert "needs approval and has none" in {entry.why for entry in run.report}


def test_replay_does_the_likest_demonstration_word_by_word() -> None:
    """On the demonstrated variation it succeeds, on another one it does not."""
    house = House()
    traces = [demonstration(house, "put", each) for each in (0, 5)]
    same = replay(TextWorld(house, house.start("put", 0, "test")), traces)
    other = replay(TextWorld(house, house.start("put", 10, "test")), traces)
    assert (same, other) == (100.0, 0.0)


def test_an_action_is_written_in_the_wording_that_takes_its_arguments() -> None:
    """`use` has a wording for one thing and one for two."""
    rules = mapping("scienceworld")
    assert command(Action(tool="use", arguments={"object": "axe"}), rules) == "use axe"
    assert command(Action(tool="use", arguments={"colour": "red"}), rules) == ""


def test_what_the_mapping_calls_an_error_is_one() -> None:
    """The game answers in text alone."""
    house = House()
    world = TextWorld(house, house.start("put", 0, "test"))
    assert world.say("dance").outcome is StepOutcome.ERROR


def test_the_table_has_a_row_for_each_task() -> None:
    """Scores stand beside those of the replay."""
    result = Result(
        game="g", task="t", demonstrations=8, score=90, random=1, replay=20, scores=(90,), variations=(1,),
        endings={}, distilling=0, executing=0,
    )  # fmt: skip
    assert table([result]).splitlines()[-1] == "| t | 1 | 90 (20) |"


def test_without_the_package_the_fix_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing package ends in a message that says what to install."""
    monkeypatch.setitem(sys.modules, "scienceworld", None)
    with pytest.raises(SettingError, match="pip install scienceworld"):
        package("scienceworld", "scienceworld")


def test_without_java_the_fix_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The games run in Java."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SettingError, match="Java"):
        package("json", "json")


@pytest.mark.heavy
@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(
    not (importlib.util.find_spec("scienceworld") and shutil.which("java")),
    reason="needs scienceworld and Java",
)
def test_skills_find_animals_in_scienceworld() -> None:
    """Distilled from three demonstrations, on variations never seen."""
    from benchmarks.held_out.scienceworld import open_game
    from benchmarks.held_out.text_bench import Bench

    assert Bench(open_game(), tests=2).measure("find-animal", 3).score >= 75


@pytest.mark.heavy
@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(
    not (importlib.util.find_spec("textworld_express") and shutil.which("java")),
    reason="needs textworld-express and Java",
)
def test_skills_sort_in_textworldexpress() -> None:
    """Distilled from three demonstrations, on seeds never seen."""
    from benchmarks.held_out.text_bench import Bench
    from benchmarks.held_out.textworldexpress import open_game

    assert Bench(open_game(), tests=3).measure("sorting", 3).score >= 75
