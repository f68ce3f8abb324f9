"""Exact inference on one or several stratified 2 x 2 tables, cached by their counts.

In a `Table`, `hits` of the `trials` exposed runs succeeded, and `other_hits` of the `other_trials` unexposed
ones. A stratum is *informative* if both exposure and outcome vary in it; other strata hold no information
about the association and are ignored.
"""

import math
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache, reduce
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from trace2skill.evidence.rows import Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Probabilities: TypeAlias = NDArray[np.float64]

_AS_LIKELY = 1 + 1e-7  # R's relative tolerance for equal probabilities
_MOST_STRATA = 1000
_Z = 1.959963984540054  # 97.5 % point of the normal distribution
_MOST_KEPT = 2000
"""Maximum size of a distribution that is cached."""


class Margins(NamedTuple):
    """The margins of a stratum, which the exact test conditions on: runs, exposed runs, successful runs."""

    total: int
    exposed: int
    successes: int


SMALLEST = Margins(total=2, exposed=1, successes=1)
"""The smallest informative stratum: two runs, one exposed, one successful."""


def margins(table: Table) -> Margins:
    """The margins of a table."""
    return Margins(
        total=table.trials + table.other_trials,
        exposed=table.trials,
        successes=table.hits + table.other_hits,
    )


def informative(tables: Iterable[Table]) -> list[Table]:
    """The informative tables: those in which both exposure and outcome vary."""
    return [
        table
        for table in tables
        if table.trials and table.other_trials and 0 < table.hits + table.other_hits < sum(table[1::2])
    ]


def odds_ratio(tables: Iterable[Table]) -> float | None:
    """The common odds ratio over strata (Mantel and Haenszel, 1959).

    None if no stratum is informative, or if the odds ratio is infinite: no stratum has both an exposed
    failure and an unexposed success. Use `informative` to distinguish the two cases.
    """
    for_exposure = against = 0.0
    for hits, trials, other_hits, other_trials in informative(tables):
        total = trials + other_trials
        for_exposure += hits * (other_trials - other_hits) / total
        against += (trials - hits) * other_hits / total
    return for_exposure / against if against else None


def odds_ratio_interval(tables: Iterable[Table]) -> tuple[float, float] | None:
    """The 95 % confidence interval of the common odds ratio (Robins, Breslow and Greenland, 1986).

    None if the odds ratio is zero, infinite or unknown. The interval is approximate, so with few runs it can
    disagree with the exact p about significance.
    """
    for_exposure = against = 0.0
    both_for = mixed = both_against = 0.0
    for hits, trials, other_hits, other_trials in informative(tables):
        total = trials + other_trials
        agreeing = (hits + other_trials - other_hits) / total
        r, s = hits * (other_trials - other_hits) / total, (trials - hits) * other_hits / total
        for_exposure, against = for_exposure + r, against + s
        both_for += agreeing * r
        mixed += agreeing * s + (1 - agreeing) * r
        both_against += (1 - agreeing) * s
    if not (for_exposure and against):
        return None
    variance = both_for / for_exposure**2 + mixed / (for_exposure * against) + both_against / against**2
    centre, width = math.log(for_exposure / against), _Z * math.sqrt(variance / 2)
    return math.exp(centre - width), math.exp(centre + width)


def stratified_p(tables: Iterable[Table]) -> float | None:
    """Two-sided exact conditional p for no association within strata; None without an informative stratum.

    Given its margins, the number of exposed successes in a stratum is hypergeometric; the distribution of the
    sum over strata is the convolution of these. p is the probability of all sums at most as likely as the
    observed one (Agresti, Categorical Data Analysis, 3rd ed., 7.3.5; R's
    `mantelhaen.test(exact=TRUE)`). With one stratum this is Fisher's exact test.
    """
    telling = informative(tables)
    if not telling:
        return None
    shapes = tuple(sorted(margins(table) for table in telling))
    return _two_sided(shapes, sum(table.hits for table in telling))


@lru_cache(maxsize=1 << 16)
def fisher_p(table: Table) -> float | None:
    """Two-sided p of Fisher's exact test; None if either side has no trials."""
    if not (table.trials and table.other_trials):
        return None
    from scipy.stats import fisher_exact

    hits, trials, other_hits, other_trials = table
    return float(fisher_exact([[hits, trials - hits], [other_hits, other_trials - other_hits]])[1])


