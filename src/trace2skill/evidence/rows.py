"""Evidence rows, which are combined by set union, and the records derived from them."""

from enum import StrEnum
from typing import NamedTuple

from pydantic import Field

from trace2skill.traces.model import Frozen, Label


class Table(NamedTuple):
    """Hits and trials with the condition, hits and trials without it."""

    hits: int = 0
    trials: int = 0
    other_hits: int = 0
    other_trials: int = 0


class Row(Frozen):
    """The counts of one claim in one trace. Rows are keyed by (claim, trace), so duplicates add nothing.

    `association`: whether what the claim predicts occurs, with its condition and without (0 or 1 each).
    `step_effect`: whether a matching step failed, with the condition and without (0 or 1 each).
    `held_at`, `broken_at`: step indices, the targets of citations `trace#step`.
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
    """The attributes of a trace that the statistics use; `stratum` is shared by the runs on one task."""

    trace: str
    stratum: str
    family: str
    source: str
    label: Label
    held_out: bool = False  # its task was kept from mining, for corroboration
    finished: bool = True  # it reached the final actions of good runs, so it could have succeeded
    judged: bool = Field(False, exclude_if=lambda judged: not judged)  # the label is a model's

    @property
    def telling(self) -> bool:
        """Whether the outcome is known and the run finished, so that it can be compared with other runs."""
        return self.finished and self.label in {Label.SUCCESS, Label.FAILURE, Label.PARTIAL}


class Support(Frozen):
    """Opportunities and holds of a claim; distinct traces, tasks and sources in which it held at least once.

    `due` counts the traces with at least one opportunity, `due_sources` their sources if several, else 0.
    """

    opportunities: int = 0
    held: int = 0
    due: int = 0
    traces: int = 0
    tasks: int = 0
    sources: int = 0
    due_sources: int = Field(0, exclude_if=lambda sources: sources < 2)


class Lift(Frozen):
    """Success of runs in which the claim held at least once and of the others, pooled and within strata.

    `odds_ratio` is the Mantel-Haenszel estimate, `low` and `high` its 95 % interval (None if it is zero,
    infinite or unknown), `p` the two-sided exact conditional p; None without an informative stratum.
    `informative` counts the strata in which both exposure and outcome vary, `favouring` and `opposing` those
    with a positive and a negative association; `reversed` is true if both occur significantly in some
    stratum. `enough` says whether p could fall below .05 with these margins; if not, `needed` estimates how
    many informative strata would be enough. `judged` counts the runs whose outcome a model judged, which are
    strata of their own.
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
    judged: int = Field(0, exclude_if=lambda judged: not judged)


class LiftTest(Frozen):
    """The test of a claim's lift, adjusted for all tests of its family.

    `p` is exact within strata; `q` is adjusted for false discoveries among the `among` trace sets tested in
    the family. `tasks` counts the tasks tested on; if `preselected`, they are disjoint from those on which
    the claim was preselected.
    """

    p: float
    q: float
    among: int
    tasks: int
    preselected: bool = False


class Contrast(Frozen):
    """The rates over runs with and without the condition, their ratio, and Fisher's exact p."""

    hits: int = 0
    trials: int = 0
    other_hits: int = 0
    other_trials: int = 0
    ratio: float | None = None
    p: float | None = None


class Tier(StrEnum):
    """The tiers of evidence, in ascending order."""

    CITED = "cited"
    HYPOTHESIS = "hypothesis"
    MINED = "mined"
    CORROBORATED = "corroborated"
    VALIDATED = "validated"


class Grade(StrEnum):
    """What a claim earned that a model proposed and the statistic of its kind did not make a rule.

    SEPARATING: runs that keep to it succeed more often than the others, on tasks whose runs the model was not
    shown. EXPLORATORY: the same, on the runs that it was proposed from. HABIT: good runs keep to it, and no
    run shows what happens otherwise.
    """

    SEPARATING = "separating"
    EXPLORATORY = "exploratory"
    HABIT = "habit"


class Practice(Frozen):
    """How many runs kept to a claim where it was due.

    Good runs are the successful ones, or all if no outcome is known. Of the `due` good runs, `kept` kept to
    the claim, on `tasks` distinct tasks; of the `failed_due` failed runs, `failed_kept` did. `judged` has the
    same counts over those of these runs whose outcome a model judged; None if there are none.
    """

    due: int = 0
    kept: int = 0
    tasks: int = 0
    failed_due: int = 0
    failed_kept: int = 0
    judged: "Practice | None" = Field(None, exclude_if=lambda judged: judged is None)

    @property
    def outcomes(self) -> int:
        """The number of runs with a good or a bad outcome in which the claim was due."""
        return self.due + self.failed_due

    @property
    def rate(self) -> float:
        """`kept / due`; 0 if the claim was never due in a good run."""
        return self.kept / self.due if self.due else 0.0


class Selection(Frozen):
    """How a rule's condition was chosen.

    `among` is the number of candidate conditions with distinct sets of runs. `stability` is the share of
    random halves of the tasks (0 to 1) on which no other explained the action better than the condition, or
    than one with the same set of runs.
    """

    among: int = Field(ge=1)
    stability: float = Field(ge=0, le=1)


class Summary(Frozen):
    """The statistics of a claim over a pool of traces."""

    support: Support
    practice: Practice = Practice()
    association: Contrast | None = None
    step_effect: Contrast | None = None
    lift: Lift | None = None


class Citation(NamedTuple):
    """A step of a trace, written `trace#step`."""

    trace: str
    step: int

    def __str__(self) -> str:
        return f"{self.trace}#{self.step}"
