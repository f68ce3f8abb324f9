"""Exact inference on one 2 x 2 table or many strata of them, cached by their counts.

A `Table` holds successes among the exposed, the exposed, successes among the others, the others. A
stratum is *informative* when exposure and outcome both vary in it; the other strata say nothing about
the association, whatever their size, and are left out everywhere.
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

_AS_LIKELY = 1 + 1e-7  # R's tolerance: outcomes this close in probability are equally likely
_MOST_STRATA = 1000
_Z = 1.959963984540054  # 97.5 % point of the normal distribution
_MOST_KEPT = 2000
"""Probabilities that a distribution may have to be kept in memory for the next time."""


class Margins(NamedTuple):
    """What the exact test holds fixed in a stratum: runs, exposed runs, successful runs."""

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
    """The tables in which both exposure and outcome vary."""
    return [
        table
        for table in tables
        if table.trials and table.other_trials and 0 < table.hits + table.other_hits < sum(table[1::2])
    ]


def odds_ratio(tables: Iterable[Table]) -> float | None:
    """The common odds ratio over strata (Mantel and Haenszel, 1959); of a single table, its own odds ratio.

    None when no stratum is informative, and when it is infinite: in no stratum did an exposed run fail
    while another run succeeded. The two are told apart by whether any stratum is informative.
    """
    for_exposure = against = 0.0
    for hits, trials, other_hits, other_trials in informative(tables):
        total = trials + other_trials
        for_exposure += hits * (other_trials - other_hits) / total
        against += (trials - hits) * other_hits / total
    return for_exposure / against if against else None


def odds_ratio_interval(tables: Iterable[Table]) -> tuple[float, float] | None:
    """The ends of the 95 % interval of the common odds ratio (Robins, Breslow and Greenland, 1986).

    None where the odds ratio is zero, infinite or unknown. It is an approximation: with few runs the exact
    p may call significant what the interval does not, and the other way round.
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
    """Two-sided exact conditional p of no association within any stratum; None with no informative stratum.

    Given every stratum's margins, the exposed successes of a stratum are hypergeometric, and their sum
    over strata has the convolution of these as its distribution. The p is the probability of all sums at
    most as likely as the one observed (Agresti, Categorical Data Analysis, 3rd ed., 7.3.5; R's
    `mantelhaen.test(exact=TRUE)`). With one stratum this is Fisher's exact test.
    """
    telling = informative(tables)
    if not telling:
        return None
    shapes = tuple(sorted(margins(table) for table in telling))
    return _two_sided(shapes, sum(table.hits for table in telling))


@lru_cache(maxsize=1 << 16)
def fisher_p(table: Table) -> float | None:
    """Two-sided p of Fisher's exact test; None when one side has no trials."""
    if not (table.trials and table.other_trials):
        return None
    from scipy.stats import fisher_exact

    hits, trials, other_hits, other_trials = table
    return float(fisher_exact([[hits, trials - hits], [other_hits, other_trials - other_hits]])[1])


def smallest_p(tables: Iterable[Table]) -> float:
    """The smallest p that `stratified_p` could give with these margins; 1 with no informative stratum.

    A claim whose smallest p is not below the level can never be significant, so that testing it would only
    cost the others (Tarone, 1990).
    """
    logs = [_log_ends(margins(table)) for table in informative(tables)]
    return _rarest(sum(low for low, _ in logs), sum(high for _, high in logs))


def strata_needed(tables: Iterable[Table], level: float = 0.05) -> int | None:
    """About how many informative strata could bring p below `level`.

    It adds strata of the commonest shape (of the smallest possible one, if none is informative yet) to
    those at hand until the smallest attainable p is below the level, and counts them all. None when a
    thousand would not do.
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
    """The p of the rarest sum: unimodal, so it is the smallest or the largest sum, or both if as likely."""
    rare, other = sorted((math.exp(log_low), math.exp(log_high)))
    return min(1.0, rare + other if other <= rare * _AS_LIKELY else rare)


@lru_cache(maxsize=1 << 16)
def _log_ends(shape: Margins) -> tuple[float, float]:
    """Log probability of the fewest and of the most exposed successes that the margins allow."""
    from scipy.stats import hypergeom

    total, exposed, successes = shape
    ends = [_fewest(shape), min(exposed, successes)]
    low, high = hypergeom.logpmf(ends, total, successes, exposed)
    return float(low), float(high)


def _fewest(shape: Margins) -> int:
    return max(0, shape.exposed + shape.successes - shape.total)


def _sums(shapes: tuple[Margins, ...]) -> "Probabilities":
    """Probability of each possible sum of exposed successes over strata, from the smallest sum up."""
    outcomes = sum(min(shape.exposed, shape.successes) - _fewest(shape) for shape in shapes)
    return _small_sums(shapes) if outcomes <= _MOST_KEPT else _sums_anew(shapes)


@lru_cache(maxsize=1 << 12)
def _small_sums(shapes: tuple[Margins, ...]) -> "Probabilities":
    return _sums_anew(shapes)


def _sums_anew(shapes: tuple[Margins, ...]) -> "Probabilities":
    import numpy as np
    from scipy.stats import hypergeom

    if len(shapes) > 1:
        return reduce(np.convolve, (_sums((shape,)) for shape in shapes))
    total, exposed, successes = shapes[0]
    possible = np.arange(_fewest(shapes[0]), min(exposed, successes) + 1)
    # By its logarithm: `pmf` is exact to the last digits, and takes seconds for a hundred thousand runs.
    probabilities: Probabilities = np.exp(hypergeom.logpmf(possible, total, successes, exposed))
    return probabilities


@lru_cache(maxsize=1 << 16)
def _two_sided(shapes: tuple[Margins, ...], observed: int) -> float:
    probabilities = _sums(shapes)
    threshold = probabilities[observed - sum(_fewest(shape) for shape in shapes)] * _AS_LIKELY
    return min(1.0, float(probabilities[probabilities <= threshold].sum()))
