"""The result of a conformance check: for each trace, for each rule, and for the skill over time."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from trace2skill.evidence.rows import Tier
from trace2skill.traces.model import Frozen


class Verdict(StrEnum):
    """Whether one run followed a skill."""

    FOLLOWED = "followed"
    DEVIATED = "deviated"
    NOT_APPLICABLE = "not applicable"


class Departure(StrEnum):
    """The way in which a run broke a rule."""

    OMITTED = "omitted"
    UNCALLED = "uncalled"
    FORBIDDEN = "forbidden"
    UNGUARDED = "unguarded"
    DISORDER = "disorder"
    UNFINISHED = "unfinished"


class Role(StrEnum):
    """What a rule counts for in the verdict.

    Binding: breaking it is a deviation. Advice: runs did not keep it steadily enough to bind a single run; it
    is only counted. World: an effect, which a run cannot break; its failure is a surprise. Note: a person's
    words, which cannot be checked.
    """

    BINDING = "binding"
    ADVICE = "advice"
    WORLD = "world"
    NOTE = "note"


class Deviation(Frozen):
    """A place where a run broke a binding rule.

    A wrong action is at `step`, and `until` is the same. A missing action was due from `step` on and could
    have been done up to `until`.
    """

    rule: str = Field(description="the rule's name in the skill")
    kind: Departure
    step: int
    until: int
    expected: str
    done: str = Field(description="the action at `step`; empty where that step does nothing")


class Surprise(Frozen):
    """An action without the effect that the evidence says it has."""

    rule: str
    step: int
    expected: str
    done: str


class RuleCount(Frozen):
    """One rule in one run; `uncalled` counts its action done when its condition was known not to hold."""

    rule: str
    followed: int
    broken: int
    uncalled: int = 0


class OrderCost(Frozen):
    """The cheapest alignment of what was done with the order that a rule expects.

    `expected` is the number of actions expected, `cost` the number without a place in the longest part of the
    order that was kept; `displaced` names these, including those that were never done.
    """

    rule: str
    expected: int
    cost: int
    displaced: tuple[str, ...] = ()


class TraceConformance(Frozen):
    """One run against the skill; deviations in the order of their steps."""

    trace: str
    id: str
    verdict: Verdict
    reason: str = Field("", description="why the skill does not apply")
    steps: int
    rules: tuple[RuleCount, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    surprises: tuple[Surprise, ...] = ()
    order: tuple[OrderCost, ...] = ()


class Rate(Frozen):
    """A proportion with its 95 % Wilson interval."""

    hits: int
    trials: int
    low: float
    high: float


class RuleConformance(Frozen):
    """One rule over all runs to which the skill applies.

    `known` is its rate in the runs it was distilled from, `now` in these runs; `p` is the p value of a fall,
    adjusted for the number of rules. A rule chosen because it held often is expected to hold a little less.
    """

    rule: str
    text: str
    role: Role
    tier: Tier
    known: Rate | None = None
    now: Rate | None = None
    p: float | None = None
    weaker: bool = Field(False, description="significantly below its evidence")
    uncalled: int = 0
    traces_followed: int = 0
    traces_broken: int = 0
    traces_idle: int = Field(0, description="runs without an opportunity")


class Drift(Frozen):
    """Whether the skill is followed less over time: the later half of the runs compared with the earlier."""

    ordered_by: Literal["time", "order given"]
    overall: Rate
    earlier: Rate
    later: Rate
    p: float | None = None
    verdict: Literal["stale", "steady", "too few runs"]


class Conformance(Frozen):
    """How runs conform to a skill: by run, by rule, and over time."""

    skill: str
    skill_hash: str
    min_hold: float
    traces: tuple[TraceConformance, ...]
    rules: tuple[RuleConformance, ...]
    drift: Drift

    def count(self, verdict: Verdict) -> int:
        """How many runs got the verdict."""
        return sum(trace.verdict is verdict for trace in self.traces)
