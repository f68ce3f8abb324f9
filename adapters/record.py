"""The usage record, written when it can be: an agent hardly waits for that, and never fails because of it."""

import logging
import sqlite3
from collections.abc import Sequence

from pydantic import ValidationError

from trace2skill.adapters.late import LateLibrary
from trace2skill.errors import Trace2SkillError
from trace2skill.store.guidance import PATIENCE
from trace2skill.store.records import Usage

logger = logging.getLogger("trace2skill")

UNUSABLE = (Trace2SkillError, OSError, sqlite3.Error, ValidationError)
"""What a missing, locked or damaged library can raise; an agent has to work without it."""


def noted(library: LateLibrary, usages: Sequence[Usage]) -> str:
    """Add lines to the usage record: nothing, or why that was not possible, which is a warning in the log."""
    try:
        library.use(lambda opened: opened.record_usage(usages, patience=PATIENCE))
    except UNUSABLE as error:
        logger.warning("the receipt %s is not in the usage record: %s", usages[0].receipt, error)
        return f"not recorded: {error}"
    return ""
