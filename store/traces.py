"""Traces in the library: a run stages them, its commit keeps them; found by hash, prefix or id."""

import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple, TypeVar

import orjson

from trace2skill.errors import LibraryError
from trace2skill.facts.held import MOST_HELD
from trace2skill.store import increments
from trace2skill.store.database import Database
from trace2skill.store.records import Staged
from trace2skill.traces.model import Trace, to_json
from trace2skill.traces.redact import without_placeholders

STALE_SECONDS = 7 * 24 * 3600
CHUNK = 100

Item = TypeVar("Item")


class Packed(NamedTuple):
    """A trace as it is stored in the file: `body` is one line of our JSONL, compressed with zlib."""

    hash: str
    id: str
    body: bytes


def pack(trace: Trace) -> Packed:
    """Pack a trace for the file; any process can do that, since it needs no library."""
    return Packed(trace.hash, trace.id, zlib.compress(to_json(trace)))


def unpack(body: bytes) -> Trace:
    """The trace of a packed body."""
    content = orjson.loads(zlib.decompress(body))
    del content["schema_version"]
    return Trace.model_validate(content)


_held: dict[bytes, Trace] = {}
"""The first traces that were read, by body, until `release`; a run reads its traces several times."""


def _unpacked(name: str, body: bytes) -> Trace:
    """The trace of a packed body, with the hash by which it is stored."""
    trace = _held.get(body)
    if trace is None:
        trace = unpack(body)
        trace.__dict__["hash"] = name  # as if computed: it was, when the trace was packed
        if len(_held) < MOST_HELD:
            _held[body] = trace
    return trace


def release() -> None:
    """Free the memory of the traces that are held."""
    _held.clear()


def stage(database: Database, run: str, traces: Iterable[Packed]) -> Staged:
    """Stage traces for a run, in small transactions, so that reading many traces blocks no other writer."""
    new: set[str] = set()
    known: set[str] = set()
    for chunk in _chunks(traces):
        now = int(time.time())
        with database.writing() as connection:
            for trace in chunk:
                if _is_kept(connection, trace.hash):
                    known.add(trace.hash)
                    continue
                new.add(trace.hash)
                connection.execute(
                    "INSERT OR REPLACE INTO staged VALUES (?, ?, ?, ?, ?)",
                    (run, trace.hash, trace.id, trace.body, now),
                )
    return Staged(new=tuple(sorted(new)), known=tuple(sorted(known)))


def judge(database: Database, run: str, traces: Iterable[tuple[Trace, bool]]) -> None:
    """Put versions of kept or staged traces aside in which a model's judgement has changed.

    The run reads them in place of the others from then on; its commit keeps them.

    Args:
        database: The library file.
        run: The run.
        traces: Each with whether its label is another one now.
    """
    now = int(time.time())
    rows = [(run, trace.hash, zlib.compress(to_json(trace)), int(changed), now) for trace, changed in traces]
    with database.writing() as connection:
        connection.executemany("INSERT OR REPLACE INTO judged VALUES (?, ?, ?, ?, ?)", rows)


def judged(connection: sqlite3.Connection, run: str) -> dict[str, bool]:
    """The hashes of the traces that the run judged, or unjudged, and whether their labels changed by that."""
    found = connection.execute("SELECT hash, changed FROM judged WHERE run = ? ORDER BY hash", (run,))
    return {row[0]: bool(row[1]) for row in found}


def unstage(connection: sqlite3.Connection, run: str) -> None:
    """Remove the traces that a run staged, and its judgements."""
    connection.execute("DELETE FROM staged WHERE run = ?", (run,))
    connection.execute("DELETE FROM judged WHERE run = ?", (run,))


