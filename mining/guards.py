"""Guards and pitfalls: what good runs make sure of before an action, and bad ones do not."""

from collections.abc import Iterator

from trace2skill.claims.keys import fact_keys
from trace2skill.claims.model import (
    ActionPattern,
    Avoid,
    Claim,
    Compare,
    Constant,
    Guard,
    Known,
    Never,
    OwnTerm,
    Predicate,
)
from trace2skill.facts.templates import SAYS
from trace2skill.mining.conditions import Conditions, known_keys
from trace2skill.mining.counted import counted_guards
from trace2skill.mining.looks import look_guards
from trace2skill.mining.pool import Pool
from trace2skill.mining.probes import is_probe

_ALWAYS = 0.95
_NOT_YET = 0.7
_NOT_READ = ("last.", "user.", "task.", "controls", "choices")
_LEAST_DIFFERENCE = 0.2
_LEAST_RUNS = 3
_MOST_PER_ACTION = 3


def mine_guards(pool: Pool, conditions: Conditions) -> Iterator[Claim]:
    """Guards known to good runs, contrasts between good and bad runs, and retries of what just failed."""
    yield from _retries(pool)
    yield from _reads_before(pool)
    yield from _written_so(pool)
    bound = {shape.tool for shape in pool.places if shape.arguments}
    for shape, places in pool.places.items():
        left_open = not shape.arguments and shape.tool in bound
        acts = not is_probe(shape.tool) and pool.enough({at for at, _ in places})
        if acts and not left_open and pool.good and pool.bad:
            yield from _contrasts(pool, conditions, shape)
            for guard in counted_guards(pool, shape):
                if _difference(pool, shape, guard.require, guard.scope) >= _LEAST_DIFFERENCE:
                    yield guard


def _retries(pool: Pool) -> Iterator[Claim]:
    failed = Compare(left=OwnTerm(attribute="failed"), operator="=", right=Constant(value=True))
    if any(view.errors.any() for view in pool.views):
        tools = sorted({tool for view in pool.views for tool in view.tools if tool})
        for tool in ("*", *tools):
            action = ActionPattern(tool=tool)
            if sum(int((view.matches(action) & view.truth(failed)[:-1]).sum()) for view in pool.views) >= 3:
                yield Avoid(action=action, when=failed)


def _reads_before(pool: Pool) -> Iterator[Claim]:
    """For each tool, what is known whenever good runs use it, and often not when bad ones do.

    Without bad runs: what is often not known at other times. A fact that a slot needs is implied.
    """
    for tool, places in _by_tool(pool).items():
        good = [place for place in places if place[0] in pool.good]
        bad = [place for place in places if place[0] in pool.bad]
        if not pool.enough({at for at, _ in good}) or (pool.bad and not bad):
            continue
        others = bad or _decisions(pool, tool)
        scored = []
        for key in _readable(pool, tool):
            known = Known(key=key)
            if _share(pool, known, good) >= _ALWAYS and (otherwise := _share(pool, known, others)) < _NOT_YET:
                scored.append((otherwise, _age(pool, key, good), not key.endswith("id"), key))
        for *_, key in sorted(scored)[:1]:
            yield Guard(action=tool, require=Known(key=key))


def _written_so(pool: Pool) -> Iterator[Claim]:
    """How good runs write an argument whenever a call succeeds, and failing calls or runs often do not."""
    tools = _by_tool(pool)
    for guard in look_guards(pool):
        places = tools[guard.action]
        failed = [(at, index) for at, index in places if at in pool.bad or pool.views[at].errors[index]]
        good = sorted(set(places).difference(failed) & {place for place in places if place[0] in pool.good})
        if not good or len(failed) < _LEAST_RUNS:
            continue
        if _share(pool, guard.require, good) >= _ALWAYS and _share(pool, guard.require, failed) < _NOT_YET:
            yield guard


def _by_tool(pool: Pool) -> dict[ActionPattern, list[tuple[int, int]]]:
    """Where each tool that changes things was used, whatever its arguments."""
    found: dict[ActionPattern, list[tuple[int, int]]] = {}
    for shape, places in pool.places.items():
        if not is_probe(shape.tool):
            found.setdefault(ActionPattern(tool=shape.tool, actor=shape.actor), []).extend(places)
    return found


def _readable(pool: Pool, tool: ActionPattern) -> list[str]:
    """Facts worth having read before a tool is used, those that bind its slots aside."""
    bound = {key for shape in pool.places if shape.tool == tool.tool for key in fact_keys(shape)}
    return [
        key
        for key in known_keys(pool)
        if key not in bound and SAYS not in key and not key.startswith(_NOT_READ)
    ]


def _age(pool: Pool, key: str, places: list[tuple[int, int]]) -> float:
    """Mean number of steps since the fact was last read: what was just read is likelier to matter."""
    ages = []
    for at, index in places:
        readings = [reading for found in pool.views[at].belief.timeline(key).values() for reading in found]
        ages.append(index - max((reading.step for reading in readings if reading.step < index), default=0))
    return sum(ages) / max(1, len(ages))


def _share(pool: Pool, predicate: Predicate, places: list[tuple[int, int]]) -> float:
    """At how many of these places the predicate holds, of all."""
    truth = {at: pool.views[at].truth(predicate) for at in {at for at, _ in places}}
    return sum(bool(truth[at][index]) for at, index in places) / len(places)


def _decisions(pool: Pool, shape: ActionPattern) -> list[tuple[int, int]]:
    """Every decision of good runs by whoever does the action."""
    at, step = pool.decisions(pool.good, shape.actor)
    return list(zip(at.tolist(), step.tolist(), strict=True))


def _contrasts(pool: Pool, conditions: Conditions, shape: ActionPattern) -> Iterator[Claim]:
    """Conditions that good runs met when doing it, as guards; things never done before it, as pitfalls."""
    scored: list[tuple[float, str, Claim]] = []
    for predicate in conditions.predicates:
        difference = _difference(pool, shape, predicate)
        if difference >= _LEAST_DIFFERENCE:
            scored.append((-difference, predicate.model_dump_json(), Guard(action=shape, require=predicate)))
    for other in pool.places:
        if other != shape and other.tool != shape.tool:
            never = Never(action=other)
            difference = -_difference(pool, shape, never)
            if difference >= _LEAST_DIFFERENCE:
                scored.append((-difference, never.model_dump_json(), Avoid(action=shape, when=never)))
    for _, _, claim in sorted(scored, key=lambda item: item[:2])[:_MOST_PER_ACTION]:
        yield claim


def _difference(
    pool: Pool, shape: ActionPattern, predicate: Predicate, scope: Predicate | None = None
) -> float:
    """Success of runs that last did it with the predicate true, less that of runs that did so without."""
    outcomes: dict[bool, list[bool]] = {True: [], False: []}
    last = dict(pool.places[shape])
    good, bad = set(pool.good), set(pool.bad)
    for at, index in last.items():
        if at not in good | bad or (scope and not pool.views[at].truth(scope)[index]):
            continue
        outcomes[bool(pool.views[at].truth(predicate)[index])].append(at in good)
    if min(len(runs) for runs in outcomes.values()) < _LEAST_RUNS:
        return 0.0
    rates = {held: sum(runs) / len(runs) for held, runs in outcomes.items()}
    return rates[True] - rates[False]
