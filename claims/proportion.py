"""Proportions: an interval for one, and a test whether a later one is lower than an earlier one."""

import math
from functools import lru_cache
from statistics import NormalDist
from typing import NamedTuple

from trace2skill.claims.statistics import LEVEL


class Share(NamedTuple):
    """Hits among trials."""

    hits: int = 0
    trials: int = 0

    @property
    def rate(self) -> float:
        """Hits per trial; 0 without trials."""
        return self.hits / self.trials if self.trials else 0.0


def wilson(share: Share, confidence: float = 0.95) -> tuple[float, float]:
    """The score interval of a proportion (Wilson, 1927); (0, 1) without trials."""
    if not share.trials:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    rate, weight = share.rate, z * z / share.trials
    half = math.sqrt(weight * (rate * (1 - rate) + weight / 4))
    centre = rate + weight / 2
    return max(0.0, (centre - half) / (1 + weight)), min(1.0, (centre + half) / (1 + weight))


@lru_cache(maxsize=1 << 12)
def fall_p(earlier: Share, later: Share) -> float | None:
    """One-sided p of Fisher's exact test that the later proportion is lower; None where one has no trials."""
    if not (earlier.trials and later.trials):
        return None
    from scipy.stats import fisher_exact

    table = [[later.hits, later.trials - later.hits], [earlier.hits, earlier.trials - earlier.hits]]
    return float(fisher_exact(table, alternative="less")[1])


def could_fall(earlier: int, later: int, level: float = LEVEL) -> bool:
    """Whether so many trials could show a fall at all: from every one of the earlier to none of the later."""
    p = fall_p(Share(earlier, earlier), Share(0, later))
    return p is not None and p < level
