"""Mines what good runs make sure of before a change: that the user agreed, and the state of its target.

Both are guards on actions that change something. What was said is told by a word or two of the user's last
utterance that are there before changes and seldom before readings; the state of the target by a value that
the entity which an argument names has at this change, and those of other changes have not.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from trace2skill.claims.instance import is_personal
from trace2skill.claims.model import (
    ActionPattern,
    AllOf,
    AnyOf,
    ArgumentTerm,
    Compare,
    Constant,
    FactTerm,
    Guard,
    Predicate,
    Rule,
    Slot,
)
from trace2skill.claims.traversal import TASK, entity_type, fact_keys, parts_of
from trace2skill.claims.view import View
from trace2skill.evidence.exact import fisher_p
from trace2skill.evidence.measure import tallies_of
from trace2skill.evidence.rows import Table
from trace2skill.evidence.statistics import LEVEL
from trace2skill.facts.read_only import is_read_only
from trace2skill.facts.templates import SAYS
from trace2skill.facts.words import FILLER
from trace2skill.mining.atomic_conditions import known_keys, sayable, values_of
from trace2skill.mining.pool import Pool
from trace2skill.traces.model import Actor

HEARD = "user.said"
_MOST = 0.5
_ALWAYS = 0.9
_ENTITIES = 3
"""Distinct entities that a state must have been seen in, so that it is not that of one which recurs."""

_WORD = re.compile(r"(?<![\w'])[^\W\d_]{2,12}(?![\w'])")


def preconditions(pool: Pool, rules: Sequence[Rule]) -> Iterator[Guard]:
    """Guards on changes that good runs keep to, and that are not so at other calls of theirs.

    What is all that a rule for the same tool asks for is not said again.
    """
    yield from consents(pool)
    alike: dict[Predicate, list[ActionPattern]] = {}
    for tool in _changes(pool):
        asked = {_sole(rule) for rule in rules if rule.then.tool == tool.tool}
        for require in targets(pool, tool):
            if not asked.intersection(parts_of(require)):
                alike.setdefault(require, []).append(tool)
    for require, tools in alike.items():
        yield Guard(action=tools[0], also=tuple(tools[1:]), require=require)


def _sole(rule: Rule) -> Predicate | None:
    """The only condition of a rule, besides which entity the task names; None if there are several."""
    parts = [part for part in parts_of(rule.when) if TASK not in fact_keys(part)]
    return parts[0] if len(parts) == 1 else None


def _changes(pool: Pool, *others: Actor) -> list[ActionPattern]:
    """The tools that change something, without arguments, that good runs on enough tasks call.

    Those of some actors are left out.
    """
    done: dict[ActionPattern, set[int]] = {}
    for shape, places in pool.places.items():
        if not is_read_only(shape.tool) and shape.actor not in others:
            bare = ActionPattern(tool=shape.tool, actor=shape.actor)
            done.setdefault(bare, set()).update(at for at, _ in places)
    good = set(pool.good)
    return [tool for tool, views in sorted(done.items(), key=str) if pool.enough(views & good)]


class _Told(NamedTuple):
    """How a requirement fares: its p, the runs that keep to it, and the runs in which it is due."""

    p: float
    kept: int
    due: int


def _told(pool: Pool, guard: Guard) -> _Told:
    """How a guard fares in good runs, against their other calls; p is 1 if it is no likelier than there."""
    association = tallies_of(guard, pool.together).association
    assert association is not None
    table = Table(*association[list(pool.good)].sum(axis=0).tolist())
    higher = table.hits * table.other_trials > table.other_hits * table.trials
    p = fisher_p(table) if higher else None
    return _Told(1.0 if p is None else p, table.hits, table.trials)


# --- what the user said


def consents(pool: Pool) -> Iterator[Guard]:
    """That the user's last words before the agent's changes include a word, or one of two.

    Each of the words goes with most changes and is significantly rarer at readings, adjusted for all words
    that are there before changes. Changes with which the first word mostly does not go are left out: nobody
    agrees to be handed over.
    """
    changes = _changes(pool, Actor.USER)
    if not changes:
        return
    first = next(iter(_telling(pool, changes)), None)
    if first is None:
        return
    asked = [
        each for each in changes if _MOST * (found := _told(pool, _after([each], first))).due <= found.kept
    ]
    words = _telling(pool, asked) if asked else []
    if not words:
        return
    best = _told(pool, _after(asked, words[0]))
    chosen = words[:1]
    pairs = [(_told(pool, _after(asked, words[0], word)), at, word) for at, word in enumerate(words[1:])]
    told, _, word = min(pairs, key=lambda each: (-each[0].kept, each[0].p, each[1]), default=(best, 0, ""))
    if told.kept > best.kept:
        best, chosen = told, [words[0], word]
    if best.kept >= _ALWAYS * best.due:
        yield _after(asked, *chosen)


def _after(changes: Sequence[ActionPattern], *words: str) -> Guard:
    parts = tuple(
        Compare(left=FactTerm(key=HEARD), operator="matches", right=Constant(value=rf"\b{word}\b"))
        for word in words
    )
    require = parts[0] if len(parts) == 1 else AnyOf(parts=parts)
    return Guard(action=changes[0], also=tuple(changes[1:]), require=require)


def _telling(pool: Pool, changes: Sequence[ActionPattern]) -> list[str]:
    """The words that go with most of the changes and seldom with readings, the commonest first."""
    words = _words_before(pool, changes)
    found = [(_told(pool, _after(changes, word)), word) for word in words]
    telling = [
        (-told.kept, told.p, word)
        for told, word in found
        if told.p * len(words) < LEVEL and told.kept >= _MOST * told.due
    ]
    return [word for *_, word in sorted(telling)]


def _words_before(pool: Pool, changes: Sequence[ActionPattern]) -> list[str]:
    """The words of the user's last utterance before changes of good runs, in enough tasks of them."""
    runs = pool.together
    done = np.logical_or.reduce([runs.matches(change) for change in changes])
    heard = runs.values(FactTerm(key=HEARD))
    found: dict[str, set[int]] = {}
    good = set(pool.good)
    for column in np.flatnonzero(done).tolist():
        run, said = int(runs.run[column]), heard.values[heard.codes[column]]
        if run in good and isinstance(said, str):
            for word in set(_WORD.findall(said)) - FILLER:
                found.setdefault(word, set()).add(run)
    return sorted(word for word, views in found.items() if pool.enough(views))


