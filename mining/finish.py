"""Which runs came to their end: one that never did what every good run ends with could not succeed.

Compared with finished runs it only shows that a run must end. So outcomes are compared among finished runs.
"""

from collections import Counter

from trace2skill.mining.pool import Pool

_SHARE = 0.95
_LEAST_RUNS = 5


def unfinished(pool: Pool) -> tuple[str, ...]:
    """Hashes of the mined runs that never do what good runs end with; none where good ends differ."""
    ends = Counter(_last(pool, at) for at in pool.good)
    end, count = max(ends.items(), key=lambda item: (item[1], str(item[0])), default=(None, 0))
    if end is None or len(pool.good) < _LEAST_RUNS or count < _SHARE * len(pool.good):
        return ()
    return tuple(view.trace.hash for at, view in enumerate(pool.views) if end not in pool.shapes[at])


def _last(pool: Pool, at: int) -> object:
    return next((shape for shape in reversed(pool.shapes[at]) if shape is not None), None)
