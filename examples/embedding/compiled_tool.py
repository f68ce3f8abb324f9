"""A skill as one tool: it drives the agent's own tools and asks for what only the user can do.

make demo && .venv/bin/python examples/embedding/compiled_tool.py demo-library
"""

import json
import sys
from typing import Any

from langchain.agents import create_agent
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from scripted import ScriptedModel

from trace2skill import Library, as_tool

NUMBER = "555-123-2002"


# In your agent these are your own tools.
@tool
def get_customer_by_phone(phone_number: str) -> dict[str, Any]:
    """Find a customer."""
    return {"customer_id": "C1001", "phone_number": phone_number, "line_ids": ["L1002"], "bill_ids": []}


@tool
def get_details_by_id(id: str) -> dict[str, Any]:
    """Look up a line."""
    return {"line_id": id, "phone_number": NUMBER, "status": "Active", "roaming_enabled": True}


@tool
def get_data_usage(customer_id: str, line_id: str) -> dict[str, Any]:
    """Read how much data a line has used."""
    return {"customer_id": customer_id, "line_id": line_id, "data_used_gb": 3.2, "data_limit_gb": 5.0}


@tool
def refuel_data(customer_id: str, line_id: str, gb_amount: float) -> str:
    """Sell more data."""
    return f"{gb_amount} GB were added to {line_id} of {customer_id}."


@tool
def enable_roaming(customer_id: str, line_id: str) -> str:
    """Enable roaming on a line."""
    return f"Roaming was enabled on {line_id} of {customer_id}."


@tool
def transfer_to_human_agents(summary: str) -> str:
    """Hand over to a person."""
    return f"Transferred: {summary}"


with Library(sys.argv[1], create=False) as library:
    skill = library.skill("telecom-send-mms").skill
tools = [
    get_customer_by_phone,
    get_details_by_id,
    get_data_usage,
    refuel_data,
    enable_roaming,
    transfer_to_human_agents,
]
compiled = as_tool(skill, tools, name="repair_mms", needs_approval={"refuel_data"})

request = "I cannot send picture messages from my phone."
told = {"task": request, "phone_number": NUMBER, "app_name": "messaging"}
known = {name: value for name, value in told.items() if name in compiled.args}
planned = compiled.invoke({**known, "dry_run": True})
sys.stdout.write(f"first: {planned['left'][0]}\n")

# In your agent this is a real model, such as "openai:gpt-5-mini".
model = ScriptedModel(
    replies=[
        AIMessage("", tool_calls=[{"name": "repair_mms", "args": known, "id": "1"}]),
        AIMessage("Please tell me what your phone shows."),
    ]
)
result = create_agent(model, tools=[compiled]).invoke({"messages": [("user", request)]})

report = json.loads(result["messages"][-2].text)
sys.stdout.write(f"{report['ended']}: {[step['tool'] for step in report['steps']]}\n")
sys.stdout.write(f"to ask: {[ask['tool'] for ask in report['ask']]}\n")
sys.stdout.write(f"answer: {result['messages'][-1].text}\n")
