"""Near-tautologies: claims about how a run ends, or that read the score itself. They cause nothing."""

import re
from collections.abc import Collection

from trace2skill.claims.keys import fact_keys
from trace2skill.claims.lift_tests import HELD, NOT_DUE, Codes
from trace2skill.claims.model import ActionPattern, Claim, Closing, Guard
from trace2skill.mining.pool import Pool

_SCORER = re.compile(
    r"(^|[._\s])(score|reward|grade|success|succeeded|passed|solved|completed?|won|outcome|verdict)($|[._\s:])",
    re.IGNORECASE,
)
_NOT_SCORED = ("last.", "user.", "task.")
_LEAST_RUNS = 3


class Tautologies:
    """Tells which claims about a pool are stop conditions, not causes.

    Args:
        last_only: Actions after which nothing was ever done.
        good: Which of the pool's views are worth imitating.
        bad: Which of them failed.
    """

    def __init__(
        self, last_only: Collection[ActionPattern], good: Collection[int], bad: Collection[int]
    ) -> None:
        self._last_only = frozenset(last_only)
        self._good = good
        self._bad = bad

    @classmethod
    def of(cls, pool: Pool) -> "Tautologies":
        """Those of a pool."""
        return cls(last_only(pool), pool.good, pool.bad)

    def is_stop_condition(self, claim: Claim, codes: Codes) -> bool:
        """Whether the claim, with its codes on the views, is about the end of the run or restates the scorer.

        So does a `Closing`; a claim that reads a fact named like a score; and a guard on what is only ever
        done last that held in just those runs that succeeded.
        """
        if isinstance(claim, Closing):
            return True
        if any(_SCORER.search(key) and not key.startswith(_NOT_SCORED) for key in fact_keys(claim)):
            return True
        return isinstance(claim, Guard) and claim.action in self._last_only and self._restates(codes)

    def _restates(self, codes: Codes) -> bool:
        good = [codes[at] for at in self._good if codes[at] != NOT_DUE]
        bad = [codes[at] for at in self._bad if codes[at] != NOT_DUE]
        enough = min(len(good), len(bad)) >= _LEAST_RUNS
        return enough and all(code == HELD for code in good) and all(code != HELD for code in bad)


def last_only(pool: Pool) -> tuple[ActionPattern, ...]:
    """Actions after which nothing was ever done, in a stable order."""
    last = {at: view.acts.nonzero()[0][-1] for at, view in enumerate(pool.views) if view.acts.any()}
    return tuple(
        shape for shape, places in pool.places.items() if all(step == last[at] for at, step in places)
    )
