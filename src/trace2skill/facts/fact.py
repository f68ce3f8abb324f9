"""One fact, and the values it may have."""

import re
from typing import NamedTuple

Scalar = str | int | float | bool | None
Value = Scalar | tuple[Scalar, ...]

LONGEST_VALUE = 200
"""Characters; a longer text is prose, not a value."""

_ID = re.compile(r"\d{3,}|@|\d+-\d+|^[A-Z]{2,}\d|^(?=.*\d)(?=.*[A-Z])[A-Z0-9]{5,}$")
_NUMBER = re.compile(r"^[$€£]?\s?(-?\d[\d,]*\.?\d*)\s?%?$")


class Fact(NamedTuple):
    """`key = value` about one entity.

    `key` is general (`line.status`); `entity` says whose (`L1002`), empty for the world at large.
    """

    key: str
    entity: str
    value: Value

    def __str__(self) -> str:
        """The design's notation: `line[L1002].status = Suspended`."""
        head, dot, tail = self.key.partition(".")
        name = f"{head}[{self.entity}]{dot}{tail}" if self.entity else self.key
        return f"{name} = {self.value}"


def as_scalar(text: str) -> Scalar:
    """A number where the whole text is one (currency signs and percent aside), else the text itself."""
    text = text.strip()
    found = _NUMBER.match(text)
    if not found:
        return text
    digits = found.group(1).replace(",", "")
    return float(digits) if "." in digits else int(digits)


def is_instance(value: object) -> bool:
    """Whether a value names one particular thing (an id, a number, an address) and not a kind."""
    return isinstance(value, float) or (isinstance(value, str) and bool(_ID.search(value)))


def slug(text: str) -> str:
    """`Cellular Network Type` -> `cellular_network_type`."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
