"""Mines effects: the state transitions that actions bring about."""

from collections import defaultdict
from collections.abc import Iterator

from trace2skill.claims.model import ActionPattern, Claim, Compare, Constant, Effect, FactTerm, Scalar
from trace2skill.claims.view import View
from trace2skill.facts.fact import is_instance
from trace2skill.facts.read_only import is_read_only
from trace2skill.facts.templates import HOLE, SAYS
from trace2skill.mining.pool import Pool

_MOST_PER_ACTION = 1
"""Effects per action; further changes usually accompany the first."""

_IGNORED = ("last.", "user.", "task.", "controls", "choices")

_Change = tuple[str, Scalar, Scalar]


def mine(pool: Pool) -> list[Claim]:
    """The most frequent change of a fact's value for each action.

    A change is attributed to an action only if it is the only state-changing one since the previous reading.
    """
    found: dict[ActionPattern, dict[_Change, set[int]]] = defaultdict(lambda: defaultdict(set))
    for at, view in enumerate(pool.views):
        for last, index, change in _changes(view):
            step = _cause(view, last, index)
            shape = pool.shapes[at][step] if step is not None else None
            if shape is not None and _is_sayable(change, pool):
                found[shape][change].add(at)
    claims: list[Claim] = []
    for shape, changes in found.items():
        enough = [(change, views) for change, views in changes.items() if pool.enough(views)]
        enough.sort(key=lambda item: (-len(item[1]), item[0][1] is None or item[0][2] is None, str(item[0])))
        claims.extend(_claim(shape, change) for change, _ in enough[:_MOST_PER_ACTION])
    return claims


def _is_sayable(change: _Change, pool: Pool) -> bool:
    key, before, after = change
    words = pool.enumerations
    return words.admits_key(key) and words.admits_value(key, before) and words.admits_value(key, after)


def _changes(view: View) -> Iterator[tuple[int, int, _Change]]:
    """All changes of values, each with the step of the previous reading and of the new one."""
    for key in view.belief.keys:
        if key.startswith(_IGNORED) or (SAYS in key and HOLE not in key):
            continue
        for readings in view.belief.timeline(key).values():
            for earlier, later in zip([None, *readings], readings, strict=False):
                before = earlier.value if earlier else None
                if earlier is None or later.step < 0 or not later.known or later.value == before:
                    continue
                if isinstance(later.value, tuple) or isinstance(before, tuple):
                    for change in _parts(key, before, later.value):
                        yield earlier.step, later.step, change
                elif not (is_instance(later.value) or is_instance(before)):
                    yield earlier.step, later.step, (key, before, later.value)


def _parts(key: str, before: object, after: object) -> Iterator[_Change]:
    """The members removed from a list as (key, member, None), and those added as (key, None, member)."""
    if not (isinstance(before, tuple) and isinstance(after, tuple)):
        return
    for member in sorted(set(before) - set(after), key=str):
        if not is_instance(member):
            yield key, member, None
    for member in sorted(set(after) - set(before), key=str):
        if not is_instance(member):
            yield key, None, member


def _cause(view: View, last: int, reading: int) -> int | None:
    """The step of the only state-changing action between two readings; None if there is not exactly one."""
    changing = [
        index
        for index in range(last + 1, reading + 1)
        if view.acts[index] and not is_read_only(view.tools[index])
    ]
    return changing[0] if len(changing) == 1 else None


def _claim(action: ActionPattern, change: _Change) -> Effect:
    key, before, after = change
    fact = FactTerm(key=key)
    if after is None:
        return Effect(
            action=action,
            before=Compare(left=Constant(value=before), operator="in", right=fact),
            after=Compare(left=Constant(value=before), operator="not in", right=fact),
        )
    if before is None:
        return Effect(
            action=action,
            before=Compare(left=Constant(value=after), operator="not in", right=fact),
            after=Compare(left=Constant(value=after), operator="in", right=fact),
        )
    return Effect(
        action=action,
        before=Compare(left=fact, operator="=", right=Constant(value=before)),
        after=Compare(left=fact, operator="=", right=Constant(value=after)),
    )
