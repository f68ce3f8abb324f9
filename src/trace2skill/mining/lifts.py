"""The lift tests of one family; the hypotheses are chosen without knowledge of the outcomes."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from trace2skill.claims.model import Claim, Closing, Effect, canonical
from trace2skill.claims.traversal import fact_keys
from trace2skill.evidence.lift_tests import LiftRuns, TraceSet
from trace2skill.evidence.rows import LiftTest
from trace2skill.mining.pool import CodedClaim, Pool, trace_facts
from trace2skill.mining.roster import ROSTER, Analyst

_SHARE = 0.95
_LEAST_RUNS = 5


def unfinished(pool: Pool) -> tuple[str, ...]:
    """Hashes of the mined runs that never do the last action of good runs.

    Empty if fewer than 95 % of the good runs end with the same action, or if there are fewer than five.
    """
    ends = Counter(_last(pool, at) for at in pool.good)
    end, count = max(ends.items(), key=lambda item: (item[1], str(item[0])), default=(None, 0))
    if end is None or len(pool.good) < _LEAST_RUNS or count < _SHARE * len(pool.good):
        return ()
    return tuple(view.trace.hash for at, view in enumerate(pool.views) if end not in pool.shapes[at])


def _last(pool: Pool, at: int) -> object:
    return next((shape for shape in reversed(pool.shapes[at]) if shape is not None), None)


_SCORER = re.compile(
    r"(^|[._\s])(score|reward|grade|success|succeeded|passed|solved|completed?|won|outcome|verdict)($|[._\s:])",
    re.IGNORECASE,
)
_NOT_SCORED = ("last.", "user.", "task.")


def is_stop_condition(claim: Claim) -> bool:
    """Whether the claim is a `Closing`, or reads a fact with a name such as `score` or `success`."""
    if isinstance(claim, Closing):
        return True
    return any(_SCORER.search(key) and not key.startswith(_NOT_SCORED) for key in fact_keys(claim))


@dataclass(frozen=True)
class LiftTests:
    """The tests of a family, by signature of the trace set.

    Claims with the same trace set share a test. `chosen` holds one claim per tested trace set, by analyst,
    which is measured and stored whatever the result.
    """

    results: Mapping[bytes, LiftTest] = field(default_factory=dict)
    chosen: Mapping[str, Sequence[Claim]] = field(default_factory=dict)


def family_tests(pool: Pool, roster: Sequence[Analyst] = ROSTER) -> LiftTests:
    """The lift tests of the pool's family, computed on first use and cached in the pool."""
    return pool.derived((LiftTests, tuple(roster)), lambda: lift_tests(pool, roster))


def lift_tests(pool: Pool, analysts: Sequence[Analyst]) -> LiftTests:
    """Test the lifts of all analysts' choices on the mined runs; the result is deterministic.

    Claims with the same trace set are tested once, represented by the shortest.
    """
    if not (pool.good and pool.bad):
        return LiftTests()
    out = frozenset(unfinished(pool))
    facts = [trace_facts(view.trace, pool.family) for view in pool.views]
    ground = LiftRuns(
        [fact.model_copy(update={"finished": fact.trace not in out}) for fact in facts], pool.stratified_by
    )
    sets: dict[bytes, TraceSet] = {}
    simplest: dict[bytes, tuple[tuple[int, bytes], str, Claim]] = {}
    for analyst, (claim, codes) in _choices(pool, analysts):
        found = ground.trace_set(codes)
        if found is None:
            continue
        text = canonical(claim)
        entry = ((len(text), text), analyst.name, claim)
        sets.setdefault(found.signature, found)
        simplest[found.signature] = min(simplest.get(found.signature, entry), entry, key=lambda each: each[0])
    results = ground.test([sets[signature] for signature in sorted(sets)])
    chosen: dict[str, list[Claim]] = {}
    for signature in sorted(results):
        _, name, claim = simplest[signature]
        chosen.setdefault(name, []).append(claim)
    return LiftTests(results, chosen)


def _choices(pool: Pool, analysts: Sequence[Analyst]) -> Iterator[tuple[Analyst, CodedClaim]]:
    """Every claim that may be tested, with its analyst."""
    for analyst in analysts:
        for claim, codes in analyst.choices(pool) if analyst.choices else ():
            if not isinstance(claim, Effect) and not is_stop_condition(claim):
                yield analyst, (claim, codes)
