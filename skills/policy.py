"""The part of a skill that an executor runs: decision rules in order, who reads what, what ends a run."""

from pydantic import Field

from trace2skill.claims.evidence import Citation, Selection, Support
from trace2skill.claims.model import ActionPattern, Predicate, Rule, Scalar
from trace2skill.skills.course import Course
from trace2skill.traces.model import Frozen


class Reading(Frozen):
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
    readings: tuple[Reading, ...] = ()
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
    course: Course | None = None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to act on."""
        return not self.rules and self.course is None
