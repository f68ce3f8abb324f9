"""A LangGraph graph of your own with a node that asks the library.

make demo && .venv/bin/python examples/embedding/langgraph_node.py demo-library
"""

import sys
from typing import Any

from langchain_core.messages import AIMessage, SystemMessage
from langgraph.graph import END, START, MessagesState, StateGraph
from scripted import ScriptedModel

from trace2skill import guidance

# In your graph this is a real model.
model = ScriptedModel(replies=[AIMessage("Please switch mobile data on.")])


class State(MessagesState):
    """The conversation, the guidance for it, and the receipt to report the outcome under."""

    guidance: str
    receipt: str


def retrieve(state: State) -> dict[str, str]:
    """Ask the library; where it has nothing to say, the text is empty."""
    found = guidance(state["messages"][-1].text, sys.argv[1])
    return {"guidance": found.text, "receipt": found.receipt.id}


def answer(state: State) -> dict[str, Any]:
    """Call the model, the guidance in its system prompt."""
    system = SystemMessage(f"You help customers.\n\n{state['guidance']}".strip())
    return {"messages": [model.invoke([system, *state["messages"]])]}


graph = StateGraph(State)
graph.add_node(retrieve)
graph.add_node(answer)
graph.add_edge(START, "retrieve")
graph.add_edge("retrieve", "answer")
graph.add_edge("answer", END)

result = graph.compile().invoke({"messages": [("user", "I cannot send picture messages from my phone.")]})
sys.stdout.write(f"guidance: {result['guidance'].partition(chr(10))[0]}\n")
sys.stdout.write(f"answer: {result['messages'][-1].text}\n")
