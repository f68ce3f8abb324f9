"""Pairs of runs, the evidence in them, and differences in words."""

from collections.abc import Sequence

from trace2skill.evaluation.journal import Run
from trace2skill.evaluation.sequential import Evidence, interval, pairs_needed, within_reach
from trace2skill.store.validations import Interval, Saved, Verdict

FUTILE_FROM = 50
"""Pairs before which a comparison is never given up."""

SAVING_SHARE = 0.2
"""The share of the level of a benefit that is spent on savings, the rest on success."""


class Pairs:
    """The pairs so far, and the evidence in them.

    Args:
        level: The risk of a wrong verdict, half of it on each side.
        harm_budget: The most loss of success that a saving may make up for.
    """

    def __init__(self, level: float, harm_budget: float) -> None:
        self.level = level
        self.side = level / 2
        self.harm_budget = harm_budget
        self.tasks: set[str] = set()
        self.differences: list[float] = []
        self.savings: list[float] = []
        self.controls: list[float] = []
        self.treated: list[float] = []
        self.saved: Saved = ""
        self._spent = [0.0, 0.0]
        self._gain, self._loss = Evidence(), Evidence()
        self._bearable, self._saving = Evidence(-harm_budget), Evidence()

    @property
    def saving_level(self) -> float:
        """The level of a saving, one-sided."""
        return SAVING_SHARE * self.side

    def add(self, control: Run, treated: Run) -> None:
        """Take in one pair."""
        if not self.differences:
            self.saved = _measure(control, treated)
        self.tasks.add(control.task)
        self.controls.append(control.success)
        self.treated.append(treated.success)
        difference = treated.success - control.success
        self.differences.append(difference)
        self._gain.add(difference)
        self._loss.add(-difference)
        self._bearable.add(difference)
        if self.saved:
            told = getattr(control, self.saved), getattr(treated, self.saved)
            self._spent = [total + (value or 0) for total, value in zip(self._spent, told, strict=True)]
            saving = relative_saving(*told)
            self.savings.append(saving)
            self._saving.add(saving)

    @property
    def spent(self) -> tuple[float, float] | None:
        """The means of what is saved, without the skill and with it; None if nothing is told."""
        if not self.saved:
            return None
        without, with_it = self._spent
        return without / len(self.savings), with_it / len(self.savings)

    def verdict(self) -> tuple[Verdict, str] | None:
        """The verdict that the evidence allows, and why; None if it allows none."""
        success_level = self.side - self.saving_level if self.saved else self.side
        if self._gain.reaches(success_level):
            return "helps", f"more success: {points(interval(self.differences, self.level))}"
        if self._loss.reaches(self.side):
            return "harms", f"less success: {points(interval(self.differences, self.level))}"
        if self.saved and self._saving.reaches(self.saving_level) and self._bearable.reaches(self.side):
            found = interval(self.savings, 2 * self.saving_level)
            return "helps", (
                f"fewer {self.saved} ({percent(found)}) and no loss of success beyond the harm budget: "
                f"{points(interval(self.differences, self.level))}"
            ).replace("fewer cost", "less cost")
        return None

    def futile(self, left: int) -> bool:
        """Whether so many more pairs would hardly lead to a verdict, even if more differs than it looks.

        Giving up makes no verdict, so that it costs no certainty.
        """
        if len(self.differences) < FUTILE_FROM:
            return False
        losses = [-each for each in self.differences]
        success_level = self.side - self.saving_level if self.saved else self.side
        return not (
            within_reach(self._gain, self.differences, success_level, left)
            or within_reach(self._loss, losses, self.side, left)
            or (
                bool(self.saved)
                and within_reach(self._saving, self.savings, self.saving_level, left)
                and within_reach(
                    self._bearable,
                    [each + self.harm_budget for each in self.differences],
                    self.side,
                    left,
                )
            )
        )

    def undecided(self, *, given_up: bool = False) -> str:
        """Why the runs did not suffice."""
        found = interval(self.differences, self.level)
        why = "the runs left would hardly show one; " if given_up else ""
        return (
            f"no difference shown by {len(self.differences)} pairs: {points(found)}; {why}a larger "
            "--max-runs goes on from here"
        )

    def needed(self) -> int | None:
        """About how many pairs a difference of 20 points takes, by the variance so far."""
        if len(self.differences) < 5:
            return None
        mean = mean_of(self.differences)
        variance = sum((each - mean) ** 2 for each in self.differences) / (len(self.differences) - 1)
        return pairs_needed(max(variance, 0.01), 0.2)


def _measure(control: Run, treated: Run) -> Saved:
    """The first of cost, tokens and turns that both runs tell; empty if there is none."""
    measures: tuple[Saved, ...] = ("cost", "tokens", "turns")
    for measure in measures:
        told = getattr(control, measure), getattr(treated, measure)
        if None not in told and any(told):
            return measure
    return ""


def relative_saving(control: float | None, treated: float | None) -> float:
    """(control - treated) / (control + treated), in [-1, 1]; 0 if either is not told, or both are 0."""
    if control is None or treated is None or control + treated == 0:
        return 0.0
    return (control - treated) / (control + treated)


def points(found: Interval) -> str:
    """`+12 points (+3 to +21)`."""
    return f"{100 * found.mean:+.0f} points ({100 * found.low:+.0f} to {100 * found.high:+.0f})"


def percent(found: Interval) -> str:
    """A relative saving as a share of the control's cost: `-30 % (-41 to -17)`; more is a plus."""
    mean, low, high = (_share(each) for each in (found.mean, found.high, found.low))
    return f"{mean:+.0f} % ({low:+.0f} to {high:+.0f})"


def _share(saving: float) -> float:
    """The change in percent of the control that a relative saving s stands for: -2 s / (1 + s)."""
    return -200 * saving / (1 + saving) if saving > -0.99 else 9999


def mean_of(values: Sequence[float]) -> float:
    """The mean; 0 of nothing."""
    return sum(values) / len(values) if values else 0.0
