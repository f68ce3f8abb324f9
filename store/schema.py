"""The tables of a library file, and the check that a file can be read."""

import re
import sqlite3
import uuid
from hashlib import sha256

from trace2skill.errors import LibraryError

SCHEMA_VERSION = 1
APPLICATION_ID = 0x74327331  # "t2s1": distinguishes libraries from other SQLite files

TABLES = """
CREATE TABLE library (
    id TEXT NOT NULL,               -- names this library on a shared Chroma server
    generation INTEGER NOT NULL
) STRICT;
CREATE TABLE traces (
    hash TEXT PRIMARY KEY,
    id TEXT NOT NULL,
    body BLOB NOT NULL              -- one line of our JSONL, zlib
) STRICT;
CREATE INDEX traces_by_id ON traces (id);
CREATE TABLE staged (
    run TEXT NOT NULL,
    hash TEXT NOT NULL,
    id TEXT NOT NULL,
    body BLOB NOT NULL,
    touched INTEGER NOT NULL,       -- seconds since 1970
    PRIMARY KEY (run, hash)
) STRICT;
CREATE TABLE skills (
    name TEXT PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('active', 'retired')),
    version INTEGER NOT NULL        -- the current one
) STRICT;
CREATE TABLE versions (
    name TEXT NOT NULL REFERENCES skills (name),
    version INTEGER NOT NULL,
    hash TEXT NOT NULL,
    operation TEXT NOT NULL,
    note TEXT NOT NULL,
    body TEXT NOT NULL,             -- the skill as JSON
    PRIMARY KEY (name, version)
) STRICT;
CREATE TABLE claims (
    id TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;
CREATE TABLE evidence (
    claim TEXT NOT NULL REFERENCES claims (id) DEFERRABLE INITIALLY DEFERRED,
    trace TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (claim, trace)
) STRICT, WITHOUT ROWID;
CREATE INDEX evidence_by_trace ON evidence (trace);
CREATE TABLE facts (
    trace TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;
CREATE TABLE rejections (
    family TEXT NOT NULL,
    claim TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (family, claim)
) STRICT;
CREATE TABLE usage (
    number INTEGER PRIMARY KEY,
    receipt TEXT NOT NULL,
    skill TEXT,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX usage_by_skill ON usage (skill);
"""
DERIVED = """
CREATE TABLE IF NOT EXISTS tasks (
    trace TEXT PRIMARY KEY,         -- of a kept trace
    task TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS briefs (
    trace TEXT PRIMARY KEY,         -- kept or staged
    form INTEGER NOT NULL,
    body BLOB NOT NULL              -- what planning needs of it, JSON, zlib
) STRICT;
CREATE TABLE IF NOT EXISTS seen (
    record BLOB NOT NULL,           -- digest of a record's bytes and of what decides what comes of it
    part INTEGER NOT NULL,
    parts INTEGER NOT NULL,         -- how many traces came of the record
    read_as TEXT NOT NULL,          -- hash of the trace before redaction
    form TEXT NOT NULL,
    calls INTEGER NOT NULL,
    removed TEXT NOT NULL,          -- kind of value -> times replaced
    trace TEXT NOT NULL,
    PRIMARY KEY (record, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS seen_by_trace ON seen (trace);
CREATE TABLE IF NOT EXISTS prepared (
    kind TEXT PRIMARY KEY,          -- of what is searched: skill or rule
    generation INTEGER NOT NULL,
    form TEXT NOT NULL,             -- digest of what made it
    entries BLOB NOT NULL,          -- what is ranked, how many texts each has, what each must score; JSON
    vectors BLOB NOT NULL,          -- digests of these texts
    words BLOB NOT NULL,            -- JSON
    scores BLOB NOT NULL,           -- BM25, float32, word by word
    places BLOB NOT NULL,           -- of the entries that these are of, int32
    starts BLOB NOT NULL            -- of the words' stretches, int32
) STRICT;
CREATE TABLE IF NOT EXISTS vectors (
    text BLOB PRIMARY KEY,          -- digest of what was embedded
    embedder TEXT NOT NULL,
    vector BLOB NOT NULL            -- float32, of length 1
) STRICT;
"""
LATER = """
CREATE TABLE IF NOT EXISTS refusals (
    number INTEGER PRIMARY KEY,
    family TEXT NOT NULL,
    skill TEXT NOT NULL,
    standing INTEGER NOT NULL,      -- 1 until another proposal for the family is saved
    body TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS joined (
    trace TEXT PRIMARY KEY,         -- kept, and no skill rests on it yet
    body TEXT NOT NULL              -- the family it joined, and counts of that family's claims in it
) STRICT;
CREATE TABLE IF NOT EXISTS committed (
    run TEXT PRIMARY KEY
) STRICT;
CREATE TABLE IF NOT EXISTS redaction (
    level TEXT NOT NULL             -- what is replaced in the traces; one row, once settled
) STRICT;
CREATE TABLE IF NOT EXISTS folded (
    file TEXT PRIMARY KEY           -- of the journal of usage; its lines are in the table
) STRICT;
CREATE TABLE IF NOT EXISTS place (
    place TEXT NOT NULL             -- of the search index, unless that is in the folder; at most one row
) STRICT;
CREATE TABLE IF NOT EXISTS judged (
    run TEXT NOT NULL,
    hash TEXT NOT NULL,             -- of a trace that is kept, or staged by the run
    body BLOB NOT NULL,             -- the trace with another judgement of its outcome, or without one
    changed INTEGER NOT NULL,       -- 1 if its label is another one
    touched INTEGER NOT NULL,
    PRIMARY KEY (run, hash)
) STRICT;
CREATE TABLE IF NOT EXISTS validations (
    number INTEGER PRIMARY KEY,
    skill TEXT NOT NULL,
    standing INTEGER NOT NULL,      -- 1 until withdrawn
    body TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS quarantine (
    name TEXT NOT NULL,
    digest TEXT NOT NULL,           -- SHA-256 of the body
    origin TEXT NOT NULL,
    body TEXT NOT NULL,             -- a skill from outside that nobody has approved
    PRIMARY KEY (name, digest)
) STRICT;
CREATE TABLE IF NOT EXISTS arrivals (
    trace TEXT PRIMARY KEY,
    door TEXT NOT NULL              -- what took the trace in
) STRICT;
CREATE TABLE IF NOT EXISTS trusted (
    source TEXT PRIMARY KEY         -- a library that a person vouched for
) STRICT;
"""
APPROVALS = """CREATE TABLE IF NOT EXISTS approvals (
    name TEXT NOT NULL,
    digest TEXT NOT NULL,           -- SHA-256 of a version's body
    origin TEXT NOT NULL,
    PRIMARY KEY (name, digest)
) STRICT"""
EARLIER = '{"door": "an older version", "accepted": ["*"]}'
"""The origin of what was imported before origins were kept."""

