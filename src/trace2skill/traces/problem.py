"""Problem reports for inputs that cannot be used, so that none is dropped silently."""

from dataclasses import dataclass
from enum import StrEnum

from pydantic import ValidationError

from trace2skill.errors import InputError


class Scope(StrEnum):
    """What was not used: a record, a whole file, a line of the outcomes file, a reader of another package."""

    RECORD = "record"
    FILE = "file"
    OUTCOMES = "outcomes"
    PLUGIN = "plugin"


@dataclass(frozen=True)
class Problem:
    """One input that was not used, with the reason and a fix. It never holds a value from the input.

    `record` is a line number, an index such as `simulations[3]`, or a byte offset; empty for a whole file.
    """

    path: str
    record: str
    message: str
    fix: str
    scope: Scope = Scope.RECORD

    def __str__(self) -> str:
        where = f"{self.path}, {self.record}" if self.record else self.path
        return f"{where}: {self.message}. {self.fix}"

    def as_error(self) -> InputError:
        """The problem as the exception raised in strict mode."""
        return InputError(str(self))


class BrokenRecordError(Exception):
    """A record cannot be converted to a trace; the reading loop turns this into a `Problem`."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


def describe(error: ValidationError, limit: int = 3) -> str:
    """The first `limit` errors of a failed validation as `path: message`, without any input value."""
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    told = [f"{'.'.join(map(str, f['loc'][:6])) or 'the record'}: {f['msg']}" for f in faults[:limit]]
    more = f" (and {len(faults) - limit} more)" if len(faults) > limit else ""
    return "; ".join(told) + more


@dataclass(frozen=True)
class Dropped:
    """Parts of what was read that are in no trace, by what they are: nothing to mend, but good to know."""

    what: str
    count: int
