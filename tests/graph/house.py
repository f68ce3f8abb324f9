"""A library about doors and lamps, and a door to try it on."""

from pathlib import Path

from langchain_core.tools import ToolException, tool

from tests.graph.errands import doors, lamps
from trace2skill.graph.run import distill

TASK = "Open door D9."
UNRELATED = "Write a sonnet about the sea."


def furnish(folder: Path) -> Path:
    """A library distilled from runs in the house."""
    distill(doors() + lamps(), library=folder)
    return folder


def look(door: str) -> str:
    """Look at a door."""
    return f"door {door} is locked"


def unlock(door: str) -> str:
    """Unlock a door."""
    return f"door {door} is unlocked"


@tool
async def knock(door: str) -> str:
    """Knock at a door; there is no synchronous form."""
    return f"nobody answers at {door}"


@tool
def kick(door: str) -> str:
    """Kick a door, in vain."""
    raise ToolException(f"door {door} does not budge")
