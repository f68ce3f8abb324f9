"""Near-tautologies: claims about how a run ends, or that read the score itself. They cause nothing."""

import re
from functools import cached_property

from trace2skill.claims.keys import fact_keys
from trace2skill.claims.lift_tests import HELD, NOT_DUE, Codes
from trace2skill.claims.model import Claim, Closing, Guard
from trace2skill.mining.codes import measured_codes
from trace2skill.mining.pool import Pool

_SCORER = re.compile(
    r"(^|[._\s])(score|reward|grade|success|succeeded|passed|solved|completed?|won|outcome|verdict)($|[._\s:])",
    re.IGNORECASE,
)
_NOT_SCORED = ("last.", "user.", "task.")
_LEAST_RUNS = 3


class Tautologies:
    """Tells which claims about a pool are stop conditions, not causes."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def is_stop_condition(self, claim: Claim, codes: Codes | None = None) -> bool:
        """Whether the claim, whose codes may be given, is about the end of the run or restates the scorer.

        So does a `Closing`; a claim that reads a fact named like a score; and a guard on what is only ever
        done last that held in just those runs that succeeded.
        """
        if isinstance(claim, Closing):
            return True
        if any(_SCORER.search(key) and not key.startswith(_NOT_SCORED) for key in fact_keys(claim)):
            return True
        return isinstance(claim, Guard) and claim.action in self._last_only and self._restates(claim, codes)

    @cached_property
    def _last_only(self) -> frozenset[object]:
        """Actions after which nothing was ever done."""
        last = {at: view.acts.nonzero()[0][-1] for at, view in enumerate(self._pool.views) if view.acts.any()}
        return frozenset(
            shape
            for shape, places in self._pool.places.items()
            if all(step == last[at] for at, step in places)
        )

    def _restates(self, claim: Guard, codes: Codes | None) -> bool:
        codes = measured_codes(claim, self._pool.views) if codes is None else codes
        good = [codes[at] for at in self._pool.good if codes[at] != NOT_DUE]
        bad = [codes[at] for at in self._pool.bad if codes[at] != NOT_DUE]
        enough = min(len(good), len(bad)) >= _LEAST_RUNS
        return enough and all(code == HELD for code in good) and all(code != HELD for code in bad)
