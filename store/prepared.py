"""What the first search of a process would have to work out, kept in the library file by whoever writes it.

Texts are tokenised, thresholds learnt and skills read once for each generation. It is derived: a reader that
finds it missing, or made at another generation or by another release, works it out anew.
"""

import hashlib
import sqlite3
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from trace2skill.evidence.rows import Tier
from trace2skill.store.documents import Card, Document, everyday
from trace2skill.store.lexical import Postings
from trace2skill.store.vectors import KEY_BYTES, key

if TYPE_CHECKING:
    from trace2skill.store.records import Kind
    from trace2skill.store.snapshot import Rules, Snapshot

_TABLE = "SELECT 1 FROM sqlite_master WHERE name = 'prepared'"


class Prepared(NamedTuple):
    """What is ranked, without its vectors.

    `keys` are those of the vectors in order: each entry's texts, for skills then the everyday requests.
    `sizes` counts the texts of each entry, `required` is what each skill must score.
    """

    entries: list[Any]
    sizes: list[int]
    required: list[float]
    keys: list[bytes]
    postings: Postings


@cache
def form(embedder: str) -> str:
    """Names everything but the skills that decides what is prepared."""
    made_with = (version("trace2skill"), embedder, *everyday())
    return hashlib.sha256("\n".join(made_with).encode()).hexdigest()[:16]


def save(connection: sqlite3.Connection, made_with: str, found: "Snapshot", rules: "Rules") -> None:
    """Keep what is known of the active skills and their rules; their vectors are in the library already."""
    cards = found.entries
    texts = [text for card in cards for text in card.texts]
    entries = [card._replace(examples=())[:-1] for card in cards]
    sizes = [len(card.texts) for card in cards]
    said = [rule.text for rule in rules.entries]
    rows = [(rule.skill, rule.version, rule.rule, rule.text) for rule in rules.entries]
    for kind, at, kept, named in (
        ("skill", found, (entries, sizes, found.required), [*texts, *everyday()] if texts else []),
        ("rule", rules, (rows, [1] * len(said), ()), said),
    ):
        known = at.lexical.postings
        connection.execute(
            "INSERT OR REPLACE INTO prepared VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                kind,
                at.generation,
                made_with,
                orjson.dumps(kept),
                b"".join(map(key, named)),
                orjson.dumps(known.words),
                *(column.tobytes() for column in (known.scores, known.places, known.starts)),
            ),
        )


def is_current(connection: sqlite3.Connection, generation: int, made_with: str) -> bool:
    """Whether skills and rules are prepared as they are now."""
    found = connection.execute("SELECT generation, form FROM prepared").fetchall()
    return found == [(generation, made_with)] * 2


def follow(connection: sqlite3.Connection, before: int, now: int) -> None:
    """Take what was prepared at a generation for what holds at another, at which nothing else is found."""
    connection.execute("UPDATE prepared SET generation = ? WHERE generation = ?", (now, before))


def clear(connection: sqlite3.Connection) -> None:
    """Keep nothing, so that no word of what is forgotten remains."""
    connection.execute("DELETE FROM prepared")


def load(connection: sqlite3.Connection, kind: "Kind", generation: int, made_with: str) -> Prepared | None:
    """What was prepared of one kind at this generation, in this form."""
    if connection.execute(_TABLE).fetchone() is None:
        return None
    row = connection.execute(
        "SELECT entries, vectors, words, scores, places, starts FROM prepared "
        "WHERE kind = ? AND generation = ? AND form = ?",
        (kind, generation, made_with),
    ).fetchone()
    if row is None:
        return None
    import numpy as np

    entries, sizes, required = orjson.loads(row[0])
    make = _card if kind == "skill" else _rule
    scores = np.frombuffer(row[3], dtype=np.float32)
    places, starts = (np.frombuffer(blob, dtype=np.int32) for blob in row[4:])
    keys = [row[1][at : at + KEY_BYTES] for at in range(0, len(row[1]), KEY_BYTES)]
    postings = Postings(orjson.loads(row[2]), scores, places, starts, len(entries))
    return Prepared(list(map(make, entries)), sizes, required, keys, postings)


def _card(fields: list[Any]) -> Card:
    skill, number, status, domain, tags, tier, tasks, text = fields
    return Card(skill, number, status, domain, tuple(tags), Tier(tier), tasks, text, ())


def _rule(fields: list[Any]) -> Document:
    skill, number, rule, text = fields
    return Document.model_construct(skill=skill, version=number, rule=rule, text=text)
