"""State transitions: what an action turns into what."""

from collections import defaultdict
from collections.abc import Iterator

from trace2skill.claims.model import (
    ActionPattern,
    Claim,
    Compare,
    Constant,
    Effect,
    FactTerm,
    Scalar,
)
from trace2skill.claims.view import View
from trace2skill.facts.fact import is_instance
from trace2skill.facts.templates import HOLE, SAYS
from trace2skill.mining.pool import Pool
from trace2skill.mining.probes import is_probe

_MOST_PER_ACTION = 4
_IGNORED = ("last.", "user.", "task.", "controls", "choices")

_Change = tuple[str, Scalar, Scalar]


def mine(pool: Pool) -> list[Claim]:
    """Changes of a fact's value, attributed to the action that reported it or the one just before."""
    found: dict[ActionPattern, dict[_Change, set[int]]] = defaultdict(lambda: defaultdict(set))
    for at, view in enumerate(pool.views):
        for index, change in _changes(view):
            step = _cause(view, index)
            shape = pool.shapes[at][step] if step is not None else None
            if shape is not None:
                found[shape][change].add(at)
    claims: list[Claim] = []
    for shape, changes in found.items():
        enough = [(change, views) for change, views in changes.items() if pool.enough(views)]
        enough.sort(key=lambda item: (-len(item[1]), str(item[0])))
        claims.extend(_claim(shape, change) for change, _ in enough[:_MOST_PER_ACTION])
    return claims


def _changes(view: View) -> Iterator[tuple[int, _Change]]:
    for key in view.belief.keys:
        if key.startswith(_IGNORED) or (SAYS in key and HOLE not in key):
            continue
        for readings in view.belief.timeline(key).values():
            for earlier, later in zip([None, *readings], readings, strict=False):
                before = earlier.value if earlier else None
                if later.step < 0 or not later.known or later.value == before:
                    continue
                if isinstance(later.value, tuple) or isinstance(before, tuple):
                    yield from _parts(key, before, later.step, later.value)
                elif earlier and not (is_instance(later.value) or is_instance(before)):
                    yield later.step, (key, before, later.value)


def _parts(key: str, before: object, step: int, after: object) -> Iterator[tuple[int, _Change]]:
    """Which members a list lost: (key, member, None), or gained: (key, None, member)."""
    if not (isinstance(before, tuple) and isinstance(after, tuple)):
        return
    for member in sorted(set(before) - set(after), key=str):
        if not is_instance(member):
            yield step, (key, member, None)
    for member in sorted(set(after) - set(before), key=str):
        if not is_instance(member):
            yield step, (key, None, member)


def _cause(view: View, reading: int) -> int | None:
    """The last action up to the reading that can have changed anything: none that only reads."""
    changing = (
        index for index in range(reading, -1, -1) if view.acts[index] and not is_probe(view.tools[index])
    )
    return next(changing, None)


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
