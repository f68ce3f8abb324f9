"""Mines policies: the decision rules of a pool, with the readings and arguments an executor needs."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from pydantic import BaseModel

from trace2skill.claims.model import ActionPattern, Anything, Rule, Scalar, Slot, claim_id
from trace2skill.claims.traversal import fact_keys
from trace2skill.claims.view import Views
from trace2skill.evidence.lift_tests import HELD, NOT_DUE
from trace2skill.evidence.measure import measure_views
from trace2skill.evidence.policy import ArgumentUse, Basis, FactSource, Policy
from trace2skill.evidence.rows import Citation
from trace2skill.evidence.statistics import summarise
from trace2skill.facts.read_only import is_read_only
from trace2skill.facts.templates import SAYS
from trace2skill.mining.decisions import Decision, Decisions
from trace2skill.mining.pool import Pool, measured_codes, trace_facts
from trace2skill.mining.shapes import look_of, look_of_replaced

MOST = 2 / 3
"""Minimum share of the runs in which a rule was due that keep to it; a third of all runs cannot reach it."""


def due(rules: Sequence[Rule], views: Views) -> tuple[Rule, ...]:
    """The rules that at least `MOST` of the runs keep to, in their order.

    A rule on the answer of its own tool is kept only with another rule for the same action.

    Args:
        rules: A decision list.
        views: The good runs that it was mined from.
    """
    kept = [rule for rule in rules if share_done(rule, views) >= MOST]
    begun = {rule.then for rule in kept if not _goes_on(rule)}
    return tuple(rule for rule in kept if rule.then in begun)


def share_done(rule: Rule, views: Views) -> float:
    """The share of the runs in which a rule was due that keep to it; 0 if it was never due."""
    codes = measured_codes(rule, views)
    called = int((codes != NOT_DUE).sum())
    return int((codes == HELD).sum()) / called if called else 0.0


def _goes_on(rule: Rule) -> bool:
    """Whether the condition reads the answer of the rule's own tool."""
    return any(SAYS in key and key.split(SAYS, 1)[0] == rule.then.tool for key in fact_keys(rule.when))


_MOST_VALUES = 8
_CITED = 3
_TOLD = frozenset({"task", "utterance"})


def policy_of(pool: Pool) -> Policy:
    """The policy of a pool's family: the given one, else mined from the pool and cached."""
    return pool.derived(Policy, lambda: pool.policy or mine_policy(pool))


def mine_policy(own: Pool, decisions: Decisions | None = None) -> Policy:
    """The policy that the good runs of a pool follow; the result is deterministic.

    Args:
        own: The runs of one family.
        decisions: The decision rules of a larger pool, if the policy is mined from more runs than these.
            Rules whose action or condition never occurs in the family's own runs are dropped.
    """
    decisions = decisions or Decisions(own)
    table = decisions.table
    ground = table.pool
    hashes = {view.trace.hash for view in own.views}
    theirs = [at for at, view in enumerate(ground.views) if view.trace.hash in hashes]
    good = decisions.good
    followed = set(due([each.rule for each in decisions.listed], good))
    kept = [
        each for each in decisions.listed if each.rule in followed and _concerns(each.rule, ground, theirs)
    ]
    rules = tuple(each.rule for each in kept)
    goals = table.goals(theirs)
    last = tuple(action for action in table.last if any(rule.then == action for rule in rules))
    readings = _needed([*rules, *goals], ground)
    patterns = [*(rule.then for rule in rules), *(reading.by for reading in readings), *last]
    return Policy(
        rules=rules,
        selections=tuple(each.selection for each in kept),
        readings=readings,
        goals=goals,
        last=last,
        uses=tuple(_uses(ground, patterns)),
        basis=tuple(_basis(rule, decisions) for rule in rules),
        traces=tuple(view.trace.hash for view in ground.views),
    )


def _followed(decisions: Decisions) -> tuple[Decision, ...]:
    """The decision rules that the good runs keep to; worked out once for all families."""

    def found() -> tuple[Decision, ...]:
        followed = set(due([each.rule for each in decisions.listed], decisions.good))
        return tuple(each for each in decisions.listed if each.rule in followed)

    return decisions.table.pool.derived(_followed, found)


def _concerns(rule: Rule, ground: Pool, views: Sequence[int]) -> bool:
    """Whether some of the runs use the rule's tool, and its condition holds in some of them."""
    runs = ground.together
    done = runs.anywhere(runs.matches(_deed(rule.then)))[views].any()
    return bool(done) and bool(runs.anywhere(runs.truth(rule.when))[views].any())


def _deed(pattern: ActionPattern) -> ActionPattern:
    return ActionPattern(tool=pattern.tool, actor=pattern.actor)


def _basis(rule: Rule, decisions: Decisions) -> Basis:
    """The rule's support in the good runs, with citations."""
    return decisions.table.pool.derived((_basis, rule), lambda: _measured_basis(rule, decisions.good))


def _measured_basis(rule: Rule, views: Views) -> Basis:
    facts = {view.trace.hash: trace_facts(view.trace, "") for view in views.each}
    rows = list(measure_views([(claim_id(rule), rule)], views))
    places = [Citation(row.trace, row.held_at[0]) for row in rows if row.held_at]
    return Basis(support=summarise(rule, rows, facts).support, seen_at=tuple(places[:_CITED]))


def _reader(key: str, pool: Pool) -> ActionPattern | None:
    """The read-only action that reads a fact most often; None if none does."""
    return pool.derived((_reader, key), lambda: _find_reader(key, pool))


def _find_reader(key: str, pool: Pool) -> ActionPattern | None:
    codes, shapes = pool.numbered
    done = codes[np.unique(pool.together.timelines(key, believed=True).read)]
    counts = np.bincount(done[done >= 0], minlength=len(shapes))
    readers = [at for at in np.flatnonzero(counts).tolist() if is_read_only(shapes[at].tool)]
    most = max(readers, key=lambda at: (counts[at], str(shapes[at])), default=None)
    return None if most is None else shapes[most]


def _needed(said: Sequence[BaseModel], pool: Pool) -> tuple[FactSource, ...]:
    """The readings of all facts in rules and goals, and of the facts that these readings need in turn."""
    wanted = [key for each in said for key in fact_keys(each)]
    found: dict[str, FactSource] = {}
    while wanted:
        key = wanted.pop(0)
        if key not in found and (reader := _reader(key, pool)):
            found[key] = FactSource(key=key, by=reader)
            wanted.extend(fact_keys(reader))
    return tuple(found.values())


def _uses(pool: Pool, patterns: Sequence[ActionPattern]) -> Iterator[ArgumentUse]:
    """Observed values or forms of the arguments that come from the task or are free."""
    told = {
        (pattern.tool, name)
        for pattern in patterns
        for name, value in pattern.arguments
        if isinstance(value, Anything) or (isinstance(value, Slot) and not _TOLD.isdisjoint(value.sources))
    }
    for tool, name in sorted(told):
        values: Counter[Scalar] = Counter(
            value
            for at in pool.good or range(len(pool.views))
            for step in pool.views[at].trace.steps
            if step.action
            and step.action.tool == tool
            and isinstance(value := step.action.arguments.get(name), str | int | float)
        )
        kinds = sorted(
            (value for value in values if pool.enumerations.admits_use(tool, name, value)),
            key=lambda v: (-values[v], str(v)),
        )
        every = list(values.elements())
        yield ArgumentUse(
            tool=tool,
            name=name,
            values=tuple(kinds[:_MOST_VALUES]),
            look=look_of(every) or look_of_replaced(every) or "",
        )
