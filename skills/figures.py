"""The numbers in a rule's text, held against what was measured."""

import re
from collections.abc import Iterator

from pydantic import BaseModel

from trace2skill.claims.model import canonical
from trace2skill.skills.finding import Finding
from trace2skill.skills.wording import statement

_NUMBER = re.compile(r"(?<![\w.])(?:\d[\d,]*)?\.?\d+(?![\w]|\.\d)")
_IN_CLAIM = re.compile(r"\d+(?:\.\d+)?")


def unfounded(text: str, finding: Finding) -> list[str]:
    """The numbers in `text` that occur neither in the claim nor in its summary, in order of appearance.

    A number that is written with fewer digits than the measured one counts where rounding gives it.
    Digits inside a word (`4g`, `L1002`) are part of its name; `instance` looks after those.
    """
    stated = {float(found) for found in _IN_CLAIM.findall(canonical(finding.claim).decode())}
    stated |= {float(found.replace(",", "")) for found in _NUMBER.findall(statement(finding))}
    measured = sorted(stated | set(_values(finding.summary)))
    return [found for found in _NUMBER.findall(text) if not _founded(found, measured)]


def numbers_in(text: str) -> list[str]:
    """Every number that stands by itself in a text."""
    return _NUMBER.findall(text)


def _founded(written: str, measured: list[float]) -> bool:
    value, digits = float(written.replace(",", "")), len(written.partition(".")[2])
    return any(round(number, digits) == value for number in measured)


def _values(record: BaseModel) -> Iterator[float]:
    for _, value in record:
        if isinstance(value, BaseModel):
            yield from _values(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield float(value)
