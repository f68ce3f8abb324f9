"""Pitfalls: what may be tested against outcomes, and what the decision list says not to do.

Tested is what can be laid out without a look at how runs ended: doing an action that changes something at
all, doing it before another was done as often as there is to do, beyond a number that the task states, or
with an argument written otherwise. Few claims an action, so that few tests are made.

Doing an action where none of its reasons holds is no such claim: the reasons were chosen on good runs, which
keep to them for that very reason. It is proposed untested, and stands where the action errs more often so.
"""

from collections.abc import Iterable, Iterator

from trace2skill.claims.keys import fact_keys
from trace2skill.claims.model import ActionPattern, AnyOf, Avoid, Claim, Constant, Guard, Predicate, Rule
from trace2skill.facts.probes import is_probe
from trace2skill.mining.conditions import relations
from trace2skill.mining.counted import counted_guards
from trace2skill.mining.looks import look_guards
from trace2skill.mining.pool import Pool


def pitfalls(pool: Pool) -> Iterator[Claim]:
    """Every pitfall that runs could have fallen into, without a look at how they ended."""
    done: dict[ActionPattern, set[int]] = {}
    for shape, places in pool.places.items():
        if not is_probe(shape.tool):
            done.setdefault(_bare(shape), set()).update(at for at, _ in places)
    yield from (Avoid(action=action) for action, views in done.items() if pool.enough(views))
    for shape in _actions(pool):
        yield from counted_guards(pool, shape)
    yield from bounds(pool)
    yield from look_guards(pool)


def bounds(pool: Pool) -> Iterator[Guard]:
    """That an action is done only on one side of a number that the task states; both sides are proposed.

    Whichever side it is, the outcomes are asked one question.
    """
    stated = [each for each in relations(pool) if any(key.startswith("task.") for key in fact_keys(each))]
    yield from (Guard(action=shape, require=within) for shape in _actions(pool) for within in stated)


def only_if(pool: Pool, rules: Iterable[Rule]) -> Iterator[Guard]:
    """For each action of a decision list that ever failed: it is done only where the list calls for it."""
    reasons: dict[ActionPattern, list[Predicate]] = {}
    for rule in rules:
        reasons.setdefault(_fixed(rule.then), []).append(rule.when)
    for action, whens in reasons.items():
        done = [at for at, view in enumerate(pool.views) if view.matches(action).any()]
        failed = any((pool.views[at].matches(action) & pool.views[at].errors).any() for at in done)
        if failed and pool.enough(done):
            require = whens[0] if len(whens) == 1 else AnyOf(parts=tuple(whens))
            yield Guard(action=action, require=require)


def _actions(pool: Pool) -> Iterator[ActionPattern]:
    """What changes something and is done in enough tasks, told apart by its arguments where it has any."""
    bound = {shape.tool for shape in pool.places if shape.arguments}
    for shape, places in pool.places.items():
        left_open = not shape.arguments and shape.tool in bound
        if not is_probe(shape.tool) and not left_open and pool.enough({at for at, _ in places}):
            yield shape


def _bare(action: ActionPattern) -> ActionPattern:
    return ActionPattern(tool=action.tool, actor=action.actor)


def _fixed(action: ActionPattern) -> ActionPattern:
    """The action with its constants alone: on whom or what it is done is not the question."""
    fixed = tuple((name, value) for name, value in action.arguments if isinstance(value, Constant))
    return _bare(action).model_copy(update={"arguments": fixed})
