"""Goal decomposition: the stages that good runs pass in order, and what holds when they end."""

from collections.abc import Iterator
from itertools import combinations
from statistics import median

from trace2skill.claims.model import ActionPattern, AnyOf, Claim, Closing, Milestones, Predicate
from trace2skill.mining.conditions import conditions_of
from trace2skill.mining.pool import Pool

_SHARE_OF_RUNS = 0.6
_KEEPS_ORDER = 0.85
_MOST_STAGES = 8
_MOST_CLOSINGS = 4
_LEAST_DIFFERENCE = 0.25
_WORTH_BOTH = 1.1


def mine(pool: Pool) -> list[Claim]:
    """One order of milestones, and the conditions that tell good ends from bad ones."""
    stages = _stages(pool)
    found: list[Claim] = [Milestones(actions=stages)] if len(stages) > 1 else []
    return [*found, *_closings(pool)]


def _stages(pool: Pool) -> tuple[ActionPattern, ...]:
    """Shapes common to good runs, by their median first position, those that break the order left out."""
    firsts: dict[ActionPattern, dict[int, float]] = {}
    for shape, places in pool.places.items():
        for at, index in places:
            if at in pool.good:
                position = index / max(1, pool.views[at].length)
                firsts.setdefault(shape, {}).setdefault(at, position)
    least = _SHARE_OF_RUNS * len(pool.good)
    common = {shape: found for shape, found in firsts.items() if len(found) >= least and pool.enough(found)}
    ordered = sorted(common, key=lambda shape: (median(common[shape].values()), shape.model_dump_json()))
    kept: list[ActionPattern] = []
    for shape in ordered:
        if all(_in_order(common[earlier], common[shape]) for earlier in kept):
            kept.append(shape)
    return _spread(kept)


def _in_order(earlier: dict[int, float], later: dict[int, float]) -> bool:
    both = earlier.keys() & later.keys()
    return bool(both) and sum(earlier[at] < later[at] for at in both) >= _KEEPS_ORDER * len(both)


def _spread(stages: list[ActionPattern]) -> tuple[ActionPattern, ...]:
    """At most as many stages as a reader can hold, evenly over the run, its ends included."""
    if len(stages) <= _MOST_STAGES:
        return tuple(stages)
    last = len(stages) - 1
    return tuple(stages[round(at * last / (_MOST_STAGES - 1))] for at in range(_MOST_STAGES))


def _closings(pool: Pool) -> Iterator[Claim]:
    """Conditions at the end, by how much oftener good runs end so; two together where that tells more."""
    if not (pool.good and pool.bad):
        return
    scored = [
        (_difference(pool, predicate), predicate.model_dump_json(), predicate)
        for predicate in conditions_of(pool).predicates
    ]
    scored = [entry for entry in scored if entry[0] >= _LEAST_DIFFERENCE]
    scored.sort(key=lambda entry: (-entry[0], entry[1]))
    for _, _, predicate in scored[:_MOST_CLOSINGS]:
        yield Closing(require=predicate)
    for (left, _, first), (right, _, second) in combinations(scored[:3], 2):
        either = AnyOf(parts=(first, second))
        if _difference(pool, either) >= _WORTH_BOTH * max(left, right):
            yield Closing(require=either)


def _difference(pool: Pool, predicate: Predicate) -> float:
    """The share of good runs that end with the predicate true, less that of bad runs."""
    ends = [bool(view.truth(predicate)[-1]) for view in pool.views]
    good = sum(ends[at] for at in pool.good) / len(pool.good)
    bad = sum(ends[at] for at in pool.bad) / len(pool.bad)
    return good - bad
