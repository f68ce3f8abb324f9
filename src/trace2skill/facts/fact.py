"""The fact record and its value types."""

import re
from typing import NamedTuple

from trace2skill.traces.patterns import PLACEHOLDER

Scalar = str | int | float | bool | None
Value = Scalar | tuple[Scalar, ...]

LONGEST_VALUE = 200
"""Maximum length of a value in characters; longer texts are prose."""

_ID = re.compile(r"\d{3,}|@|\d+-\d+|^[A-Z]{2,}\d|^(?=.*\d)(?=.*[A-Z])[A-Z0-9]{5,}$")
_NUMBER = re.compile(r"^[$€£]?\s?(-?\d[\d,]*\.?\d*)\s?%?$")


class Fact(NamedTuple):
    """`key = value` about one entity.

    `key` is general (`line.status`); `entity` is the entity's id (`L1002`), empty for facts without one.
    """

    key: str
    entity: str
    value: Value

    def __str__(self) -> str:
        """For example `line[L1002].status = Suspended`."""
        head, dot, tail = self.key.partition(".")
        name = f"{head}[{self.entity}]{dot}{tail}" if self.entity else self.key
        return f"{name} = {self.value}"


def as_scalar(text: str) -> Scalar:
    """The number that the text is (currency and percent signs are ignored), else the text."""
    text = text.strip()
    found = _NUMBER.match(text)
    if not found:
        return text
    digits = found.group(1).replace(",", "")
    return float(digits) if "." in digits else int(digits)


def is_instance(value: object) -> bool:
    """Whether a value looks specific to one instance: an id, an e-mail address, a decimal, redacted."""
    if isinstance(value, str):
        return bool(_ID.search(value)) or is_redacted(value)
    return isinstance(value, float)


def is_redacted(value: object) -> bool:
    """Whether a value holds a placeholder of redaction, which tells apart only the values of one run."""
    return isinstance(value, str) and "<" in value and PLACEHOLDER.search(value) is not None


def slug(text: str) -> str:
    """`Cellular Network Type` -> `cellular_network_type`."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
