"""What an agent was given for a task, and the receipt for it."""

import uuid

from pydantic import Field

from trace2skill.adapters.matching import Match
from trace2skill.traces.model import Frozen


class Offer(Frozen):
    """One skill version that was put before the agent; `similarity` is the cosine to the task."""

    skill: str
    version: int
    similarity: float | None = None


class Receipt(Frozen):
    """What was offered for one task, or why nothing was. It holds nothing of the task itself."""

    id: str = Field(description="to report the outcome under")
    offered: tuple[Offer, ...] = ()
    reason: str = Field("", description="why nothing was offered; empty when something was")
    failed: bool = Field(False, description="the library could not be used: asking again may help")
    recorded: bool = Field(False, description="the library's usage record holds this receipt")


class Guidance(Frozen):
    """Text for the agent's system prompt, empty when nothing fits, and the receipt for it."""

    text: str = ""
    receipt: Receipt


def new_id() -> str:
    """An id that no other receipt has."""
    return uuid.uuid4().hex


def offer(match: Match) -> Offer:
    """What a receipt says of a skill that fits."""
    return Offer(skill=match.stored.skill.name, version=match.stored.version, similarity=match.similarity)
