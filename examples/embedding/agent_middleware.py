"""A LangChain agent with skills in its system prompt.

make demo && .venv/bin/python examples/embedding/agent_middleware.py demo-library
"""

import sys

from langchain.agents import create_agent
from langchain_core.messages import AIMessage
from scripted import ScriptedModel

from trace2skill import SkillMiddleware

# In your agent this is a real model, such as "openai:gpt-5-mini".
model = ScriptedModel(replies=[AIMessage("Please switch mobile data on.")])

agent = create_agent(model, system_prompt="You help customers.", middleware=[SkillMiddleware(sys.argv[1])])
result = agent.invoke({"messages": [("user", "I cannot send picture messages from my phone.")]})

receipt = result["skill_receipt"]
sys.stdout.write(f"offered: {[offer['skill'] for offer in receipt['offered']]} {receipt['reason']}\n")
sys.stdout.write(f"answer: {result['messages'][-1].text}\n")
