"""Mines goal decompositions: milestones common to good runs, and conditions that hold when they end."""

from statistics import median

from trace2skill.claims.model import ActionPattern, Claim, Closing, Milestones
from trace2skill.facts.read_only import is_read_only
from trace2skill.mining.policy import policy_of
from trace2skill.mining.pool import Pool

_SHARE_OF_RUNS = 0.9
"""Minimum share of good runs that do a milestone."""

_KEEPS_ORDER = 0.9
_MOST_STAGES = 8
_MOST_READINGS = 14


def mine(pool: Pool) -> list[Claim]:
    """At most one milestones claim, and one closing claim per goal of the policy."""
    policy = policy_of(pool)
    stages = _stages(pool, {reading.by for reading in policy.readings})
    found: list[Claim] = [Milestones(actions=stages)] if len(stages) > 1 else []
    cut_short = tuple(dict.fromkeys(action for rule in policy.rules for action in rule.ended_by))
    return [*found, *(Closing(require=goal, ended_by=cut_short) for goal in policy.goals)]


def _stages(pool: Pool, needed: set[ActionPattern]) -> tuple[ActionPattern, ...]:
    """Actions common to good runs, sorted by median first position, without those that break the order.

    If the policy has readings, read-only actions are included only if they are among them (`needed`).
    """
    firsts: dict[ActionPattern, dict[int, float]] = {}
    good = set(pool.good)
    for shape, places in pool.places.items():
        for at, index in places:
            if at in good and (not needed or shape in needed or not is_read_only(shape.tool)):
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
    """At most `_MOST_STAGES` stages, evenly spaced, including the first and the last.

    A list of read-only stages is easier to follow and may have `_MOST_READINGS`.
    """
    only_reads = all(is_read_only(stage.tool) for stage in stages)
    if len(stages) <= (_MOST_READINGS if only_reads else _MOST_STAGES):
        return tuple(stages)
    last = len(stages) - 1
    return tuple(stages[round(at * last / (_MOST_STAGES - 1))] for at in range(_MOST_STAGES))
