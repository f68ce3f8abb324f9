"""Tests of paired differences that stay valid however often they are looked at.

Differences lie in [-1, 1]. The evidence that their mean is above m is the capital of a gambler who started
with 1 and stakes a fixed fraction f of it on every difference, averaged over several fractions:

    E(m) = mean over f of  product over d of  (1 - f + f (1 + d) / (1 + m))

If the mean is at most m, this is a nonnegative supermartingale, so that it ever reaches 1/level with
probability at most `level` (Ville, 1939), whatever rule stops the runs. The means that it does not refute
make a confidence sequence: Waudby-Smith and Ramdas, Estimating means of bounded random variables by betting,
JRSS B 86 (2024).
"""

import math
from collections.abc import Mapping, Sequence

from trace2skill.store.validations import Interval

FRACTIONS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8)
"""The stakes that are averaged; the larger ones find large effects early, the smaller ones small effects."""

OPTIMISM = 2.5
"""Standard errors by which a difference may turn out larger than it looks, when runs are given up."""

_STEPS = 24
"""Halvings of the search for a bound, which leave it exact to 2e-7."""


class Evidence:
    """The evidence that the mean of differences is above m, difference by difference.

    Args:
        m: The mean to refute, at least -1 and below 1.
    """

    def __init__(self, m: float = 0.0) -> None:
        self._half = (1 + m) / 2
        self._logs = [0.0] * len(FRACTIONS)

    def add(self, difference: float) -> None:
        """Take in one difference, -1 to 1."""
        ratio = (1 + difference) / 2 / self._half
        self._logs = [
            log + math.log(1 - fraction + fraction * ratio)
            for log, fraction in zip(self._logs, FRACTIONS, strict=True)
        ]

    @property
    def log(self) -> float:
        """The natural logarithm of E(m); 0 before any difference."""
        most = max(self._logs)
        return most + math.log(sum(math.exp(log - most) for log in self._logs) / len(self._logs))

    def reaches(self, level: float) -> bool:
        """Whether the mean is refuted at a level."""
        return self.log >= -math.log(level)


def lower_bound(differences: Sequence[float], level: float) -> float:
    """The largest m such that every smaller mean is refuted at the level; -1 if none is."""
    import numpy as np

    values, counts = np.unique(np.asarray(differences, dtype=float), return_counts=True)
    fractions = np.array(FRACTIONS)[:, None]

    def log_evidence(m: float) -> float:
        logs = np.log(1 - fractions + fractions * (1 + values) / (1 + m)) @ counts
        return float(logs.max() + np.log(np.exp(logs - logs.max()).mean()))

    low, high = -1.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if log_evidence(middle) >= -math.log(level) else (low, middle)
    return low


def interval(differences: Sequence[float], level: float = 0.05) -> Interval:
    """The mean of differences with a confidence interval that holds at any time of stopping.

    Each side is at half the level. Without differences it is -1 to 1 around 0.
    """
    if not differences:
        return Interval(mean=0.0, low=-1.0, high=1.0)
    return Interval(
        mean=sum(differences) / len(differences),
        low=lower_bound(differences, level / 2),
        high=-lower_bound([-each for each in differences], level / 2),
    )


def discoveries(logs: Mapping[str, float], level: float) -> set[str]:
    """The hypotheses that are refuted with a false discovery rate of at most `level`.

    Args:
        logs: The logarithm of each hypothesis' evidence; they may depend on each other in any way, and the
            rule that stopped the runs may depend on all of them.
        level: The false discovery rate.

    The e-BH procedure: Wang and Ramdas, False discovery rate control with e-values, JRSS B 84 (2022). The k
    largest are refuted, for the largest k such that the kth is at least the number of hypotheses / (k level).
    """
    ranked = sorted(logs, key=lambda name: (-logs[name], name))
    found = 0
    for k, name in enumerate(ranked, 1):
        if logs[name] >= math.log(len(ranked) / (k * level)):
            found = k
    return set(ranked[:found])


def within_reach(evidence: Evidence, values: Sequence[float], level: float, left: int) -> bool:
    """Whether the evidence may reach 1/level within so many more pairs.

    It is taken to grow by d^2 / (2 (v + d^2)) a pair, for the variance v and a difference d some standard
    errors larger than the mean so far.
    """
    mean = sum(values) / len(values)
    variance = sum((each - mean) ** 2 for each in values) / (len(values) - 1)
    hoped = mean + OPTIMISM * math.sqrt(max(variance, 0.01) / len(values))
    if hoped <= 0:
        return evidence.reaches(level)
    rate = hoped**2 / (2 * (max(variance, 0.01) + hoped**2))
    return evidence.log + left * rate >= -math.log(level)


def pairs_needed(variance: float, effect: float, level: float = 0.02) -> int:
    """About how many pairs an effect takes to be shown.

    Args:
        variance: Of one paired difference.
        effect: The mean difference.
        level: One-sided.
    """
    rate = effect**2 / (2 * (variance + effect**2))
    return math.ceil((1 - math.log(level)) / rate)
