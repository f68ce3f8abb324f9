"""Facts from structured observations: JSON objects become entities with attributes.

An entity's type and id come from its id field (`line_id: L1002` -> line[L1002]), from the argument of
the call that asked for it, or from the name of the list it stands in. Keys that are ids themselves
(`payment_methods.credit_card_4421486`) become entities too, so that they generalise.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pydantic import JsonValue

from trace2skill.facts.fact import LONGEST_VALUE, Fact, Scalar

_ID_FIELD = re.compile(r"^(?:(.+)_)?(?:id|number|key|uuid)$")
_ID_LIKE = re.compile(r"\d")
_DEPTH = 6


class _Place(NamedTuple):
    """Where in an observation a value stands: the entity it describes, and the path below it."""

    kind: str
    entity: str = ""
    path: str = ""

    @property
    def key(self) -> str:
        return f"{self.kind}.{self.path}" if self.path else self.kind

    def below(self, name: str) -> "_Place":
        return self._replace(path=f"{self.path}.{name}" if self.path else name)


def record_facts(
    value: JsonValue, tool: str = "", arguments: Mapping[str, JsonValue] | None = None
) -> list[Fact]:
    """The facts of one structured observation, in document order."""
    asked = {
        str(argument): name
        for name, argument in (arguments or {}).items()
        if isinstance(argument, str | int) and not isinstance(argument, bool)
    }
    return list(_walk(value, _Place(_noun(tool)), asked, 0))


def _walk(value: JsonValue, place: _Place, asked: Mapping[str, str], depth: int) -> Iterator[Fact]:
    if depth > _DEPTH:
        return
    if isinstance(value, dict):
        yield from _object(value, place, asked, depth)
    elif isinstance(value, list):
        yield from _list(value, place, asked, depth)
    elif not (isinstance(value, str) and len(value) > LONGEST_VALUE):
        yield Fact(place.key, place.entity, value)


def _object(
    value: Mapping[str, JsonValue], place: _Place, asked: Mapping[str, str], depth: int
) -> Iterator[Fact]:
    identity = _identity(value, place.kind, asked, top=depth == 0)
    if identity:
        place = _Place(*identity)
    for name, child in value.items():
        if isinstance(child, dict) and _keyed_by_id(child):
            for key, member in child.items():
                yield Fact(f"{_singular(name)}.id", key, key)
                yield from _walk(member, _Place(_singular(name), key), {}, depth + 1)
        else:
            yield from _walk(child, place.below(name), {}, depth + 1)


def _identity(
    value: Mapping[str, JsonValue], kind: str, asked: Mapping[str, str], *, top: bool
) -> tuple[str, str] | None:
    """Type and id of the entity an object stands for, None where it is a mere part of its parent.

    Whatever the order of its fields: an id that was asked for, the id of the kind of thing expected
    here, another value that was asked for, or the only id of a whole answer.
    """
    fields = sorted(
        (name, found.group(1) or kind, str(value[name]))
        for name in value
        if isinstance(value[name], str | int) and (found := _ID_FIELD.match(name))
    )
    choices = (
        [field for field in fields if field[2] in asked and field[0].endswith("id")],
        [field for field in fields if kind.endswith(field[1])],
        [field for field in fields if field[2] in asked],
        fields if top and len(fields) == 1 else [],
    )
    for chosen in choices:
        if chosen:
            return chosen[0][1:]
    if top and asked:
        id_, argument = next(iter(sorted(asked.items(), key=lambda item: item[1])))
        found = _ID_FIELD.match(argument)
        return (found.group(1) or kind if found else kind), id_
    return None


def _list(value: list[JsonValue], place: _Place, asked: Mapping[str, str], depth: int) -> Iterator[Fact]:
    scalars: list[Scalar] = [item for item in value if not isinstance(item, dict | list)]
    if scalars or not value:
        yield Fact(place.key, place.entity, tuple(scalars))
    member = _singular(place.path.rsplit(".", 1)[-1] or place.kind)
    for position, item in enumerate(value):
        if isinstance(item, dict):
            inner = _identity(item, member, asked, top=False) or (member, f"{place.entity}/{position}")
            yield from _walk(item, _Place(*inner), asked, depth + 1)
        elif isinstance(item, list) and depth < _DEPTH:
            yield from _list(item, place, asked, depth + 1)


def _keyed_by_id(value: Mapping[str, JsonValue]) -> bool:
    """Whether an object is a table: most of its keys are ids, its values objects."""
    ids = sum(bool(_ID_LIKE.search(key)) and isinstance(child, dict) for key, child in value.items())
    return ids * 2 > len(value)


def _noun(tool: str) -> str:
    """The thing a tool is about: `get_customer_by_phone` -> customer."""
    words = re.split(r"[_\W]+", re.sub(r"([a-z])([A-Z])", r"\1_\2", tool).lower())
    words = [word for word in words if word]
    for stop in ("by", "for", "from", "to", "with"):
        if stop in words[1:]:
            words = words[: words.index(stop, 1)]
    if len(words) > 1 and words[-1] in {"details", "info", "status", "list"}:
        words = words[:-1]
    return _singular("_".join(words[1:]) or "".join(words) or "result")


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return name[:-3] + "y"
    if name.endswith(("ses", "xes")):
        return name[:-2]
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name
