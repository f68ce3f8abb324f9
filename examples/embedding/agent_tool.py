"""A LangChain agent that looks skills up itself, when it wants to.

make demo && .venv/bin/python examples/embedding/agent_tool.py demo-library
"""

import sys

from langchain.agents import create_agent
from langchain_core.messages import AIMessage
from scripted import ScriptedModel

from trace2skill import skills_tool


def call(**arguments: str) -> AIMessage:
    """The model's wish to call the tool."""
    return AIMessage("", tool_calls=[{"name": "skills", "args": arguments, "id": str(arguments)}])


task = "I cannot send picture messages from my phone."
# In your agent this is a real model, such as "openai:gpt-5-mini".
model = ScriptedModel(
    replies=[call(search=task), call(read="telecom-send-mms"), AIMessage("Please switch mobile data on.")]
)

agent = create_agent(model, tools=[skills_tool(sys.argv[1])])
result = agent.invoke({"messages": [("user", task)]})

for message in result["messages"]:
    sys.stdout.write(f"{message.type}: {message.text[:300]}\n")
