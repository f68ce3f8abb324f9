"""Near-tautologies: claims about how a run ends, or that read the score itself. They cause nothing."""

import re

from trace2skill.claims.keys import fact_keys
from trace2skill.claims.model import Claim, Closing

_SCORER = re.compile(
    r"(^|[._\s])(score|reward|grade|success|succeeded|passed|solved|completed?|won|outcome|verdict)($|[._\s:])",
    re.IGNORECASE,
)
_NOT_SCORED = ("last.", "user.", "task.")


def is_stop_condition(claim: Claim) -> bool:
    """Whether the claim is about the end of the run, or reads a fact named like a score."""
    if isinstance(claim, Closing):
        return True
    return any(_SCORER.search(key) and not key.startswith(_NOT_SCORED) for key in fact_keys(claim))
