"""Phoenix: the spans of a project, and annotations of runs and their outermost spans."""

from collections.abc import Callable, Container, Iterator, Sequence
from datetime import UTC, datetime
from os import environ
from urllib.parse import quote

from trace2skill.errors import SettingError
from trace2skill.traces.pull.address import Address
from trace2skill.traces.pull.server import AbsentError, Server, required
from trace2skill.traces.pull.source import Page, Part, Value, ended, seconds

PAGE = 1000
"""Spans on a page, the most that the API gives."""

ASKED = 50
"""Ids whose annotations are asked for at once."""


class Phoenix:
    """A project of Phoenix. Its pages come in no order that is promised, so a run is whole at the last one.

    Raises:
        SettingError: There is no server, or its address is none.
    """

    ordered = False

    def __init__(self, address: Address, wait: Callable[[float], None]) -> None:
        base = required("PHOENIX_BASE_URL", address.scheme, "the server's address")
        key = environ.get("PHOENIX_API_KEY")
        self.server = Server(
            base,
            variable="PHOENIX_BASE_URL",
            keys="PHOENIX_API_KEY",
            headers={"authorization": f"Bearer {key}"} if key else None,
            wait=wait,
        )
        self._address = address
        self._path = f"/v1/projects/{quote(address.project, safe='')}"

    def check(self) -> None:
        """Ask for the project."""
        try:
            self.server.get(self._path)
        except AbsentError:
            raise SettingError(
                f"Phoenix has no project {self._address.project!r}; check the name and PHOENIX_BASE_URL"
            ) from None

    def pages(self, since: float | None, after: str | None, known: Container[str]) -> Iterator[Page]:  # noqa: ARG002 - spans are listed
        """Spans; pages have marks."""
        params: dict[str, str | int | list[str]] = {"limit": PAGE}
        if since is not None:
            params["start_time"] = datetime.fromtimestamp(since, UTC).isoformat()
        if self._address.until is not None:
            params["end_time"] = datetime.fromtimestamp(self._address.until, UTC).isoformat()
        while True:
            if after:
                params["cursor"] = after
            answer = self.server.get(f"{self._path}/spans", params)
            after = answer.get("next_cursor")
            yield Page(answer["data"], after)
            if not after:
                return

    def part(self, value: Value) -> Part | None:
        """A span's part of its trace; spans are sent when they end."""
        context = value.get("context")
        trace = context.get("trace_id") if isinstance(context, dict) else None
        if not isinstance(trace, str):
            return None
        root = not value.get("parent_id")
        return Part(trace, seconds(value.get("start_time")), ended(value.get("end_time")), root)

    def judgements(self, parts: Sequence[tuple[str, str]], since: float | None) -> Iterator[Sequence[Value]]:  # noqa: ARG002 - asked for by id
        """Annotations of the new traces, and of their outermost spans."""
        for first in range(0, len(parts), ASKED):
            asked = parts[first : first + ASKED]
            yield from self._annotations("span", [root for _, root in asked])
            yield from self._annotations("trace", [trace for trace, _ in asked])

    def _annotations(self, kind: str, ids: list[str]) -> Iterator[Sequence[Value]]:
        params: dict[str, str | int | list[str]] = {f"{kind}_ids": ids, "limit": PAGE}
        while True:
            try:
                answer = self.server.get(f"{self._path}/{kind}_annotations", params)
            except AbsentError:  # a server of before there were any, or nothing is annotated
                return
            yield answer["data"]
            if not answer.get("next_cursor"):
                return
            params["cursor"] = answer["next_cursor"]
