"""Langfuse: its observations, or before version 4 the list of traces, and the project's scores.

Version 4 has `v2/observations` and `v3/scores`, and calls what it had before deprecated; a server that lacks
these is asked the old way. https://langfuse.com/faq/all/deprecated-api-migration
"""

from collections.abc import Callable, Container, Iterator, Sequence
from datetime import UTC, datetime
from os import environ
from typing import Any

import orjson

from trace2skill.errors import SettingError
from trace2skill.traces.pull.address import Address
from trace2skill.traces.pull.server import AbsentError, Params, Server, required
from trace2skill.traces.pull.source import Page, Part, Value, ended, seconds

HOST = "https://cloud.langfuse.com"
PAGE = 100
"""Records on a page, the most that the API gives of traces and scores."""

FIELDS = "core,basic,io,metadata,trace_context"
ATTRIBUTES = "attributes"
"""The key of the metadata that holds OpenTelemetry's attributes; other values are cut to 200 characters."""


def host() -> str:
    """The server's address: `LANGFUSE_HOST`, or as newer clients call it, `LANGFUSE_BASE_URL`."""
    return environ.get("LANGFUSE_BASE_URL") or environ.get("LANGFUSE_HOST") or HOST


class Langfuse:
    """The project of Langfuse that the keys are of.

    Raises:
        SettingError: A key is missing, or the host is none.
    """

    ordered: bool

    def __init__(self, address: Address, wait: Callable[[float], None]) -> None:
        public = required("LANGFUSE_PUBLIC_KEY", address.scheme, "the project's public key")
        secret = required("LANGFUSE_SECRET_KEY", address.scheme, "the project's secret key")
        self.server = Server(
            host(),
            variable="LANGFUSE_HOST",
            keys="LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY, and LANGFUSE_HOST (their region)",
            login=(public, secret),
            wait=wait,
        )
        self._address = address

    def check(self) -> None:
        """Ask which project the keys are of, which must be that of the address, and what the server has."""
        found = self.server.get("/api/public/projects")
        names = {str(each.get(key)) for each in found.get("data", ()) for key in ("id", "name")}
        if self._address.project and self._address.project not in names:
            raise SettingError(
                f"the keys are of another project than {self._address.project!r}; set those of that project, "
                "or write langfuse:// without a project"
            )
        self.ordered = not self._has("/api/public/v2/observations")

    def pages(self, since: float | None, after: str | None, known: Container[str]) -> Iterator[Page]:
        """Observations, in pages with marks; of older servers whole traces with scores, one to a page."""
        return self._traces(since, known) if self.ordered else self._observations(since, after)

    def _observations(self, since: float | None, after: str | None) -> Iterator[Page]:
        params: dict[str, str | int | list[str]] = {
            "limit": PAGE, "fields": FIELDS, "expandMetadata": ATTRIBUTES,
        }  # fmt: skip
        if conditions := self._conditions(since):
            params["filter"] = orjson.dumps(conditions).decode()
        for answer in self._marked("/api/public/v2/observations", params, after):
            yield Page(answer["data"], _mark(answer))

    def _conditions(self, since: float | None) -> list[dict[str, Any]]:
        """What is asked for, as the API's `filter`, beside which other parameters say nothing."""
        until, name, tag = self._address.until, self._address.name, self._address.tag
        told = (
            ("datetime", "startTime", ">=", None if since is None else _written(since)),
            ("datetime", "startTime", "<", None if until is None else _written(until)),
            ("string", "traceName", "=", name or None),
            ("arrayOptions", "traceTags", "any of", [tag] if tag else None),
        )
        names = ("type", "column", "operator", "value")
        return [dict(zip(names, each, strict=True)) for each in told if each[-1] is not None]

    def _traces(self, since: float | None, known: Container[str]) -> Iterator[Page]:
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
        """An observation's part of its trace, or a trace, which has ended when its outermost ones have."""
        if "observations" not in value:
            return _part(value)
        start = seconds(value.get("timestamp"))
        observations = [each for each in value.get("observations") or () if isinstance(each, dict)]
        outer = [each for each in observations if not each.get("parentObservationId")]
        running = any(each.get("type") != "EVENT" and not each.get("endTime") for each in outer)
        ends = [end for each in outer if (end := ended(each.get("endTime")))]
        return Part(value["id"], start, None if running else max(ends, default=start), root=True, whole=True)

    def judgements(self, parts: Sequence[tuple[str, str]], since: float | None) -> Iterator[Sequence[Value]]:  # noqa: ARG002 - asked for by time
        """Scores on any trace of the project, by when they were given."""
        params: dict[str, str | int | list[str]] = {"limit": PAGE}
        if since is not None:
            params["fromTimestamp"] = _written(since)
        if self._has("/api/public/v3/scores"):
            for answer in self._marked("/api/public/v3/scores", {**params, "fields": "subject"}):
                yield answer["data"]
        else:
            yield from self._listed("/api/public/v2/scores", params)

    def _has(self, path: str) -> bool:
        try:
            self.server.get(path, {"limit": 1})
        except AbsentError:
            return False
        return True

    def _marked(self, path: str, params: Params, after: str | None = None) -> Iterator[Any]:
        """The pages of a list, each with the mark of the next."""
        asked = {**params, **({"cursor": after} if after else {})}
        while True:
            answer = self.server.get(path, asked)
            yield answer
            if not (mark := _mark(answer)):
                return
            asked["cursor"] = mark

    def _listed(self, path: str, params: dict[str, str | int | list[str]]) -> Iterator[list[Value]]:
        """The pages of a list, by their numbers."""
        number, pages = 1, 1
        while number <= pages:
            answer = self.server.get(path, {**params, "page": number})
            yield answer["data"]
            pages = int(answer["meta"]["totalPages"])
            number += 1


def _mark(answer: dict[str, Any]) -> str | None:
    mark = (answer.get("meta") or {}).get("cursor")
    return mark if isinstance(mark, str) and mark else None


def _part(value: Value) -> Part | None:
    """An observation's part of its trace; an event ends as it begins."""
    trace, start = value.get("traceId"), seconds(value.get("startTime"))
    if not isinstance(trace, str):
        return None
    root = bool(value.get("isRootObservation")) or not value.get("parentObservationId")
    return Part(trace, start, start if value.get("type") == "EVENT" else ended(value.get("endTime")), root)


def _written(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).isoformat().replace("+00:00", "Z")
