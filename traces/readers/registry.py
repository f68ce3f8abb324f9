"""The roster of readers, asked in this order."""

from collections.abc import Iterator
from typing import Protocol

from pydantic import JsonValue

from trace2skill.traces.model import Trace
from trace2skill.traces.problem import Problem
from trace2skill.traces.readers import openai_chat, tau2, tau_bench, trace_jsonl
from trace2skill.traces.records import Record


class Reader(Protocol):
    """One format: a module of this folder, or a `StepLog`."""

    NAME: str

    def recognises(self, sample: JsonValue) -> bool:
        """Whether a JSON value of a file (the whole document, or one line) is of this format."""
        ...

    def read(self, record: Record, success_at: float | None = None) -> Iterator[Trace | Problem]:
        """The traces of one record; what is broken comes out as a `Problem`."""
        ...


READERS: tuple[Reader, ...] = (trace_jsonl, tau2, tau_bench, openai_chat)