_ADDED = re.findall(r"TABLE IF NOT EXISTS (\w+)", DERIVED + LATER + APPROVALS)


def is_blank(connection: sqlite3.Connection, file: str) -> bool:
    """Whether the file has no tables yet.

    Raises:
        LibraryError: It is another program's SQLite file, or was written by a newer version.
    """
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if owner == 0 and version == 0 and tables == 0:
        return True
    if owner != APPLICATION_ID:
        raise LibraryError(
            f"{file} is a SQLite file of another program; choose another folder with --library DIR"
        )
    if version > SCHEMA_VERSION:
        raise LibraryError(
            f"{file} was written by a newer trace2skill (schema {version}, this one reads {SCHEMA_VERSION}); "
            "upgrade with `pip install --upgrade trace2skill`"
        )
    return False


def lacks_tables(connection: sqlite3.Connection) -> bool:
    """Whether the file lacks tables that were added to the schema later."""
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    return not there.issuperset(_ADDED)


def has_reviews(connection: sqlite3.Connection) -> bool:
    """Whether the file has the table of rejections."""
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'refusals'")
    return found.fetchone() is not None


def has_validations(connection: sqlite3.Connection) -> bool:
    """Whether the file has the table of verdicts on skills."""
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'validations'")
    return found.fetchone() is not None


def add_tables(connection: sqlite3.Connection) -> None:
    """Create the tables that were added later; commits fill them. The caller holds the write lock.

    What was imported before there were approvals counts as approved.
    """
    for statement in (DERIVED + LATER).split(";\n"):
        connection.execute(statement)
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'approvals'").fetchone():
        return
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(APPROVALS)
    earlier = connection.execute("SELECT name, body FROM versions WHERE operation = 'import'").fetchall()
    connection.executemany(
        "INSERT OR IGNORE INTO approvals VALUES (?, ?, ?)",
        ((name, sha256(body.encode()).hexdigest(), EARLIER) for name, body in earlier),
    )
    connection.execute("COMMIT")


def create(connection: sqlite3.Connection) -> None:
    """Create all tables in one transaction. The caller holds the write lock."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    for statement in (*(TABLES + DERIVED + LATER).split(";\n"), APPROVALS):
        connection.execute(statement)
    connection.execute("INSERT INTO library VALUES (?, 0)", (uuid.uuid4().hex,))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")
