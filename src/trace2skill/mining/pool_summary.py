"""The summary of a pool: what judging needs of the pool that claims were mined from, without its traces."""

from collections.abc import Mapping, Sequence

import numpy as np

from trace2skill.claims.model import Claim, Effect, Rule, claim_id
from trace2skill.evidence.lift_tests import NOT_DUE, Codes, LiftRuns
from trace2skill.evidence.rows import LiftTest, Row, Selection, TraceFacts
from trace2skill.evidence.statistics import Stratification
from trace2skill.mining.lifts import family_tests, unfinished
from trace2skill.mining.policy import policy_of
from trace2skill.mining.pool import Pool, code_of
from trace2skill.mining.roster import ROSTER, Analyst
from trace2skill.traces.model import Frozen


class PoolSummary(Frozen):
    """The results of mining a pool that judging needs.

    `mined` are the hashes of its views, `unfinished` those of runs that never reached the end of good runs.
    `listed` are the ids of the decision list's rules in order, with how their conditions were chosen; `tests`
    are the family's lift tests by the hexadecimal signature of the trace set.
    """

    mined: tuple[str, ...]
    unfinished: tuple[str, ...] = ()
    listed: tuple[tuple[str, Selection], ...] = ()
    tests: tuple[tuple[str, LiftTest], ...] = ()


def summarised(pool: Pool, roster: Sequence[Analyst] = ROSTER) -> PoolSummary:
    """Summarise a pool; lifts are tested over all analysts of the roster."""
    results = family_tests(pool, roster).results
    policy = policy_of(pool)
    return PoolSummary(
        mined=tuple(view.trace.hash for view in pool.views),
        unfinished=unfinished(pool),
        listed=tuple(zip(map(claim_id, policy.rules), policy.selections, strict=True)),
        tests=tuple((signature.hex(), results[signature]) for signature in sorted(results)),
    )


class RowTester:
    """Finds the lift test of a claim from its rows.

    Args:
        known: The summary of the pool.
        facts: The facts of at least the mined traces, by hash.
        by: Whether strata are tasks or families.
    """

    def __init__(self, known: PoolSummary, facts: Mapping[str, TraceFacts], by: Stratification) -> None:
        self._order = {trace: at for at, trace in enumerate(known.mined)}
        self._ground = LiftRuns([facts[trace] for trace in known.mined], by)
        self._tests = dict(known.tests)

    def codes(self, rows: Sequence[Row]) -> Codes:
        """The codes of a claim with these rows, one per mined run."""
        codes = np.full(len(self._order), NOT_DUE, dtype=np.int8)
        for row in rows:
            if row.trace in self._order:
                codes[self._order[row.trace]] = code_of(row.held, row.opportunities)
        return codes

    def test(self, claim: Claim, codes: Codes) -> LiftTest | None:
        """The lift test of a claim with these codes; None if it was not tested."""
        if isinstance(claim, Effect | Rule) or not self._tests:
            return None
        found = self._ground.trace_set(codes)
        return self._tests.get(found.signature.hex()) if found else None
