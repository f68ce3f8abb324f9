"""Langfuse: the list of traces, each with its observations and scores, and the project's scores."""

from collections.abc import Callable, Container, Iterator, Sequence
from datetime import UTC, datetime
from os import environ

from trace2skill.errors import SettingError
from trace2skill.traces.pull.address import Address
from trace2skill.traces.pull.server import Server, required
from trace2skill.traces.pull.source import Page, Part, Value, ended, seconds

HOST = "https://cloud.langfuse.com"
PAGE = 100
"""Records on a page, the most that the API gives."""


class Langfuse:
    """The project of Langfuse that the keys are of.

    Raises:
        SettingError: A key is missing, or the host is none.
    """

    ordered = True

    def __init__(self, address: Address, wait: Callable[[float], None]) -> None:
        public = required("LANGFUSE_PUBLIC_KEY", address.scheme, "the project's public key")
        secret = required("LANGFUSE_SECRET_KEY", address.scheme, "the project's secret key")
        self.server = Server(
            environ.get("LANGFUSE_HOST") or HOST,
            variable="LANGFUSE_HOST",
            keys="LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY, and LANGFUSE_HOST (their region)",
            login=(public, secret),
            wait=wait,
        )
        self._address = address

    def check(self) -> None:
        """Ask which project the keys are of; one that the address names must be it."""
        found = self.server.get("/api/public/projects")
        names = {str(each.get(key)) for each in found.get("data", ()) for key in ("id", "name")}
        if self._address.project and self._address.project not in names:
            raise SettingError(
                f"the keys are of another project than {self._address.project!r}; set those of that project, "
                "or write langfuse:// without a project"
            )

    def pages(self, since: float | None, after: str | None, known: Container[str]) -> Iterator[Page]:  # noqa: ARG002 - pages are numbered
        """Traces with observations and scores, one to a page."""
        params: dict[str, str | int | list[str]] = {
            "page": 1, "limit": PAGE, "orderBy": "timestamp.asc", "fields": "core",
        }  # fmt: skip
        if since is not None:
            params["fromTimestamp"] = _written(since)
        if self._address.until is not None:
            params["toTimestamp"] = _written(self._address.until)
        if self._address.name:
            params["name"] = self._address.name
        if self._address.tag:
            params["tags"] = [self._address.tag]
        for listed in self._listed("/api/public/traces", params):
            for each in listed:
                if each["id"] not in known:
                    yield Page([self.server.get(f"/api/public/traces/{each['id']}")])

    def part(self, value: Value) -> Part | None:
        """A trace; it has ended when its outermost observations have."""
        start = seconds(value.get("timestamp"))
        observations = [each for each in value.get("observations") or () if isinstance(each, dict)]
        outer = [each for each in observations if not each.get("parentObservationId")]
        running = any(each.get("type") != "EVENT" and not each.get("endTime") for each in outer)
        ends = [end for each in outer if (end := ended(each.get("endTime")))]
        return Part(value["id"], start, None if running else max(ends, default=start), root=True, whole=True)

    def judgements(self, parts: Sequence[tuple[str, str]], since: float | None) -> Iterator[Sequence[Value]]:  # noqa: ARG002 - asked for by time
        """Scores on any trace of the project, by when they were given."""
        params: dict[str, str | int | list[str]] = {"page": 1, "limit": PAGE}
        if since is not None:
            params["fromTimestamp"] = _written(since)
        yield from self._listed("/api/public/v2/scores", params)

    def _listed(self, path: str, params: dict[str, str | int | list[str]]) -> Iterator[list[Value]]:
        """The pages of a list, by their numbers."""
        number, pages = 1, 1
        while number <= pages:
            answer = self.server.get(path, {**params, "page": number})
            yield answer["data"]
            pages = int(answer["meta"]["totalPages"])
            number += 1


def _written(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).isoformat().replace("+00:00", "Z")
