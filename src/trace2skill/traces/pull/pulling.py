"""Pulls what is new on a server into a folder of pages, which the readers then read like any export."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from filelock import FileLock, Timeout
from pydantic import Field, ValidationError

from trace2skill.errors import InputError
from trace2skill.traces.model import Frozen
from trace2skill.traces.pull.address import OPTIONS, Address, parse_address
from trace2skill.traces.pull.langfuse import Langfuse
from trace2skill.traces.pull.langsmith import LangSmith
from trace2skill.traces.pull.mlflow import MLflow
from trace2skill.traces.pull.phoenix import Phoenix
from trace2skill.traces.pull.server import CutError
from trace2skill.traces.pull.source import Part, Source, Value
from trace2skill.traces.redact import redact_text

OVERLAP = 3600.0
"""Seconds before the last start that are asked for again, for what arrived late; and the age from which on a
run counts as ended, whatever is known of its end."""

WAITED_FOR = 86400.0
"""Seconds for which the outermost part of a run is waited for."""

_SOURCES: dict[str, Callable[[Address, Callable[[float], None]], Source]] = {
    "langsmith": LangSmith, "langfuse": Langfuse, "phoenix": Phoenix, "mlflow": MLflow,
}  # fmt: skip
_OFFERED = {"phoenix": ("since", "until")}
_CURSOR, _PARTIAL, _LOCK = ".cursor.json", ".partial.jsonl", ".lock"

Progress = Callable[[dict[str, Any]], None]


class Pulled(Frozen):
    """What one pull brought.

    Attributes:
        folder: Where the pages of this and earlier pulls lie.
        traces: Traces that are new.
        waiting: Traces left to a later pull: they had not ended, or were more than `limit`.
        judgements: Pieces of feedback, scores or annotations.
        cut: Why the pull ended early; empty if it did not.
    """

    folder: Path
    traces: int = 0
    waiting: int = 0
    judgements: int = 0
    cut: str = ""


class Cursor(Frozen):
    """Where the next pull goes on.

    Attributes:
        since: The earliest start to ask for.
        seen: The traces that are kept already and may be met again, with the latest start of a part.
        judged: The time from which on feedback is asked for.
        after: The mark of the page that an interrupted pull of unordered pages goes on with.
    """

    since: float | None = None
    seen: dict[str, float] = Field(default_factory=dict)
    judged: float | None = None
    after: str | None = None


@dataclass
class Tally:
    """What is known of the traces of a pull while its pages come.

    Attributes:
        roots: The outermost part of each trace, and that part's id.
        first: The earliest start of any part of a trace.
        last: The latest start of any part of a trace.
        reached: The start of the latest record.
    """

    roots: dict[str, tuple[Part, str]] = field(default_factory=dict)
    first: dict[str, float] = field(default_factory=dict)
    last: dict[str, float] = field(default_factory=dict)
    reached: float = 0.0

    def add(self, part: Part, identity: str) -> None:
        """Take account of a record."""
        self.first[part.trace] = min(part.start, self.first.get(part.trace, part.start))
        self.last[part.trace] = max(part.start, self.last.get(part.trace, part.start))
        self.reached = max(self.reached, part.start)
        if part.root:
            self.roots[part.trace] = (part, identity)

    def settled(self, now: float, *, ordered: bool, finished: bool) -> list[str]:
        """The traces that are whole and over, by their start."""

        def is_settled(root: Part) -> bool:
            over = root.end is not None or root.start < now - OVERLAP
            passed = ordered and root.end is not None and self.reached > root.end
            return over and (root.whole or finished or passed)

        found = [(part.start, trace) for trace, (part, _) in self.roots.items() if is_settled(part)]
        return [trace for _, trace in sorted(found)]


def place(address: Address, base: Path) -> Path:
    """The folder, below `base`, of what an address names. `limit` makes no other one."""
    told = repr((address.project, address.since, address.until, address.tag, address.name))
    name = "".join(sign if sign.isalnum() else "-" for sign in redact_text(address.project))[:40]
    digest = sha256(f"{address.scheme} {told}".encode()).hexdigest()[:8]
    return base / "-".join(filter(None, (address.scheme, name, digest)))


def insist(text: str) -> None:
    """Raise unless an address can be read and the environment holds what its server needs; asks nobody.

    Raises:
        SettingError: What is missing, and how to give it.
    """
    _source(text, time.sleep)[1].server.close()


def _source(text: str, wait: Callable[[float], None]) -> tuple[Address, Source]:
    scheme = text.partition(":")[0].lower()
    address = parse_address(text, _OFFERED.get(scheme, OPTIONS))
    return address, _SOURCES[scheme](address, wait)


def pull(
    text: str,
    base: Path | str,
    *,
    refetch: bool = False,
    progress: Progress | None = None,
    wait: Callable[[float], None] = time.sleep,
) -> Pulled:
    """Pull what is new at an address.

    Args:
        text: The address, e.g. `langsmith://PROJECT?since=2026-11-01`.
        base: The folder in which that of the address lies or is made. Files in it are for the owner alone.
        refetch: Pull everything again; what was pulled before is replaced when all is there.
        progress: Called with `{"stage": "pull", "source", "traces"}` after each page.
        wait: Called with the seconds before another attempt.

    Raises:
        SettingError: The address, a variable or a key cannot be used; nothing was fetched then.
        InputError: Nothing could be fetched, or there is nothing.
    """
    address, source = _source(text, wait)
    try:
        source.check()
        folder = place(address, Path(base))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with FileLock(folder / _LOCK, timeout=0):
                return _Pull(source, address, folder, refetch=refetch, progress=progress).run()
        except Timeout:
            raise InputError(f"another pull of {address} is at work; wait until it is done") from None
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        told = f"{address}: the server answers otherwise than its API documents ({type(error).__name__})"
        raise InputError(f"{told}; check that the address is that of its API, and its version") from error
    except OSError as error:
        told = f"cannot keep what is pulled in {base}: {error.strerror or error}"
        raise InputError(f"{told}; make the folder writable, or choose another with --keep FOLDER") from error
    finally:
        source.server.close()


class _Pull:
    """One pull, in three moves: pages into a partial file, what was said of the runs, the whole runs kept."""

    def __init__(
        self, source: Source, address: Address, folder: Path, *, refetch: bool, progress: Progress | None
    ) -> None:
        self._source = source
        self._address = address
        self._folder = folder
        self._refetch = refetch
        self._progress = progress
        self._now = time.time()
        self._before = sorted(folder.glob("*.jsonl"))
        self._cursor = Cursor() if refetch else _read_cursor(folder)
        self._after = self._cursor.after if (folder / _PARTIAL).exists() else None
        self._tally = Tally()

    def run(self) -> Pulled:
        cut = self._fetch()
        self._stop_refetch(cut)
        finished = not cut and not self._enough()
        settled = self._settled(finished)[: self._address.limit]
        judgements: list[Value] = []
        try:
            judgements = self._judgements(settled)
        except CutError as error:
            cut = cut or str(error)
            self._stop_refetch(cut)
            settled, finished = (settled if self._source.ordered else []), False
            judgements = []
            judged = self._cursor.judged
        else:
            judged = self._now - OVERLAP
        kept = self._source.ordered or finished
        waiting = len(self._left(settled)) if kept else 0
        self._keep(settled, judgements)
        _write_cursor(self._folder, self._next(settled, judged, finished=finished))
        if kept:
            (self._folder / _PARTIAL).unlink(missing_ok=True)
        if not any(self._folder.glob("*-traces.jsonl")):
            raise InputError(cut or f"{self._address}: there is no run that has ended, for these options")
        return Pulled(
            folder=self._folder,
            traces=len(settled),
            waiting=waiting,
            judgements=len(judgements),
            cut=cut,
        )

    def _stop_refetch(self, cut: str) -> None:
        """Raise where a pull that was to replace others broke off: these are better than a part."""
        if cut and self._refetch:
            (self._folder / _PARTIAL).unlink(missing_ok=True)
            raise InputError(f"{cut}. What was pulled before is as it was")

    def _fetch(self) -> str:
        """Write the pages to the partial file.

        Returns:
            Why they broke off; empty if they did not.
        """
        partial = self._folder / _PARTIAL
        if self._after:
            for value in _lines(partial):
                self._count(value)
        since = self._cursor.since if self._cursor.since is not None else self._address.since
        with os.fdopen(_private(partial, keep=bool(self._after)), "ab") as file:
            try:
                for page in self._source.pages(since, self._after, self._cursor.seen):
                    for value in page.values:
                        if self._count(value):
                            file.write(orjson.dumps(value) + b"\n")
                    self._after = page.after
                    self._show()
                    if self._enough():
                        break
            except CutError as error:
                return str(error)
        return ""

    def _count(self, value: Value) -> bool:
        """Take account of a record; False if it is of a trace that is kept already, or of none."""
        part = self._source.part(value)
        if part is None or part.trace in self._cursor.seen:
            return False
        self._tally.add(part, str(_identity(value)))
        return True

    def _settled(self, finished: bool) -> list[str]:
        return self._tally.settled(self._now, ordered=self._source.ordered, finished=finished)

    def _enough(self) -> bool:
        limit = self._address.limit
        return limit is not None and len(self._tally.roots) > limit and len(self._settled(False)) >= limit

    def _judgements(self, settled: Sequence[str]) -> list[Value]:
        parts = [(trace, self._tally.roots[trace][1]) for trace in settled]
        pages = self._source.judgements(parts, self._cursor.judged or self._address.since)
        return [value for page in pages for value in page]

    def _keep(self, settled: Sequence[str], judgements: Sequence[Value]) -> None:
        """Make files of what is whole; with `refetch` they replace those of before."""
        number = 1 + max(
            (int(each.name[:4]) for each in self._before if each.name[:4].isdecimal()), default=0
        )
        wanted = set(settled)
        if wanted:
            values = _lines(self._folder / _PARTIAL)
            whole = (each for each in values if (part := self._source.part(each)) and part.trace in wanted)
            _write(self._folder / f"{number:04}-traces.jsonl", whole)
        if judgements:
            _write(self._folder / f"{number:04}-feedback.jsonl", judgements)
        if self._refetch and wanted:
            for each in self._before:
                each.unlink()

    def _next(self, settled: Sequence[str], judged: float | None, *, finished: bool) -> Cursor:
        """The cursor of the next pull: before whatever is not kept yet."""
        seen = self._cursor.seen | {trace: self._tally.last[trace] for trace in settled}
        if not self._source.ordered and not finished:
            return Cursor(since=self._cursor.since, seen=seen, judged=judged, after=self._after)
        if not self._tally.first:
            return Cursor(since=self._cursor.since, seen=seen, judged=judged)
        since = min([self._tally.reached, *self._left(settled)]) - OVERLAP
        since = max(since, self._cursor.since or 0.0, self._address.since or 0.0)
        return Cursor(
            since=since,
            seen={trace: start for trace, start in seen.items() if start >= since},
            judged=judged,
        )

    def _left(self, settled: Sequence[str]) -> list[float]:
        """The starts of traces for a later pull, but of what began before `since`."""
        taken = set(settled)
        first = {trace: start for trace, start in self._tally.first.items() if trace not in taken}
        old = self._now - WAITED_FOR
        return [start for trace, start in first.items() if trace in self._tally.roots or start > old]

    def _show(self) -> None:
        if self._progress:
            self._progress({"stage": "pull", "source": str(self._address), "traces": len(self._tally.first)})


def _identity(value: Value) -> object:
    context = value.get("context")
    return context.get("span_id") if isinstance(context, dict) else value.get("id")


def _read_cursor(folder: Path) -> Cursor:
    try:
        return Cursor.model_validate_json((folder / _CURSOR).read_bytes())
    except FileNotFoundError:
        return Cursor()
    except (ValidationError, OSError):
        raise InputError(f"{folder / _CURSOR} cannot be read; pull everything again with --refetch") from None


def _write_cursor(folder: Path, cursor: Cursor) -> None:
    new = folder / f"{_CURSOR}.new"
    with os.fdopen(_private(new), "wb") as file:
        file.write(cursor.model_dump_json().encode())
    new.replace(folder / _CURSOR)


def _write(path: Path, values: Iterator[Value] | Sequence[Value]) -> None:
    """Write records, a line each, for their owner alone; the file is there whole or not at all."""
    new = path.with_name(f".{path.name}.new")
    with os.fdopen(_private(new), "wb") as file:
        file.writelines(orjson.dumps(value) + b"\n" for value in values)
    new.replace(path)


def _private(path: Path, *, keep: bool = False) -> int:
    """A file that only its owner can read, opened for writing; emptied unless it is kept."""
    flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if keep else os.O_TRUNC)
    return os.open(path, flags, 0o600)


def _lines(path: Path) -> Iterator[Value]:
    with path.open("rb") as file:
        for line in file:
            yield orjson.loads(line)