def unstage_stale(connection: sqlite3.Connection) -> None:
    """Remove what was put aside at least a week ago by runs that are taken as dead."""
    stale = (int(time.time()) - STALE_SECONDS,)
    connection.execute("DELETE FROM staged WHERE touched < ?", stale)
    connection.execute("DELETE FROM judged WHERE touched < ?", stale)
    connection.execute(
        "DELETE FROM arrivals WHERE trace NOT IN (SELECT hash FROM traces UNION SELECT hash FROM staged)"
    )


def keep(connection: sqlite3.Connection, run: str) -> None:
    """Copy a run's staged traces to the kept ones, and its judgements into these."""
    connection.execute(
        "INSERT OR IGNORE INTO traces SELECT hash, id, body FROM staged WHERE run = ? ORDER BY hash", (run,)
    )
    connection.execute(
        "UPDATE traces SET body = judged.body FROM judged WHERE judged.run = ? AND judged.hash = traces.hash",
        (run,),
    )
    # What was noted of them with their outcome is noted anew when it is next needed.
    connection.execute("DELETE FROM briefs WHERE trace IN (SELECT hash FROM judged WHERE run = ?)", (run,))


def note_tasks(connection: sqlite3.Connection) -> None:
    """Store the task texts of kept traces, so that readers need not unpack the traces for them."""
    missing = connection.execute(
        "SELECT hash, body FROM traces WHERE hash NOT IN (SELECT trace FROM tasks) ORDER BY hash"
    )
    noted = (
        (trace, without_placeholders(orjson.loads(zlib.decompress(body)).get("task", "")))
        for trace, body in missing
    )
    connection.executemany("INSERT INTO tasks VALUES (?, ?)", list(noted))


def hashes(connection: sqlite3.Connection, run: str | None) -> list[str]:
    """The hashes of the kept traces and of those that the run staged, sorted."""
    found = connection.execute(
        "SELECT hash FROM traces UNION SELECT hash FROM staged WHERE run = ? ORDER BY hash", (run,)
    )
    return [row[0] for row in found]


def packed(connection: sqlite3.Connection) -> Iterator[Packed]:
    """The kept traces as they are stored, sorted by hash."""
    return map(Packed._make, connection.execute("SELECT hash, id, body FROM traces ORDER BY hash"))


def stream(database: Database, wanted: Iterable[str] | None, run: str | None) -> Iterator[Trace]:
    """Traces sorted by hash, with at most `CHUNK` packed ones in memory at a time.

    Args:
        database: The library file.
        wanted: The hashes; None for all traces.
        run: A run whose staged traces count too.

    Raises:
        LibraryError: A wanted hash is neither kept nor staged by the run.
    """
    with database.reading() as connection:
        listed = hashes(connection, run) if wanted is None else sorted(set(wanted))
        missing = [] if wanted is None else _missing(connection, listed, run)
    if missing:
        raise LibraryError(f"no trace {missing[0]} in {database.file} ({len(missing)} missing in all)")
    for chunk in _chunks(listed):
        with database.reading() as connection:
            bodies = _bodies(connection, chunk, run)
        yield from map(_unpacked, bodies, bodies.values())


def resolve(connection: sqlite3.Connection, ref: str, run: str | None = None) -> str:
    """The hash of the trace that a hash, a trace id or a unique hash prefix names (tried in this order).

    Traces that were measured but not kept are found too, by hash or prefix.

    Raises:
        LibraryError: Nothing matches, or more than one trace does.
    """
    known = (
        "(SELECT hash, id FROM traces UNION SELECT hash, id FROM staged WHERE run = :run "
        "UNION SELECT trace, NULL FROM facts)"
    )
    for condition in ("hash = :ref", "id = :ref", "substr(hash, 1, length(:ref)) = :ref") if ref else ():
        sql = f"SELECT DISTINCT hash FROM {known} WHERE {condition} ORDER BY hash"  # noqa: S608 - constants
        found = [str(row[0]) for row in connection.execute(sql, {"ref": ref, "run": run})]
        if len(found) > 1:
            raise LibraryError(f"{ref!r} means several traces: {', '.join(found[:5])}; give more of the hash")
        if found:
            return found[0]
    raise LibraryError(
        f"no trace {ref!r} in the library; give its hash, the start of it, or the trace's own id"
    )


