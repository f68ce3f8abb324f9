"""When an action is due: where a condition holds most runs do it, and something beside itself calls for it.

An action that fewer runs do under its condition is somebody's habit, or somebody's trick, whatever the
condition explains of it. One that only its own answers call for is never begun by whoever goes by the rules.
"""

from collections.abc import Sequence

from trace2skill.claims.keys import fact_keys
from trace2skill.claims.lift_tests import HELD, NOT_DUE
from trace2skill.claims.model import Rule
from trace2skill.claims.view import View
from trace2skill.facts.templates import SAYS
from trace2skill.mining.codes import measured_codes

MOST = 2 / 3
"""Of the runs in which a rule's condition held; a party with a third of all runs does not make as many."""


def due(rules: Sequence[Rule], views: Sequence[View]) -> tuple[Rule, ...]:
    """Those of some rules that these runs bear out, in their order.

    Args:
        rules: A decision list.
        views: The good runs that it was mined from.
    """
    kept = [rule for rule in rules if share_done(rule, views) >= MOST]
    begun = {rule.then for rule in kept if not _goes_on(rule)}
    return tuple(rule for rule in kept if rule.then in begun)


def share_done(rule: Rule, views: Sequence[View]) -> float:
    """Of the runs in which a rule's condition held the share that kept to it; 0 if it never held."""
    codes = measured_codes(rule, views)
    called = int((codes != NOT_DUE).sum())
    return int((codes == HELD).sum()) / called if called else 0.0


def _goes_on(rule: Rule) -> bool:
    """Whether the condition reads what the very tool answered."""
    return any(SAYS in key and key.split(SAYS, 1)[0] == rule.then.tool for key in fact_keys(rule.when))
