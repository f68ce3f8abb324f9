"""A file of traces that an agent's runs are added to, and the file of their outcomes beside it."""

import logging
from collections.abc import Sequence
from pathlib import Path

import orjson
from langchain_core.messages import AnyMessage

from trace2skill.adapters.turns import to_turns
from trace2skill.errors import InputError
from trace2skill.traces.append import append_line
from trace2skill.traces.conversation import first_request, to_steps
from trace2skill.traces.model import Outcome, Tool, Trace, to_json
from trace2skill.traces.redact import redact

logger = logging.getLogger("trace2skill")


class TraceLog:
    """Adds runs and outcomes, one line each. Threads and processes may share the files.

    Args:
        path: The file of traces, in our own JSONL; made if absent.
        domain: The domain of the traces.
    """

    def __init__(self, path: Path, domain: str | None = None) -> None:
        self.path = path
        self.outcomes = path.with_name(f"{path.stem}.outcomes.jsonl")
        self._domain = domain

    def add(self, identity: str, messages: Sequence[AnyMessage], tools: Sequence[Tool] = ()) -> None:
        """Add a run, without its secrets. A file that cannot be written is a warning in the log."""
        turns = list(to_turns(messages))
        trace = Trace(
            id=identity,
            task=first_request(turns),
            domain=self._domain,
            steps=to_steps(turns),
            tools=tuple(tools),
            outcome=Outcome(origin="in the file of outcomes, if anywhere"),
        )
        try:
            append_line(self.path, to_json(redact(trace)[0]))
        except OSError as error:
            logger.warning("the run %s is not in %s: %s", identity, self.path, error)

    def judge(self, identity: str, success: bool) -> None:
        """Add the outcome of a run.

        Raises:
            InputError: The file cannot be written.
        """
        try:
            append_line(self.outcomes, orjson.dumps({"id": identity, "success": success}))
        except OSError as error:
            raise InputError(f"{self.outcomes}: cannot be written ({error}). Check its path.") from error
