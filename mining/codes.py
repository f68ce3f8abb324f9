"""What claims say of each run of a pool, as one code a run: held, not held, not due."""

from collections.abc import Sequence

import numpy as np

from trace2skill.claims.lift_tests import HELD, NOT_DUE, NOT_HELD, Codes
from trace2skill.claims.measure import tally_of
from trace2skill.claims.model import Claim
from trace2skill.claims.view import View

Choice = tuple[Claim, Codes]


def code_of(held: int, opportunities: int) -> int:
    """The code of a run, from the counts of its row."""
    return NOT_DUE if not opportunities else HELD if held else NOT_HELD


def measured_codes(claim: Claim, views: Sequence[View]) -> Codes:
    """The claim's code on every view."""
    tallies = (tally_of(claim, view) for view in views)
    return np.array(
        [code_of(len(each.held), len(each.held) + len(each.broken)) for each in tallies], dtype=np.int8
    )
