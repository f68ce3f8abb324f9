"""A collector at work: the server, the files and, if wanted, the hand-over to `distill`."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from trace2skill.collector.batches import BatchLog
from trace2skill.collector.handover import Handover
from trace2skill.collector.otlp import Batch
from trace2skill.collector.server import CollectorServer, Limits
from trace2skill.errors import SettingError
from trace2skill.traces.pull.address import is_loopback

TOKEN = "TRACE2SKILL_COLLECT_TOKEN"  # noqa: S105 - the name of the variable that holds it
SHORTEST_TOKEN = 16
POLL = 0.05
"""Seconds between two looks for slow clients, and for the end."""


@dataclass(frozen=True)
class CollectSettings:
    """What a collector listens on, and where it writes.

    Attributes:
        out: The folder of the files.
        host: Loopback, or with a token any address.
        port: 0 is any free one.
        token: What clients have to show.
        limits: What clients may take up.
        max_file: Bytes from which on another file is begun.
        library: The library that quiet runs are distilled into; None for none.
        quiet_after: Seconds without a span after which a run counts as over.
    """

    out: Path
    host: str = "127.0.0.1"
    port: int = 4318
    token: str = ""
    limits: Limits = field(default_factory=Limits)
    max_file: int = 64_000_000
    library: Path | None = None
    quiet_after: float = 300.0


class Collector:
    """A collector that runs as long as the context is open.

        with Collector(CollectSettings(Path("spans"))) as collector:
            print(collector.url)

    Args:
        settings: What it listens on, and where it writes.
        tell: Called with a line about what was distilled, from another thread.

    Raises:
        SettingError: The address cannot be used, or is open to others without a token.
        InputError: The folder cannot be written.
    """

    def __init__(self, settings: CollectSettings, tell: Callable[[str], None] = print) -> None:
        _check(settings)
        self._settings = settings
        self._log = BatchLog(settings.out, settings.max_file)
        try:
            address = (settings.host, settings.port)
            self._server = CollectorServer(address, self._keep, settings.limits, settings.token)
        except OSError as error:
            told = f"cannot listen on {settings.host} port {settings.port}: {error.strerror or error}"
            raise SettingError(f"{told}; choose others with --host and --port") from error
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL,), name="collector", daemon=True
        )
        self._handover = (
            Handover(self._log, settings.library, settings.quiet_after, tell) if settings.library else None
        )

    def __enter__(self) -> Self:
        self._thread.start()
        if self._handover:
            self._handover.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take nothing more, answer what is under way, and wait for what is being distilled."""
        self._server.stop()
        self._thread.join()
        self._log.close()
        if self._handover:
            self._handover.stop()

    @property
    def url(self) -> str:
        """What OTEL_EXPORTER_OTLP_ENDPOINT is set to on this machine."""
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        return f"http://{host}:{self._server.server_port}"

    @property
    def counts(self) -> dict[str, int]:
        """How many requests, spans and log records were kept, and what was not, or cut off, so far."""
        return dict(self._server.counts)

    def _keep(self, batch: Batch) -> None:
        file = self._log.append(batch.line)
        if self._handover:
            self._handover.seen(batch.runs, file)


def _check(settings: CollectSettings) -> None:
    if settings.limits.max_pending < settings.limits.max_body:
        raise SettingError("--max-pending is less than --max-body: no such request could be taken")
    if not is_loopback(settings.host) and not settings.token:
        raise SettingError(
            f"{settings.host} can be reached by others: set {TOKEN} to a secret that agents send as "
            "`Authorization: Bearer SECRET` (OTEL_EXPORTER_OTLP_HEADERS), or leave --host out"
        )
    if settings.token and len(settings.token) < SHORTEST_TOKEN:
        raise SettingError(f"{TOKEN} has fewer than {SHORTEST_TOKEN} characters; take a longer one")
