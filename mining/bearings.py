"""Bearings: what judging must know of the pool that claims were mined from, without any of its traces."""

from collections.abc import Mapping, Sequence

import numpy as np

from trace2skill.claims.evidence import LiftTest, Row, TraceFacts
from trace2skill.claims.lift_tests import NOT_DUE, Codes, Ground
from trace2skill.claims.model import ActionPattern, Claim, Effect
from trace2skill.claims.statistics import Stratification
from trace2skill.mining.codes import code_of
from trace2skill.mining.lifts import family_tests
from trace2skill.mining.pool import Pool
from trace2skill.mining.roster import ROSTER, Analyst
from trace2skill.mining.tautologies import Tautologies, last_only
from trace2skill.traces.model import Frozen


class Bearings(Frozen):
    """What is known of a pool once it was mined.

    `mined` are the hashes of its views, `good` and `bad` say which of them are worth imitating and which
    failed; `last_only` are the actions after which nothing was done; `tests` are the family's lift tests by
    the trace set tested (its signature, in hexadecimal).
    """

    mined: tuple[str, ...]
    good: tuple[int, ...]
    bad: tuple[int, ...]
    last_only: tuple[ActionPattern, ...] = ()
    tests: tuple[tuple[str, LiftTest], ...] = ()


def bearings(pool: Pool, roster: Sequence[Analyst] = ROSTER) -> Bearings:
    """The bearings of a pool; lifts are tested over all analysts of the roster."""
    results = family_tests(pool, roster).results
    return Bearings(
        mined=tuple(view.trace.hash for view in pool.views),
        good=pool.good,
        bad=pool.bad,
        last_only=last_only(pool),
        tests=tuple((signature.hex(), results[signature]) for signature in sorted(results)),
    )


class Touchstone:
    """Claims held against the runs that were mined, by their rows alone.

    Args:
        known: The bearings of the pool.
        facts: The family's traces by hash; at least those mined.
        by: Within what runs are compared.
    """

    def __init__(self, known: Bearings, facts: Mapping[str, TraceFacts], by: Stratification) -> None:
        self._order = {trace: at for at, trace in enumerate(known.mined)}
        self._stops = Tautologies(known.last_only, known.good, known.bad)
        self._ground = Ground([facts[trace] for trace in known.mined], by)
        self._tests = dict(known.tests)

    def codes(self, rows: Sequence[Row]) -> Codes:
        """The code, on every run mined, of a claim with these rows."""
        codes = np.full(len(self._order), NOT_DUE, dtype=np.int8)
        for row in rows:
            if row.trace in self._order:
                codes[self._order[row.trace]] = code_of(row.held, row.opportunities)
        return codes

    def is_stop_condition(self, claim: Claim, codes: Codes) -> bool:
        """Whether the claim is a near-tautology (`Tautologies`)."""
        return self._stops.is_stop_condition(claim, codes)

    def test(self, claim: Claim, codes: Codes) -> LiftTest | None:
        """The test that a claim with these codes has had, if any."""
        if isinstance(claim, Effect) or not self._tests:
            return None
        found = self._ground.trace_set(codes)
        return self._tests.get(found.signature.hex()) if found else None
