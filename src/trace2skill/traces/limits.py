"""How much of a file is read: bounds on what it unpacks to and on one record, each raised by a variable."""

from os import environ
from typing import NamedTuple

from trace2skill.errors import SettingError

PREFIX = "TRACE2SKILL_"
FREE = 256 << 20
"""Bytes that a file may unpack to whatever its ratio: as much is soon read."""


class Limits(NamedTuple):
    """Bounds in the units of their variables: `TRACE2SKILL_` and the name in capitals."""

    max_record_mb: int = 256
    max_unpacked_mb: int = 16_384
    max_ratio: int = 200

    @property
    def record(self) -> int:
        """Bytes of one line, or of one document over several lines."""
        return self.max_record_mb << 20

    def exceeded(self, packed: int, unpacked: int) -> str:
        """Why a compressed file is unpacked no further, with the variable for more; empty if it may be."""
        if unpacked > self.max_unpacked_mb << 20:
            return f"it unpacks to more than {self.max_unpacked_mb:,} MB ({variable('max_unpacked_mb')})"
        if unpacked > FREE and unpacked > self.max_ratio * packed:
            return f"it unpacks to more than {self.max_ratio} times its size ({variable('max_ratio')})"
        return ""


def limits() -> Limits:
    """The bounds in force.

    Raises:
        SettingError: A variable is no whole number above 0.
    """
    return Limits(*(_given(name, default) for name, default in Limits._field_defaults.items()))


def variable(name: str) -> str:
    """The environment variable that sets a bound."""
    return PREFIX + name.upper()


def _given(name: str, default: int) -> int:
    text = environ.get(variable(name), "").strip()
    if text and not (text.isascii() and text.isdigit() and int(text)):
        raise SettingError(f"{variable(name)}: {text!r} is no whole number above 0")
    return int(text) if text else default
