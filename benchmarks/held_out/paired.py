"""Shares and paired differences of yes-or-no results, with exact intervals."""

from collections.abc import Sequence


def exact(hits: int, trials: int, level: float = 0.05) -> tuple[float, float]:
    """The interval of a share (Clopper and Pearson, 1934)."""
    from scipy.stats import binomtest

    found = binomtest(hits, trials).proportion_ci(confidence_level=1 - level)
    return float(found.low), float(found.high)


def rate(hits: Sequence[bool]) -> str:
    """`18/24 (.53 to .90)`."""
    low, high = exact(sum(hits), len(hits))
    return f"{sum(hits)}/{len(hits)} ({low:.2f} to {high:.2f})"


def paired(treated: Sequence[bool], control: Sequence[bool]) -> str:
    """The difference in points with a 95 % interval, and the p of McNemar's exact test.

    The interval is the difference of two exact ones, of the tasks that only the one arm does and of those
    that only the other does, each at 97.5 %: it holds for any number of tasks, and is wide.
    """
    from scipy.stats import binomtest

    better = sum(one and not other for one, other in zip(treated, control, strict=True))
    worse = sum(other and not one for one, other in zip(treated, control, strict=True))
    n = len(treated)
    up, down = exact(better, n, 0.025), exact(worse, n, 0.025)
    p = float(binomtest(better, better + worse).pvalue) if better + worse else 1.0
    low, high = up[0] - down[1], up[1] - down[0]
    return f"{100 * (better - worse) / n:+.0f} points ({100 * low:+.0f} to {100 * high:+.0f}), p = {p:.2g}"
