"""When an action is due: where a condition holds, most runs do it.

An action that fewer runs do under its condition is somebody's habit, or somebody's trick, whatever the
condition explains of it.
"""

from collections.abc import Sequence

from trace2skill.claims.lift_tests import HELD, NOT_DUE
from trace2skill.claims.model import Rule
from trace2skill.claims.view import View
from trace2skill.mining.codes import measured_codes

MOST = 0.5
"""Of the runs in which a rule's condition held; a party with a third of all runs does not make as many."""


def share_done(rule: Rule, views: Sequence[View]) -> float:
    """Of the runs in which a rule's condition held the share that kept to it; 0 if it never held."""
    codes = measured_codes(rule, views)
    due = int((codes != NOT_DUE).sum())
    return int((codes == HELD).sum()) / due if due else 0.0


def is_due(rule: Rule, views: Sequence[View]) -> bool:
    """Whether enough of these runs keep to the rule for it to be followed."""
    return share_done(rule, views) >= MOST
