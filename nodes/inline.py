"""Traces given inline, in our own format, read like a file of them."""

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from trace2skill.traces.model import SCHEMA_VERSION, Source, Trace
from trace2skill.traces.problem import Problem
from trace2skill.traces.read import IntakeSummary
from trace2skill.traces.readers.trace_jsonl import NAME, read
from trace2skill.traces.records import Record

PATH = "traces"


class InlineTraces:
    """Iterate it once for the traces, then ask it what happened, as with a pass over files.

    A trace need not repeat the `schema_version`; one that says where it came from keeps that source.

    Args:
        given: Traces as JSON objects.
        success_at: The score from which a run is a success.
        strict: Raise at the first broken trace instead of reporting it and going on.
    """

    def __init__(
        self, given: Sequence[dict[str, Any]], *, success_at: float | None = None, strict: bool = False
    ) -> None:
        self.problems: list[Problem] = []
        self._given = given
        self._success_at = success_at
        self._strict = strict
        self._seen: set[str] = set()
        self._yielded = 0

    def __iter__(self) -> Iterator[Trace]:
        for number, item in enumerate(self._given):
            value = {"schema_version": SCHEMA_VERSION, **item} if isinstance(item, dict) else item
            for entry in read(Record(PATH, f"[{number}]", value), self._success_at):
                if isinstance(entry, Problem):
                    self._report(entry)
                    continue
                self._yielded += 1
                if entry.hash not in self._seen:
                    self._seen.add(entry.hash)
                    yield _with_source(entry, item)

    @property
    def summary(self) -> IntakeSummary:
        """The counts so far; final once the iteration has ended."""
        return IntakeSummary(
            files=0,
            read=len(self._seen),
            rejected=len(self.problems),
            duplicates=self._yielded - len(self._seen),
            skipped=0,
            formats={NAME: len(self._seen)},
        )

    def _report(self, problem: Problem) -> None:
        if self._strict:
            raise problem.as_error()
        self.problems.append(problem)


def _with_source(trace: Trace, item: dict[str, Any]) -> Trace:
    """The source is no part of the hash, so the copy may carry the cached one along."""
    try:
        return trace.model_copy(update={"source": Source.model_validate(item["source"])})
    except (KeyError, ValidationError):
        return trace
