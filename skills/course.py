"""A course: demonstrated procedures with what varies taken out, for worlds that speak in text.

Where a rule says what to do when, a course says what to do next. Arguments keep the words that every run
shares; words that a task tells, and things that the world shows, are left open.
"""

from typing import Annotated, Literal

from pydantic import Field

from trace2skill.traces.model import Frozen


class Words(Frozen):
    """Words that stay."""

    kind: Literal["words"] = "words"
    text: str


class Told(Frozen):
    """Words of the task: what stands where the procedure's own task has its words from `start` to `end`."""

    kind: Literal["told"] = "told"
    start: int
    end: int


class Thing(Frozen):
    """Something that the world shows, the same wherever its number returns."""

    kind: Literal["thing"] = "thing"
    number: int


class Fork(Frozen):
    """One or the other place in the task, by what the world said last."""

    kind: Literal["fork"] = "fork"
    number: int


Part = Annotated[Words | Told | Thing | Fork, Field(discriminator="kind")]
Parts = tuple[Part, ...]


class CourseStep(Frozen):
    """An action of a procedure, where it was done, and whether it failed there."""

    tool: str
    arguments: tuple[tuple[str, Parts], ...] = ()
    place: Parts = ()
    failed: bool = False


class Example(Frozen):
    """What a thing was in one run."""

    number: int
    value: str
    place: str = ""


class Procedure(Frozen):
    """Steps in their order, the tasks they were done on, and what the things were.

    Positions of told words are those of the task `own`.
    """

    own: str
    tasks: tuple[str, ...]
    steps: tuple[CourseStep, ...]
    examples: tuple[Example, ...] = ()


class Taste(Frozen):
    """How often a thing was taken of those that could have been.

    This one, one with this word, or one that stood in a relation: named by the latest answer, the least in
    amount, told in one line with what was taken before.
    """

    tool: str
    argument: str
    turn: int
    kind: Literal["whole", "word", "said", "least", "beside"]
    value: str = ""
    taken: int
    shown: int


class Branch(Frozen):
    """Which of two places of a task is meant: `yes` when the test holds, else `no`.

    The test is on what the world said last: its number is above the number at word `above` of the task, or
    it says `says`.
    """

    number: int
    task: str
    yes: Told
    no: Told
    above: int | None = None
    says: str = ""


class Ride(Frozen):
    """One of the actions that lead to the next place: its argument names the place or the direction."""

    tool: str
    argument: str
    by: Literal["place", "direction"]


class Link(Frozen):
    """A way between two places."""

    origin: str
    target: str
    direction: str = ""


class Course(Frozen):
    """Procedures, and what they need: how to travel, how to look, what to prefer."""

    procedures: tuple[Procedure, ...]
    looks: tuple[str, ...] = ()
    rides: tuple[Ride, ...] = ()
    links: tuple[Link, ...] = ()
    tastes: tuple[Taste, ...] = ()
    branches: tuple[Branch, ...] = ()
