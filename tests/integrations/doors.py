"""Tools at doors, and a model's wish to call them, for the tests of both recorders."""

from langchain_core.messages import AIMessage, ToolCall
from langchain_core.tools import tool

TASK = "Please open the locked door D1."
SECRET = "sk-abcdefghijklmnopqrstuvwx1234"


@tool
def look(door: str) -> dict[str, str]:
    """Look at a door."""
    return {"door_id": door, "status": "locked"}


@tool("open")
def open_(door: str) -> str:
    """Open a door."""
    return f"Error: {door} is locked"


@tool
def kick(door: str) -> str:
    """Kick a door."""
    raise RuntimeError(f"{door} has fallen on {SECRET}")


def call(*names: str, door: str = "D1") -> AIMessage:
    """The model's wish to call these tools."""
    return AIMessage("", tool_calls=[ToolCall(name=name, args={"door": door}, id=name) for name in names])
