"""Guards on how often another action was done before: at least once, or as often as a count that was read."""

from collections.abc import Iterator

from trace2skill.claims.model import ActionPattern, Compare, Constant, CountTerm, FactTerm, Guard, Predicate
from trace2skill.mining.conditions import known_keys
from trace2skill.mining.pool import Pool


def counted_guards(pool: Pool, shape: ActionPattern) -> Iterator[Guard]:
    """Every such guard of an action, whatever came of the runs; only the same tool's actions are counted."""
    counts = [key for key in known_keys(pool) if key.endswith(".count")]
    for other in pool.places:
        if other.tool == shape.tool and other != shape:
            times = CountTerm(action=other)
            bounds = [Constant(value=1), *(FactTerm(key=key) for key in counts)]
            for bound in bounds:
                require = Compare(left=times, operator=">=", right=bound)
                yield Guard(action=shape, require=require, scope=_scope(counts))


def _scope(counts: list[str]) -> Predicate | None:
    """Asked only where there is something to count."""
    if len(counts) != 1:
        return None
    return Compare(left=FactTerm(key=counts[0]), operator=">=", right=Constant(value=1))
