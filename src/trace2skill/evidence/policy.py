"""The executable part of a skill: an ordered decision list, and a plan template for text worlds."""

from collections.abc import Collection
from typing import Annotated, Literal

from pydantic import Field

from trace2skill.claims.model import ActionPattern, AnyOf, Predicate, Rule, Scalar
from trace2skill.evidence.rows import Citation, Selection, Support
from trace2skill.traces.model import Frozen


class FixedWords(Frozen):
    """A fixed part of an argument."""

    kind: Literal["words"] = "words"
    text: str


class TaskWords(Frozen):
    """A part taken from the task: the words aligned with `start` to `end` of the procedure's own task."""

    kind: Literal["told"] = "told"
    start: int
    end: int


class Thing(Frozen):
    """An object of the world; equal numbers in a procedure denote the same object."""

    kind: Literal["thing"] = "thing"
    number: int


class BranchPart(Frozen):
    """A part of the task chosen by the `Branch` with this number."""

    kind: Literal["fork"] = "fork"
    number: int


ArgumentPart = Annotated[FixedWords | TaskWords | Thing | BranchPart, Field(discriminator="kind")]
ArgumentParts = tuple[ArgumentPart, ...]


class TemplateStep(Frozen):
    """An action of a procedure, the place where it was done, and whether it failed."""

    tool: str
    arguments: tuple[tuple[str, ArgumentParts], ...] = ()
    place: ArgumentParts = ()
    failed: bool = False


class Example(Frozen):
    """The object that a `Thing` stood for in one run."""

    number: int
    value: str
    place: str = ""


class Procedure(Frozen):
    """An ordered list of steps, the tasks it was done on, and example objects.

    The word positions of `TaskWords` refer to the task `own`.
    """

    own: str
    tasks: tuple[str, ...]
    steps: tuple[TemplateStep, ...]
    examples: tuple[Example, ...] = ()


class ObjectPreference(Frozen):
    """How often an object was taken (`taken`) when it was available (`shown`).

    `kind` says which object: the one named `value` (`whole`), one with the word `value` (`word`), one that
    the latest answer named (`said`), the one of least amount (`least`), or one listed in the same line as the
    object taken before (`beside`).
    """

    tool: str
    argument: str
    turn: int
    kind: Literal["whole", "word", "said", "least", "beside"]
    value: str = ""
    taken: int
    shown: int


class Branch(Frozen):
    """A choice between two parts of the task: `yes` if the test holds, else `no`.

    The test is on the latest observation: its number is greater than the number at word `above` of the task,
    or it contains `says`.
    """

    number: int
    task: str
    yes: TaskWords
    no: TaskWords
    above: int | None = None
    says: str = ""


class NavigationAction(Frozen):
    """An action that moves to the next place; its argument names the place or the direction."""

    tool: str
    argument: str
    by: Literal["place", "direction"]


class Link(Frozen):
    """A connection between two places."""

    origin: str
    target: str
    direction: str = ""


class PlanTemplate(Frozen):
    """Procedures for text worlds, with actions to look and to move, a map, preferences and branches."""

    procedures: tuple[Procedure, ...]
    looks: tuple[str, ...] = ()
    rides: tuple[NavigationAction, ...] = ()
    links: tuple[Link, ...] = ()
    tastes: tuple[ObjectPreference, ...] = ()
    branches: tuple[Branch, ...] = ()


class FactSource(Frozen):
    """An action whose observation gives the value of a fact."""

    key: str
    by: ActionPattern


class ArgumentUse(Frozen):
    """The observed values of an argument given by the task; if they are specific to runs, their form."""

    tool: str
    name: str
    values: tuple[Scalar, ...] = ()
    look: str = ""


class Basis(Frozen):
    """The support of a decision in good runs, as counted by `measure`, with citations.

    It is descriptive, not a test: the rule was chosen on the same runs.
    """

    support: Support
    seen_at: tuple[Citation, ...] = Field((), description="examples, at most a handful")


class Policy(Frozen):
    """A decision list that an executor can run: the first rule that applies is due.

    It holds all mined rules, in the order in which runs do them; a skill shows its readers only those that
    pass the tests on its evidence. `goals` hold at the end of good runs; `last` are actions that end a run,
    such as handing over. In worlds that answer in text, `course` holds procedures to follow instead of rules.
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

    def without(self, claims: Collection[Rule]) -> "Policy":
        """The policy without these rules, or the alternatives of one that unites several."""
        gone = {*claims, *(rule for whole in claims for rule in self.rules if _is_alternative(rule, whole))}
        keep = [at for at, rule in enumerate(self.rules) if rule not in gone]
        return self.model_copy(
            update={
                "rules": tuple(self.rules[at] for at in keep),
                "selections": tuple(self.selections[at] for at in keep if self.selections),
                "basis": tuple(self.basis[at] for at in keep if self.basis),
            }
        )

    @property
    def empty(self) -> bool:
        """Whether the policy has neither rules nor a course."""
        return not self.rules and self.course is None


def _is_alternative(rule: Rule, whole: Rule) -> bool:
    return rule.then == whole.then and isinstance(whole.when, AnyOf) and rule.when in whole.when.parts
