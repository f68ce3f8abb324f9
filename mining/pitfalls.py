"""Pitfalls: what is laid out to be tested against outcomes, action by action.

For an action of the decision list: doing it where none of its conditions holds. For any other action that
changes something: doing it at all. One claim an action, so that few tests are made.
"""

from collections.abc import Iterator

from trace2skill.claims.model import ActionPattern, AnyOf, Avoid, Claim, Constant, Guard, Predicate, Rule
from trace2skill.facts.probes import is_probe
from trace2skill.mining.counted import counted_guards
from trace2skill.mining.looks import look_guards
from trace2skill.mining.policy import policy_of
from trace2skill.mining.pool import Pool


def pitfalls(pool: Pool) -> Iterator[Claim]:
    """Every pitfall that runs could have fallen into, without a look at how they ended."""
    rules = policy_of(pool).rules
    yield from _only_if(rules)
    listed = {(rule.then.tool, rule.then.actor) for rule in rules}
    bound = {shape.tool for shape in pool.places if shape.arguments}
    done: dict[ActionPattern, set[int]] = {}
    for shape, places in pool.places.items():
        if not is_probe(shape.tool):
            done.setdefault(_bare(shape), set()).update(at for at, _ in places)
            left_open = not shape.arguments and shape.tool in bound
            if not left_open and pool.enough({at for at, _ in places}):
                yield from counted_guards(pool, shape)
    for action, views in done.items():
        if (action.tool, action.actor) not in listed and pool.enough(views):
            yield Avoid(action=action)
    yield from look_guards(pool)


def _only_if(rules: tuple[Rule, ...]) -> Iterator[Guard]:
    """For each action, that some condition of the list calls for it."""
    reasons: dict[ActionPattern, list[Predicate]] = {}
    for rule in rules:
        reasons.setdefault(_fixed(rule.then), []).append(rule.when)
    for action, whens in reasons.items():
        require = whens[0] if len(whens) == 1 else AnyOf(parts=tuple(whens))
        yield Guard(action=action, require=require)


def _bare(action: ActionPattern) -> ActionPattern:
    return ActionPattern(tool=action.tool, actor=action.actor)


def _fixed(action: ActionPattern) -> ActionPattern:
    """The action with its constants alone: on whom or what it is done is not the question."""
    fixed = tuple((name, value) for name, value in action.arguments if isinstance(value, Constant))
    return _bare(action).model_copy(update={"arguments": fixed})
