"""Mines conditional rules: the decision list, guards and bans on actions, and formats of arguments."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from trace2skill.claims.logic import united
from trace2skill.claims.model import (
    ActionPattern,
    AnyOf,
    ArgumentTerm,
    Avoid,
    Claim,
    Compare,
    Constant,
    CountTerm,
    FactTerm,
    Guard,
    Predicate,
    Rule,
)
from trace2skill.claims.traversal import fact_keys
from trace2skill.facts.read_only import is_read_only
from trace2skill.mining.atomic_conditions import known_keys, relations
from trace2skill.mining.policy import policy_of
from trace2skill.mining.pool import Pool
from trace2skill.mining.preconditions import preconditions


def cardinality_guards(pool: Pool, shape: ActionPattern) -> Iterator[Guard]:
    """Guards that require another action of the same tool once, or as often as a `.count` fact says.

    Outcomes are not used.
    """
    counts = [key for key in known_keys(pool) if key.endswith(".count")]
    for other in pool.places:
        if other.tool == shape.tool and other != shape:
            times = CountTerm(action=other)
            bounds = [Constant(value=1), *(FactTerm(key=key) for key in counts)]
            for bound in bounds:
                require = Compare(left=times, operator=">=", right=bound)
                yield Guard(action=shape, require=require, scope=_scope(counts))


def _scope(counts: list[str]) -> Predicate | None:
    """The scope of a cardinality guard: there is something to count."""
    if len(counts) != 1:
        return None
    return Compare(left=FactTerm(key=counts[0]), operator=">=", right=Constant(value=1))


_PART = re.compile(r"[A-Za-z]+|[0-9]+|[^A-Za-z0-9]+")
_CLASSES = (("[A-Z]", re.compile("[A-Z]+")), ("[a-z]", re.compile("[a-z]+")), (r"\d", re.compile("[0-9]+")))
_ANY = "[A-Za-z]"
_SPECIAL = re.compile(r"[.^$*+?{}\[\]\\|()]")
_LONGEST = 60
_MOST_PARTS = 12
_LEAST_VALUES = 3
_LEAST_FAILED = 3
_ALWAYS = 0.95
_SELDOM = 0.7

_Use = tuple[int, str]
"""The view in which a value was used, and the value."""


def format_guards(pool: Pool) -> Iterator[Guard]:
    """For each tool and text argument, a guard for every format that occurs in enough tasks.

    Values have the same format if they alternate in the same way between letters, digits and separators.
    Formats of a single part are excluded, because any word or number would match. Outcomes are not used.
    """
    for (tool, name), uses in sorted(_uses(pool).items(), key=str):
        forms: defaultdict[tuple[str, ...], list[_Use]] = defaultdict(list)
        for view, value in uses:
            if form := _form(value):
                forms[form].append((view, value))
        for _, alike in sorted(forms.items()):
            values = sorted({value for _, value in alike})
            if len(values) >= _LEAST_VALUES and pool.enough({view for view, _ in alike}):
                look = "".join(_column(column) for column in zip(*map(_parts, values), strict=True))
                matches = Compare(
                    left=ArgumentTerm(name=name), operator="matches", right=Constant(value=f"^{look}$")
                )
                yield Guard(action=tool, require=matches)


def written_so(pool: Pool) -> Iterator[Guard]:
    """Format guards that nearly all successful calls of good runs satisfy and failed ones often do not.

    Arguments with more than one such format are skipped.
    """
    found: defaultdict[tuple[ActionPattern, str], list[Guard]] = defaultdict(list)
    for guard in format_guards(pool):
        assert isinstance(guard.require, Compare)
        assert isinstance(guard.require.left, ArgumentTerm)
        if _tells_success(pool, guard):
            found[guard.action, guard.require.left.name].append(guard)
    yield from (guards[0] for guards in found.values() if len(guards) == 1)


def _tells_success(pool: Pool, guard: Guard) -> bool:
    runs = pool.together
    asked = runs.matches(guard.action)
    truth = runs.truth(guard.require)
    bad = np.isin(runs.run, pool.bad) | runs.errors
    failed = truth[asked & bad]
    good = truth[asked & ~bad & np.isin(runs.run, pool.good)]
    if not len(good) or len(failed) < _LEAST_FAILED:
        return False
    return bool(good.sum() >= _ALWAYS * len(good) and failed.sum() < _SELDOM * len(failed))


def _uses(pool: Pool) -> dict[tuple[ActionPattern, str], list[_Use]]:
    """The uses of short text values by tool and argument, without read-only tools and without orders."""
    words = pool.enumerations
    found: defaultdict[tuple[ActionPattern, str], list[_Use]] = defaultdict(list)
    for shape, places in pool.places.items():
        tool = ActionPattern(tool=shape.tool, actor=shape.actor)
        for view, index in () if is_read_only(shape.tool) else places:
            action = pool.views[view].trace.steps[index].action
            for name, value in action.arguments.items() if action else ():
                if not isinstance(value, str) or not 0 < len(value) <= _LONGEST:
                    continue
                if words.admits_argument(shape.tool, name) and words.admits_constant(value):
                    found[tool, name].append((view, value))
    return found


def _parts(value: str) -> list[str]:
    return _PART.findall(value)


def _form(value: str) -> tuple[str, ...]:
    """The kinds of a value's parts in order; empty for a single part or more than `_MOST_PARTS`."""
    parts = _parts(value)
    if not 1 < len(parts) <= _MOST_PARTS:
        return ()
    return tuple(_kind(part) for part in parts)


