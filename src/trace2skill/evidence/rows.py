"""Evidence: rows that unite by set union, and what is derived from them."""

from enum import StrEnum
from typing import NamedTuple

from pydantic import Field

from trace2skill.traces.model import Frozen, Label


class Table(NamedTuple):
    """Four counts: hits and trials with the condition, hits and trials without."""

    hits: int = 0
    trials: int = 0
    other_hits: int = 0
    other_trials: int = 0


class Row(Frozen):
    """What one trace says about one claim. Keyed by (claim, trace): the same trace twice adds nothing.

    `association`: whether the run did it, where it had the condition / where it had not (0 or 1 each).
    `step_effect`: whether a matching step erred, among those with the condition / without it (0 or 1 each).
    `held_at`, `broken_at`: step indices that a citation `trace#step` resolves to.
    """

    claim: str
    trace: str
    opportunities: int
    held: int
    association: Table = Table()
    step_effect: Table = Table()
    held_at: tuple[int, ...] = ()
    broken_at: tuple[int, ...] = ()


class TraceFacts(Frozen):
    """What the statistics need to know of a trace: its stratum (runs on one task), family and outcome."""

    trace: str
    stratum: str
    family: str
    source: str
    label: Label
    held_out: bool = False  # its task was kept from mining, to corroborate on
    finished: bool = True  # it did what good runs end with, so that it could have succeeded

    @property
    def telling(self) -> bool:
        """Whether its outcome may be compared with those of other runs."""
        return self.finished and self.label in {Label.SUCCESS, Label.FAILURE, Label.PARTIAL}


class Support(Frozen):
    """How often a claim had the opportunity and held, and on how much distinct ground.

    `traces` are those in which it held at least once, `due` those in which it could have.
    """

    opportunities: int = 0
    held: int = 0
    due: int = 0
    traces: int = 0
    tasks: int = 0
    sources: int = 0


class Lift(Frozen):
    """Success with the claim held (at least once) and without, pooled and within strata.

    `odds_ratio` is the Mantel-Haenszel estimate, `low` and `high` the ends of its 95 % interval (None where
    it is zero, infinite or unknown), `p` the two-sided exact conditional p, all within strata; None when no
    stratum tells anything. `informative` counts the strata in which both exposure and outcome vary,
    `favouring` and `opposing` those of them in which success goes with the claim and against it; `reversed`
    says that it does both, each significantly in some stratum. `enough` says whether p could have got below
    .05 at all; `needed` about how many informative strata would do otherwise.
    """

    with_success: int = 0
    with_total: int = 0
    without_success: int = 0
    without_total: int = 0
    stratified_by: str = "task"
    informative: int = 0
    favouring: int = 0
    opposing: int = 0
    reversed: bool = False
    odds_ratio: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    pooled_p: float | None = None
    enough: bool = False
    needed: int | None = None


class LiftTest(Frozen):
    """The test of a lift among all that were tested with it: a claim without one was not tested.

    `p` is exact within strata, `q` adjusted for false discoveries among the `among` trace sets tested in the
    family. `tasks` is how many it was tested on; when `preselected`, other tasks than those that chose it.
    """

    p: float
    q: float
    among: int
    tasks: int
    preselected: bool = False


class Contrast(Frozen):
    """A rate over runs with the condition against the rate over runs without, their ratio, and an exact p."""

    hits: int = 0
    trials: int = 0
    other_hits: int = 0
    other_trials: int = 0
    ratio: float | None = None
    p: float | None = None


class Tier(StrEnum):
    """How far a rule has come."""

    CITED = "cited"
    HYPOTHESIS = "hypothesis"
    MINED = "mined"
    CORROBORATED = "corroborated"
    VALIDATED = "validated"


class Practice(Frozen):
    """What runs did where a claim was due, run by run: those worth imitating, and those that failed.

    Worth imitating are successful runs, or all runs where no outcome is known. `kept` of the `due` ones kept
    to the claim, on `tasks` distinct tasks; so did `failed_kept` of the `failed_due` ones.
    """

    due: int = 0
    kept: int = 0
    tasks: int = 0
    failed_due: int = 0
    failed_kept: int = 0

    @property
    def rate(self) -> float:
        """The share of the runs worth imitating that kept to it, 0 where it was never due."""
        return self.kept / self.due if self.due else 0.0


class Selection(Frozen):
    """How a condition was chosen.

    It was the best of `among` conditions that tell different runs apart, and it, or one that tells the same
    runs apart, was the best again on `stability` of random halves of the tasks (0 to 1).
    """

    among: int = Field(ge=1)
    stability: float = Field(ge=0, le=1)


class Summary(Frozen):
    """Everything derived from a claim's rows over a pool of traces."""

    support: Support
    practice: Practice = Practice()
    association: Contrast | None = None
    step_effect: Contrast | None = None
    lift: Lift | None = None


class Citation(NamedTuple):
    """A place in the evidence, written `trace#step`."""

    trace: str
    step: int

    def __str__(self) -> str:
        return f"{self.trace}#{self.step}"
