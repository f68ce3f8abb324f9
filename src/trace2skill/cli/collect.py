"""`trace2skill collect`: spans and log records of agents at work, over OTLP/HTTP, into files."""

import re
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trace2skill.cli.options import collect_token
from trace2skill.cli.output import note

if TYPE_CHECKING:
    from trace2skill.collector.run import Collector

EVERY = 60.0
"""Seconds between two lines of counts, if there is anything new to count."""
UNITS = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmg]?)b?", re.IGNORECASE)


def size(text: str) -> int:
    """Bytes, from a number with or without a unit: 500000, 64kB, 16MB.

    Raises:
        BadParameter: It is no such size, or none above zero.
    """
    found = _SIZE.fullmatch(str(text).strip())
    number = int(float(found[1]) * UNITS[found[2].lower()]) if found else 0
    if number < 1:
        raise typer.BadParameter(f"{text!r} is no size; write e.g. 500000, 64kB or 16MB")
    return number


def collect(
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where the files are written.")],
    *,
    host: Annotated[
        str,
        typer.Option(
            "--host",
            metavar="ADDRESS",
            help="Any but loopback needs a secret in TRACE2SKILL_COLLECT_TOKEN, which agents show.",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="0 takes any free one.")
    ] = 4318,
    max_body: Annotated[
        str, typer.Option("--max-body", metavar="SIZE", help="The most of one request, packed or not.")
    ] = "16MB",
    max_pending: Annotated[
        str,
        typer.Option("--max-pending", metavar="SIZE", help="The most of all requests at a time; 429 beyond."),
    ] = "64MB",
    max_connections: Annotated[
        int, typer.Option("--max-connections", metavar="N", min=1, max=1000, help="At a time; 503 beyond.")
    ] = 64,
    timeout: Annotated[
        float,
        typer.Option("--timeout", metavar="SECONDS", min=0.1, help="For one request; slower ones are cut."),
    ] = 30.0,
    max_file: Annotated[
        str,
        typer.Option(
            "--max-file",
            metavar="SIZE",
            help="Begin another file from here on.",
        ),
    ] = "64MB",
    quiet_after: Annotated[
        float,
        typer.Option(
            "--quiet-after",
            metavar="SECONDS",
            min=0.1,
            help="Without spans for so long, a run counts as over.",
        ),
    ] = 300.0,
    library: Annotated[
        Path | None,
        typer.Option(
            "--library",
            metavar="DIR",
            help="Distil what is over into this library. Never taken from the environment here.",
        ),
    ] = None,
) -> None:
    """Collect spans and log records of agents at work, over OTLP/HTTP.

    Point an agent's OpenTelemetry at it: OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 and
    OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf (extra `collect`) or http/json. What is acknowledged is on the
    disk. The files are raw, with whatever secrets they hold, and read like any other:
    `trace2skill traces FOLDER`. Ends with Ctrl-C or SIGTERM.
    """
    from trace2skill.collector.otlp import NO_PROTOBUF, takes_protobuf
    from trace2skill.collector.run import Collector, CollectSettings
    from trace2skill.collector.server import Limits

    settings = CollectSettings(
        out=out,
        host=host,
        port=port,
        token=collect_token(),
        limits=Limits(size(max_body), size(max_pending), max_connections, timeout),
        max_file=size(max_file),
        library=library,
        quiet_after=quiet_after,
    )
    stopped = threading.Event()
    with Collector(settings, note) as collector:
        before = {
            each: signal.signal(each, lambda *_: stopped.set()) for each in (signal.SIGINT, signal.SIGTERM)
        }
        note(f"collecting on {collector.url} into {out}; stop with Ctrl-C")
        note(f"agents: OTEL_EXPORTER_OTLP_ENDPOINT={collector.url} OTEL_TRACES_EXPORTER=otlp")
        if settings.token:
            note('and the token: OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20..."')
        if not takes_protobuf():
            note(NO_PROTOBUF)
        try:
            _count(collector, stopped)
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)
        note("stopping; what is being distilled is ended first" if library else "stopping")
    note(_told(collector.counts))


def _count(collector: "Collector", stopped: threading.Event) -> None:
    """Tell the counts every `EVERY` seconds while they change, until stopped."""
    told: dict[str, int] = {}
    while not stopped.wait(EVERY):
        counts = collector.counts
        if counts != told:
            note(_told(counts))
        told = counts


def _told(counts: dict[str, int]) -> str:
    from trace2skill.wording.evidence import count

    kept = f"{count(counts.get('spans', 0), 'span')} in {count(counts.get('requests', 0), 'request')} kept"
    others = [
        f"{number} {what}"
        for what, number in sorted(counts.items())
        if what not in ("requests", "spans", "idle")
    ]
    return ", ".join((kept, *others))
