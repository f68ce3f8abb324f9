"""LangChain's messages as the turns of a trace."""

from collections.abc import Iterable, Iterator

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from trace2skill.traces.conversation import Call, Turn, says_error
from trace2skill.traces.model import Actor, StepOutcome, Tool


def to_turns(messages: Iterable[AnyMessage]) -> Iterator[Turn]:
    """What user, agent and tools said and did; the system prompt is no turn.

    A tool's message is an error when it says so of itself: by its status, or in its text.
    """
    for message in messages:
        match message:
            case HumanMessage():
                yield Turn(Actor.USER, text=str(message.text))
            case AIMessage():
                calls = [Call(call["id"] or "", call["name"], call["args"]) for call in message.tool_calls]
                yield Turn(Actor.AGENT, text=str(message.text), thought=_thought(message), calls=calls)
            case ToolMessage():
                said = str(message.text)
                failed = message.status == "error" or says_error(said)
                outcome = StepOutcome.ERROR if failed else StepOutcome.OK
                yield Turn(Actor.ENVIRONMENT, result=said, answers=message.tool_call_id, outcome=outcome)


def to_tool(tool: BaseTool | dict[str, object]) -> Tool | None:
    """A tool on offer; None for one that the model's provider runs and that has no schema here."""
    if not isinstance(tool, BaseTool) and "function" not in tool:
        return None
    function = convert_to_openai_tool(tool)["function"]
    return Tool(
        name=function["name"],
        description=function.get("description", ""),
        parameters=function.get("parameters", {}),
    )


def _thought(message: AIMessage) -> str | None:
    blocks = (block for block in message.content_blocks if block["type"] == "reasoning")
    return "\n".join(block.get("reasoning", "") for block in blocks) or None
