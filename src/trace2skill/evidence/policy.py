"""The part of a skill that an executor runs.

Decision rules in order, and the plan template of a world in text.
"""

from typing import Annotated, Literal

from pydantic import Field

from trace2skill.claims.model import ActionPattern, Predicate, Rule, Scalar
from trace2skill.evidence.rows import Citation, Selection, Support
from trace2skill.traces.model import Frozen


class FixedWords(Frozen):
    """Words that stay."""

    kind: Literal["words"] = "words"
    text: str


class TaskWords(Frozen):
    """Words of the task: what stands where the procedure's own task has its words from `start` to `end`."""

    kind: Literal["told"] = "told"
    start: int
    end: int


class Thing(Frozen):
    """Something that the world shows, the same wherever its number returns."""

    kind: Literal["thing"] = "thing"
    number: int


class BranchPart(Frozen):
    """One or the other place in the task, by what the world said last."""

    kind: Literal["fork"] = "fork"
    number: int


ArgumentPart = Annotated[FixedWords | TaskWords | Thing | BranchPart, Field(discriminator="kind")]
ArgumentParts = tuple[ArgumentPart, ...]


class TemplateStep(Frozen):
    """An action of a procedure, where it was done, and whether it failed there."""

    tool: str
    arguments: tuple[tuple[str, ArgumentParts], ...] = ()
    place: ArgumentParts = ()
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
    steps: tuple[TemplateStep, ...]
    examples: tuple[Example, ...] = ()


class ObjectPreference(Frozen):
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
    yes: TaskWords
    no: TaskWords
    above: int | None = None
    says: str = ""


class NavigationAction(Frozen):
    """One of the actions that lead to the next place: its argument names the place or the direction."""

    tool: str
    argument: str
    by: Literal["place", "direction"]


class Link(Frozen):
    """A way between two places."""

    origin: str
    target: str
    direction: str = ""


class PlanTemplate(Frozen):
    """Procedures, and what they need: how to travel, how to look, what to prefer."""

    procedures: tuple[Procedure, ...]
    looks: tuple[str, ...] = ()
    rides: tuple[NavigationAction, ...] = ()
    links: tuple[Link, ...] = ()
    tastes: tuple[ObjectPreference, ...] = ()
    branches: tuple[Branch, ...] = ()


class FactSource(Frozen):
    """Which action reads a fact."""

    key: str
    by: ActionPattern


class ArgumentUse(Frozen):
    """What an argument that the task tells looked like: its values where they are kinds, else their form."""

    tool: str
    name: str
    values: tuple[Scalar, ...] = ()
    look: str = ""


class Basis(Frozen):
    """What a decision rests on: how often good runs kept to it, and where, as `measure` counts.

    It is no test: the rule was chosen on the runs that are counted.
    """

    support: Support
    seen_at: tuple[Citation, ...] = Field((), description="examples, at most a handful")


class Policy(Frozen):
    """What to do when, complete enough to act on.

    A skill shows its readers those of these rules that stand the tests on its evidence; these are all that
    the runs teach, in the order in which runs do them. The first that applies is due. `goals` hold when good
    runs end; `last` are actions after which they do nothing more, such as handing over. In worlds that answer
    in text alone there is a `course` besides: procedures to go through instead of rules to apply.
    """

    rules: tuple[Rule, ...] = ()
    readings: tuple[FactSource, ...] = ()
    goals: tuple[Predicate, ...] = ()
    last: tuple[ActionPattern, ...] = ()
    uses: tuple[ArgumentUse, ...] = ()
    selections: tuple[Selection, ...] = Field(
        (), description="how each rule's condition was chosen, in order; empty where nothing was mined"
    )
    basis: tuple[Basis, ...] = Field(
        (), description="one for each rule, in order; empty where none was counted"
    )
    traces: tuple[str, ...] = Field((), description="hashes of the runs it was mined from, sorted")
    course: PlanTemplate | None = None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to act on."""
        return not self.rules and self.course is None