def is_surprising(table: Table, level: float) -> bool:
    """Whether `fisher_p` is below a level, computed only where the table itself is less likely than that."""
    hits, trials, other_hits, other_trials = table
    if not (trials and other_trials):
        return False
    log_chance = (
        _log_choices(trials, hits)
        + _log_choices(other_trials, other_hits)
        - _log_choices(trials + other_trials, hits + other_hits)
    )
    return math.exp(log_chance) < level and (fisher_p(table) or 1.0) < level


def _log_choices(total: int, chosen: int) -> float:
    """The logarithm of the number of ways to choose so many of a total."""
    return math.lgamma(total + 1) - math.lgamma(chosen + 1) - math.lgamma(total - chosen + 1)


def smallest_p(tables: Iterable[Table]) -> float:
    """The smallest p that `stratified_p` can return with these margins; 1 without an informative stratum.

    If it is not below the level, the claim cannot become significant, and testing it only costs the others
    power (Tarone, 1990).
    """
    logs = [_log_ends(margins(table)) for table in informative(tables)]
    return _rarest(sum(low for low, _ in logs), sum(high for _, high in logs))


def strata_needed(tables: Iterable[Table], level: float = 0.05) -> int | None:
    """An estimate of the number of informative strata at which p could fall below `level`.

    Strata with the most common margins (`SMALLEST`, if none is informative yet) are added to the given ones
    until the smallest attainable p is below the level. None if that takes a thousand strata or more.
    """
    shapes = [margins(table) for table in informative(tables)]
    low = sum(_log_ends(shape)[0] for shape in shapes)
    high = sum(_log_ends(shape)[1] for shape in shapes)
    counts = Counter(shapes)
    typical = min(counts, key=lambda shape: (-counts[shape], shape), default=SMALLEST)
    more_low, more_high = _log_ends(typical)
    for count in range(len(shapes), _MOST_STRATA):
        if _rarest(low, high) < level:
            return count
        low, high = low + more_low, high + more_high
    return None


def _rarest(log_low: float, log_high: float) -> float:
    """The p of the least likely sum: the smallest or the largest (unimodality), or both if as likely."""
    rare, other = sorted((math.exp(log_low), math.exp(log_high)))
    return min(1.0, rare + other if other <= rare * _AS_LIKELY else rare)


@lru_cache(maxsize=1 << 16)
def _log_ends(shape: Margins) -> tuple[float, float]:
    """Log probabilities of the smallest and largest number of exposed successes that the margins allow."""
    import numpy as np

    ends = np.array([_fewest(shape), min(shape.exposed, shape.successes)])
    low, high = _log_probabilities(ends, shape)
    return float(low), float(high)


def _log_probabilities(hits: "NDArray[np.int64]", shape: Margins) -> "Probabilities":
    """Of so many exposed successes each: the hypergeometric distribution, as `scipy.stats` computes it."""
    from scipy.special import betaln

    total, exposed, good = shape
    bad = total - good
    logs: Probabilities = (
        betaln(good + 1, 1)
        + betaln(bad + 1, 1)
        + betaln(total - exposed + 1, exposed + 1)
        - betaln(hits + 1, good - hits + 1)
        - betaln(exposed - hits + 1, bad - exposed + hits + 1)
        - betaln(total + 1, 1)
    )
    return logs


def _fewest(shape: Margins) -> int:
    return max(0, shape.exposed + shape.successes - shape.total)


def _sums(shapes: tuple[Margins, ...]) -> "Probabilities":
    """Probabilities of all possible sums of exposed successes over strata, in ascending order of the sum."""
    outcomes = sum(min(shape.exposed, shape.successes) - _fewest(shape) for shape in shapes)
    return _small_sums(shapes) if outcomes <= _MOST_KEPT else _sums_anew(shapes)


@lru_cache(maxsize=1 << 12)
def _small_sums(shapes: tuple[Margins, ...]) -> "Probabilities":
    return _sums_anew(shapes)


def _sums_anew(shapes: tuple[Margins, ...]) -> "Probabilities":
    import numpy as np

    if len(shapes) > 1:
        return reduce(np.convolve, (_sums((shape,)) for shape in shapes))
    possible = np.arange(_fewest(shapes[0]), min(shapes[0].exposed, shapes[0].successes) + 1)
    probabilities: Probabilities = np.exp(_log_probabilities(possible, shapes[0]))
    return probabilities


@lru_cache(maxsize=1 << 16)
def _two_sided(shapes: tuple[Margins, ...], observed: int) -> float:
    probabilities = _sums(shapes)
    threshold = probabilities[observed - sum(_fewest(shape) for shape in shapes)] * _AS_LIKELY
    return min(1.0, float(probabilities[probabilities <= threshold].sum()))