def _kind(part: str) -> str:
    if not part.isascii():
        return part
    return "0" if part.isdecimal() else "a" if part.isalpha() else part


def _column(parts: Sequence[str]) -> str:
    """A pattern for the parts at one position: the literal part if all are equal, else class and length."""
    if len(set(parts)) == 1:
        return _SPECIAL.sub(r"\\\g<0>", parts[0])
    kind = next((name for name, kind in _CLASSES if all(map(kind.fullmatch, parts))), _ANY)
    lengths = {len(part) for part in parts}
    if len(lengths) > 1:
        return f"{kind}+"
    length = lengths.pop()
    return kind if length == 1 else f"{kind}{{{length}}}"


def pitfalls(pool: Pool) -> Iterator[Claim]:
    """All candidate bans and guards of a pool, chosen without knowledge of outcomes."""
    done: dict[ActionPattern, set[int]] = {}
    for shape, places in pool.places.items():
        if not is_read_only(shape.tool):
            done.setdefault(_bare(shape), set()).update(at for at, _ in places)
    yield from (Avoid(action=action) for action, views in done.items() if pool.enough(views))
    for shape in _actions(pool):
        yield from cardinality_guards(pool, shape)
    yield from bounds(pool)
    yield from format_guards(pool)


def bounds(pool: Pool) -> Iterator[Guard]:
    """Guards that an action is done only below, or only above, a number stated in the task.

    Both are proposed; they are negations of each other and share one lift test.
    """
    stated = [each for each in relations(pool) if any(key.startswith("task.") for key in fact_keys(each))]
    yield from (Guard(action=shape, require=within) for shape in _actions(pool) for within in stated)


def only_if(pool: Pool, rules: Iterable[Rule]) -> Iterator[Guard]:
    """For each action that ever failed, the guard that requires the condition of one of its rules."""
    reasons: dict[ActionPattern, list[Predicate]] = {}
    for rule in rules:
        reasons.setdefault(_fixed(rule.then), []).append(rule.when)
    for action, whens in reasons.items():
        matches = pool.together.matches(action)
        failed = (matches & pool.together.errors).any()
        if failed and pool.enough(np.flatnonzero(pool.together.anywhere(matches)).tolist()):
            require = whens[0] if len(whens) == 1 else AnyOf(parts=tuple(whens))
            yield Guard(action=action, require=require)


def _actions(pool: Pool) -> Iterator[ActionPattern]:
    """State-changing actions of enough tasks; shapes without arguments only if their tool has no others."""
    bound = {shape.tool for shape in pool.places if shape.arguments}
    for shape, places in pool.places.items():
        left_open = not shape.arguments and shape.tool in bound
        if not is_read_only(shape.tool) and not left_open and pool.enough({at for at, _ in places}):
            yield shape


def _bare(action: ActionPattern) -> ActionPattern:
    return ActionPattern(tool=action.tool, actor=action.actor)


def _fixed(action: ActionPattern) -> ActionPattern:
    """The action with only its constant arguments; slots say on what it is done and are dropped."""
    fixed = tuple((name, value) for name, value in action.arguments if isinstance(value, Constant))
    return _bare(action).model_copy(update={"arguments": fixed})


def mine(pool: Pool) -> list[Claim]:
    """The policy's rules, and guards from rules, from numbers in the task and from argument formats.

    Several rules for one action are also proposed as one rule with the disjunction of their conditions.
    """
    rules = policy_of(pool).rules
    return [
        *rules,
        *united(rules),
        *only_if(pool, rules),
        *bounds(pool),
        *written_so(pool),
        *preconditions(pool, rules),
    ]


def choices(pool: Pool) -> Iterator[Claim]:
    """The claims whose lift may be tested; none is chosen by outcome."""
    yield from pitfalls(pool)
