"""An agent that learns from its own runs: they are recorded, judged, distilled, and guide the next one.

.venv/bin/python examples/embedding/agent_recorder.py new-library
"""

import sys
from pathlib import Path

from langchain.agents import create_agent
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from scripted import ScriptedModel

from trace2skill import SkillMiddleware, TraceRecorder, distill

library = Path(sys.argv[1])
recorder = TraceRecorder(library.with_suffix(".jsonl"), domain="house")


@tool
def look(door: str) -> dict[str, str]:
    """Look at a door."""
    return {"door_id": door, "status": "locked"}


@tool
def unlock(door: str) -> dict[str, str]:
    """Unlock a door."""
    return {"door_id": door, "status": "closed"}


@tool("open")
def open_(door: str) -> str:
    """Open a door."""
    return f"Error: door {door} is locked" if door in locked else f"door {door} is open"


def attempt(door: str, *names: str) -> bool:
    """One run of the agent on one door; whether the door is open in the end."""
    calls = [
        AIMessage("", tool_calls=[{"name": name, "args": {"door": door}, "id": str(number)}])
        for number, name in enumerate(names)
    ]
    # In your agent this is a real model, such as "openai:gpt-5-mini".
    model = ScriptedModel(replies=[*calls, AIMessage("Done.")])
    agent = create_agent(model, [look, unlock, open_], middleware=[recorder, SkillMiddleware(library)])
    result = agent.invoke({"messages": [("user", f"Please open the door {door} for me.")]})
    opened = "unlock" in names
    recorder.outcome(result["trace_id"], success=opened)
    sys.stdout.write(f"{door}: {'opened' if opened else 'shut'}, {result['skill_receipt']['reason']}\n")
    return opened


locked = {f"D{number}" for number in range(4)}
for door in sorted(locked):
    attempt(door, "look", "open")
for door in sorted(locked):
    locked.remove(door)
    attempt(door, "look", "unlock", "open")

report = distill(recorder.path, library=library, outcomes=recorder.outcomes)
sys.stdout.write(f"distilled: {[skill.name for skill in report.skills]}\n")
attempt("D9", "look", "unlock", "open")
