"""Commits: everything that a run saves, written in one transaction."""

import sqlite3
from pathlib import Path

from trace2skill.store import evidence, increments, prepared, reviews, skills, traces, validations
from trace2skill.store.quarantine import release
from trace2skill.store.records import Commit, StaleLibraryError
from trace2skill.store.rowfile import RowFile


def save(connection: sqlite3.Connection, commit: Commit, expected: int | None = None) -> int:
    """Write a commit inside the caller's transaction; return the generation after it.

    Raises:
        StaleLibraryError: `expected` is given and is not the present generation.
        LibraryError: There is no skill with a name to retire.
    """
    if commit.once and _is_committed(connection, commit.run):
        return generation(connection)
    _expect(connection, expected)
    before = connection.total_changes
    evidence.save_claims(connection, commit.claims)
    evidence.save_rows(connection, map(evidence.pack_row, commit.rows))
    if commit.row_file:
        with RowFile(Path(commit.row_file)) as rows:
            evidence.save_rows(connection, rows.all())
    evidence.save_facts(connection, commit.facts)
    evidence.save_rejections(connection, commit.rejected)
    for change in commit.changes:
        skills.save(connection, change)
    for name, digest in commit.released:
        release(connection, name, digest)
    skills.accept(connection, commit.accepted)
    skills.retire(connection, commit.retire)
    reviews.save(connection, commit.refused, {change.skill.family for change in commit.changes})
    for validation in commit.validations:
        validations.save(connection, validation)
    if commit.keep_traces:
        traces.keep(connection, commit.run)
    increments.save(connection, commit.joined, commit.settled)
    traces.note_tasks(connection)
    changed = connection.total_changes > before
    if commit.once:
        connection.execute("INSERT INTO committed VALUES (?)", (commit.run,))
    traces.unstage(connection, commit.run)
    traces.unstage_stale(connection)
    increments.drop_orphans(connection)
    if not changed:
        return generation(connection)
    now = advance(connection)
    if commit.only_joins:
        prepared.follow(connection, now - 1, now)
    return now


def generation(connection: sqlite3.Connection) -> int:
    """The library's generation."""
    return int(connection.execute("SELECT generation FROM library").fetchone()[0])


def advance(connection: sqlite3.Connection) -> int:
    """Increase the generation by one and return it."""
    connection.execute("UPDATE library SET generation = generation + 1")
    return generation(connection)


def _is_committed(connection: sqlite3.Connection, run: str) -> bool:
    return connection.execute("SELECT 1 FROM committed WHERE run = ?", (run,)).fetchone() is not None


def _expect(connection: sqlite3.Connection, expected: int | None) -> None:
    now = generation(connection)
    if expected is not None and expected != now:
        raise StaleLibraryError(
            f"the library moved from generation {expected} to {now} meanwhile; nothing was saved: run again"
        )