def load(connection: sqlite3.Connection, trace: str, run: str | None = None) -> Trace:
    """One trace by its full hash.

    Raises:
        LibraryError: The trace was measured but not kept.
    """
    bodies = _bodies(connection, [trace], run)
    if not bodies:
        raise LibraryError(f"trace {trace} was measured but its steps were not kept")
    return _unpacked(trace, bodies[trace])


def delete(connection: sqlite3.Connection, trace: str) -> None:
    """Remove a trace, its judgements and its task text, whether kept or put aside by any run."""
    connection.execute("DELETE FROM traces WHERE hash = ?", (trace,))
    connection.execute("DELETE FROM staged WHERE hash = ?", (trace,))
    connection.execute("DELETE FROM judged WHERE hash = ?", (trace,))
    connection.execute("DELETE FROM tasks WHERE trace = ?", (trace,))
    connection.execute("DELETE FROM arrivals WHERE trace = ?", (trace,))
    increments.delete_trace(connection, trace)


def note_arrivals(connection: sqlite3.Connection, doors: Mapping[str, str]) -> None:
    """Note what took traces in, by hash; the first to do so stands."""
    connection.executemany("INSERT OR IGNORE INTO arrivals VALUES (?, ?)", sorted(doors.items()))


def arrivals(connection: sqlite3.Connection) -> dict[str, str]:
    """What took the traces in, by hash; those of older versions are absent."""
    return dict(connection.execute("SELECT trace, door FROM arrivals ORDER BY trace"))


def redacted_by(connection: sqlite3.Connection, run: str) -> frozenset[str]:
    """Hashes of what the run has read and redacted itself, but for what a model has judged since."""
    found = connection.execute(
        "SELECT s.hash FROM staged s JOIN arrivals a ON a.trace = s.hash "
        "WHERE s.run = ? AND a.door IN ('distill', 'distill, given as objects') "
        "AND s.hash NOT IN (SELECT hash FROM judged)",
        (run,),
    )
    return frozenset(row[0] for row in found)


def _is_kept(connection: sqlite3.Connection, trace: str) -> bool:
    return connection.execute("SELECT 1 FROM traces WHERE hash = ?", (trace,)).fetchone() is not None


def _missing(connection: sqlite3.Connection, wanted: list[str], run: str | None) -> list[str]:
    """Those of the hashes that are neither kept nor staged by the run, in order."""
    found = connection.execute(
        "SELECT value FROM json_each(:wanted) WHERE NOT EXISTS (SELECT 1 FROM traces WHERE hash = value) "
        "AND NOT EXISTS (SELECT 1 FROM staged WHERE run = :run AND hash = value) ORDER BY value",
        {"wanted": orjson.dumps(wanted).decode(), "run": run},
    )
    return [row[0] for row in found]


def _bodies(connection: sqlite3.Connection, wanted: list[str], run: str | None) -> dict[str, bytes]:
    """The packed bodies by hash, in order; the run's judged version of a trace comes last and counts."""
    chosen = orjson.dumps(wanted).decode()
    found = connection.execute(
        "SELECT hash, body, 0 AS rank FROM traces WHERE hash IN (SELECT value FROM json_each(:chosen)) "
        "UNION ALL SELECT hash, body, 1 FROM staged WHERE run = :run "
        "AND hash IN (SELECT value FROM json_each(:chosen)) "
        "UNION ALL SELECT hash, body, 2 FROM judged WHERE run = :run "
        "AND hash IN (SELECT value FROM json_each(:chosen)) ORDER BY hash, rank",
        {"chosen": chosen, "run": run},
    )
    return {row[0]: row[1] for row in found}


def _chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    remaining = iter(items)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk
