"""Everything a library wants embedded."""

import sqlite3

from trace2skill.store import skills
from trace2skill.store.cards import cards
from trace2skill.store.documents import documents
from trace2skill.store.everyday import EVERYDAY


def wanted_texts(connection: sqlite3.Connection) -> list[str]:
    """Skills with their tasks, rules, and what they are told apart from; nothing for a library of nothing."""
    active = skills.current(connection)
    known = [text for card in cards(connection) if card.status == "active" for text in card.texts]
    rules = [document.text for document in documents(active, "rule")]
    return [*known, *rules, *EVERYDAY] if active else []