# --- the state of the target


def targets(pool: Pool, tool: ActionPattern) -> Iterator[Predicate]:
    """For each argument that names an entity, its state that tells this change from others, if one does."""
    for name, identity in _named_by(pool, tool):
        link = Compare(left=FactTerm(key=identity), operator="=", right=ArgumentTerm(name=name))
        states = [state for state in _states(pool, identity) if _recurs(pool, tool, link, state)]
        guards = [Guard(action=tool, require=AllOf(parts=(link, state))) for state in states]
        told = [(_told(pool, guard), guard) for guard in guards]
        kept = [each for each in told if each[0].kept >= _ALWAYS * each[0].due]
        if kept:
            best, guard = min(kept, key=lambda each: (each[0].p, -each[0].kept, each[1].model_dump_json()))
            if best.p * len(guards) < LEVEL:
                yield guard.require


def _named_by(pool: Pool, tool: ActionPattern) -> list[tuple[str, str]]:
    """The arguments of a tool with the fact that names the entity in them: `order_id`, `order.order_id`."""
    found: Counter[tuple[str, str]] = Counter()
    for shape, places in pool.places.items():
        if (shape.tool, shape.actor) == (tool.tool, tool.actor):
            for name, value in shape.arguments:
                for source in value.sources if isinstance(value, Slot) else ():
                    if "." in source and SAYS not in source and _is_identity(pool, source):
                        found[name, source] += len(places)
    best: dict[str, str] = {}
    for (name, source), _ in sorted(found.items(), key=lambda item: (-item[1], item[0])):
        best.setdefault(name, source)
    return sorted(best.items())


def _is_identity(pool: Pool, key: str) -> bool:
    """Whether the values of a fact are the names of the entities that have it."""
    return pool.derived((_is_identity, key), lambda: all(_names_itself(view, key) for view in pool.views))


def _names_itself(view: View, key: str) -> bool:
    return all(
        reading.value == entity
        for entity, readings in view.belief.timeline(key).items()
        for reading in readings
        if reading.known
    )


def _states(pool: Pool, identity: str) -> list[Compare]:
    """The equalities with a state of an entity: a truth value or a short text of few that a fact has."""
    found = []
    for key in known_keys(pool):
        if entity_type(key) != entity_type(identity) or any(map(is_personal, key.split("."))):
            continue
        read, members = values_of(key, pool)
        values = sayable(key, {value for value in read if isinstance(value, str | bool)}, pool)
        if not members and len(read) <= _MOST_VALUES:
            found += [
                Compare(left=FactTerm(key=key), operator="=", right=Constant(value=value))
                for value in sorted(values, key=str)
            ]
    return found


_MOST_VALUES = 8


def _recurs(pool: Pool, tool: ActionPattern, link: Compare, state: Compare) -> bool:
    """Whether enough different entities in this state were the target."""
    runs = pool.together
    assert isinstance(link.right, ArgumentTerm)
    at = runs.matches(tool) & runs.truth(AllOf(parts=(link, state)))
    given = runs.values(link.right)
    return len({given.codes[column] for column in np.flatnonzero(at).tolist()}) >= _ENTITIES
