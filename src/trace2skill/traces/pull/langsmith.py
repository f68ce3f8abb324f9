"""LangSmith: runs with `POST /runs/query`, oldest first, and the project's feedback.

Where that is no more, runs are asked for with `POST /api/v2/runs/query`, to which LangSmith's clients change.
"""

import json
import os
from collections.abc import Callable, Container, Iterator, Sequence
from datetime import UTC, datetime

from trace2skill.errors import SettingError
from trace2skill.traces.pull.address import Address
from trace2skill.traces.pull.server import AbsentError, Server, required
from trace2skill.traces.pull.source import Page, Part, Value, ended, seconds

HOST = "https://api.smith.langchain.com"
PAGE = 100
"""Records on a page, the most that the API gives."""

FIELDS = (
    "id", "name", "run_type", "inputs", "outputs", "error", "extra", "start_time", "end_time", "status",
    "tags", "trace_id", "parent_run_id", "dotted_order", "reference_example_id", "feedback_stats",
    "session_id",
)  # fmt: skip


RENAMED = {"parent_run_id": "PARENT_RUN_IDS", "session_id": "PROJECT_ID"}
"""The names of version 2 for fields; the others are the same in capitals."""

EARLIEST = "1970-01-01T00:00:00+00:00"
"""The start of version 2's default is a day ago."""


class LangSmith:
    """A project of LangSmith.

    Raises:
        SettingError: There is no key, or the endpoint is none.
    """

    def __init__(self, address: Address, wait: Callable[[float], None]) -> None:
        headers = {"x-api-key": required("LANGSMITH_API_KEY", address.scheme, "a key")}
        if workspace := os.environ.get("LANGSMITH_WORKSPACE_ID"):
            headers["x-tenant-id"] = workspace
        given = (os.environ.get("LANGSMITH_ENDPOINT") or HOST).rstrip("/")
        base = given.removesuffix("/api/v1")
        self.ordered = True
        self._prefix = given.removeprefix(base)
        self.server = Server(
            base, variable="LANGSMITH_ENDPOINT", keys="LANGSMITH_API_KEY", headers=headers, wait=wait
        )
        self._address = address
        self._project = ""

    def check(self) -> None:
        """Find the project's id."""
        try:
            found = self.server.get(f"{self._prefix}/sessions", {"name": self._address.project, "limit": 1})
        except AbsentError:
            found = []
        if not isinstance(found, list) or not found or not isinstance(found[0].get("id"), str):
            raise SettingError(
                f"LangSmith has no project {self._address.project!r} for this key; check the name, "
                "LANGSMITH_ENDPOINT (its region) and LANGSMITH_WORKSPACE_ID"
            )
        self._project = found[0]["id"]

    def pages(self, since: float | None, after: str | None, known: Container[str]) -> Iterator[Page]:  # noqa: ARG002 - runs are listed whole
        """Runs of every kind, by their start; of version 2 in no promised order, in pages with marks."""
        try:
            yield from self._by_start(since)
        except AbsentError:
            self.ordered = False
            yield from self._marked(since, after)

    def _by_start(self, since: float | None) -> Iterator[Page]:
        body = {
            "session": [self._project],
            "select": FIELDS,
            "limit": PAGE,
            "order": "asc",
            "start_time": _written(since),
            "end_time": _written(self._address.until),
            "trace_filter": self._filter(),
            "cursor": None,
        }
        while True:
            answer = self.server.post(f"{self._prefix}/runs/query", body)
            following = (answer.get("cursors") or {}).get("next")
            yield Page(answer.get("runs") or [])
            if not following or not answer.get("runs"):
                return
            body["cursor"] = following

    def _marked(self, since: float | None, after: str | None) -> Iterator[Page]:
        body = {
            "project_ids": [self._project],
            "selects": [*(RENAMED.get(each, each.upper()) for each in FIELDS), "METADATA", "THREAD_ID"],
            "page_size": PAGE,
            "min_start_time": _written(since) or EARLIEST,
            "max_start_time": _written(self._address.until),
            "trace_filter": self._filter(),
            "cursor": after,
        }
        while True:
            answer = self.server.post("/api/v2/runs/query", body)
            mark = answer.get("next_cursor") or None
            yield Page(answer.get("items") or [], mark)
            if not mark:
                return
            body["cursor"] = mark

    def part(self, value: Value) -> Part | None:
        """A run's part of its trace."""
        trace = value.get("trace_id")
        if not isinstance(trace, str):
            return None
        root = not value.get("parent_run_id") and not value.get("parent_run_ids")
        return Part(trace, seconds(value.get("start_time")), ended(value.get("end_time")), root)

    def judgements(self, parts: Sequence[tuple[str, str]], since: float | None) -> Iterator[Sequence[Value]]:  # noqa: ARG002 - asked for by time
        """Feedback on any run of the project, by when it was given."""
        params: dict[str, str | int | list[str]] = {"session": [self._project], "limit": PAGE, "offset": 0}
        if since is not None:
            params["min_created_at"] = str(_written(since))
        while True:
            found = self.server.get(f"{self._prefix}/feedback", params)
            yield found
            if len(found) < PAGE:
                return
            params["offset"] = int(str(params["offset"])) + len(found)

    def _filter(self) -> str | None:
        tests = []
        if self._address.tag:
            tests.append(f"has(tags, {json.dumps(self._address.tag)})")
        if self._address.name:
            tests.append(f"eq(name, {json.dumps(self._address.name)})")
        return f"and({', '.join(tests)})" if len(tests) > 1 else next(iter(tests), None)


def _written(time: float | None) -> str | None:
    return None if time is None else datetime.fromtimestamp(time, UTC).isoformat()
