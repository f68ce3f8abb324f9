"""The usage record, written when it can be: an agent never waits for it to work, nor fails because of it."""

import logging
import sqlite3
from collections.abc import Sequence

from pydantic import ValidationError

from trace2skill.adapters.reader import Reader
from trace2skill.adapters.receipt import Receipt
from trace2skill.errors import Trace2SkillError
from trace2skill.store.records import Usage

logger = logging.getLogger("trace2skill")

UNUSABLE = (Trace2SkillError, OSError, sqlite3.Error, ValidationError)
"""What a missing, locked or damaged library can raise; an agent has to work without it."""


def noted(reader: Reader, usages: Sequence[Usage]) -> bool:
    """Add lines to the usage record; a library that cannot be written is a warning in the log."""
    try:
        reader.use(lambda library: library.record_usage(usages))
    except UNUSABLE as error:
        logger.warning("the receipt %s is not in the usage record: %s", usages[0].receipt, error)
        return False
    return True


def lines(receipt: Receipt) -> list[Usage]:
    """A receipt as lines of the usage record."""
    if not receipt.offered:
        return [Usage(receipt=receipt.id, event="abstained", note=receipt.reason)]
    return [
        Usage(
            receipt=receipt.id,
            event="offered",
            skill=offer.skill,
            version=offer.version,
            score=offer.similarity,
        )
        for offer in receipt.offered
    ]
