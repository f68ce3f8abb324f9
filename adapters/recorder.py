"""Records what a LangChain agent does as traces of our own format, so that its own runs can be distilled."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NotRequired

from langchain.agents.middleware import AgentMiddleware, AgentState, ModelRequest, ModelResponse
from langchain.agents.middleware.types import (
    ExtendedModelResponse,
    OmitFromInput,
    PrivateStateAttr,
    ToolCallRequest,
)
from langchain_core.messages import AnyMessage, HumanMessage, ToolMessage
from langgraph.errors import GraphBubbleUp
from langgraph.runtime import Runtime
from langgraph.types import Command
from typing_extensions import TypedDict

from trace2skill.adapters.trace_log import TraceLog
from trace2skill.adapters.turns import to_tool
from trace2skill.traces.model import Tool

Update = dict[str, Any]
Reply = ModelResponse[Any] | ExtendedModelResponse[Any]
Result = ToolMessage | Command[Any]


class Run(TypedDict):
    """The run that is being recorded: its id, the id of the message it began with, the tools on offer."""

    id: str
    first: str | None
    tools: list[dict[str, Any]] | None


class RecorderState(AgentState[Any]):
    """What the recorder adds to the agent's state; `trace_id` is in the agent's output."""

    recorded_run: NotRequired[Annotated[Run, PrivateStateAttr]]
    trace_id: NotRequired[Annotated[str, OmitFromInput]]


class TraceRecorder(AgentMiddleware[RecorderState, Any, Any]):
    """Adds each run of an agent to a file of traces, without secrets.

        recorder = TraceRecorder("runs.jsonl")
        agent = create_agent(model, tools, middleware=[recorder, SkillMiddleware()])
        result = agent.invoke({"messages": [("user", "Open the locked door.")]})
        recorder.outcome(result["trace_id"], success=True)
        distill(recorder.path, outcomes=recorder.outcomes)

    A run goes from the user's message to the agent's answer; one that a tool or the model ended by raising is
    recorded as far as it went. Name the recorder before other middleware, so that it sees what they make of
    an exception. What another middleware removes from the conversation is not in the trace. A file that
    cannot be written is a warning in the log, and the agent works on.

    Args:
        path: The file, in our own JSONL; made if absent. Threads and processes may share it.
        domain: What the agent is about, in a word; a domain's traces are sorted into task families.
    """

    state_schema = RecorderState

    def __init__(self, path: str | Path, *, domain: str | None = None) -> None:
        super().__init__()
        self._log = TraceLog(Path(path), domain)

    @property
    def path(self) -> Path:
        """The file of traces."""
        return self._log.path

    @property
    def outcomes(self) -> Path:
        """The file of outcomes beside it, made with the first of them."""
        return self._log.outcomes

    def outcome(self, trace_id: str, *, success: bool) -> None:
        """Note whether a run solved its task. Of two notes on a run the first counts.

        Raises:
            InputError: The file of outcomes cannot be written.
        """
        self._log.judge(trace_id, success)

    def before_agent(self, state: RecorderState, runtime: Runtime[Any]) -> Update:  # noqa: ARG002 - the hook
        """Note where the run begins."""
        return {"recorded_run": Run(id=uuid.uuid4().hex[:16], first=_first(state["messages"]), tools=None)}

    def after_agent(self, state: RecorderState, runtime: Runtime[Any]) -> Update:  # noqa: ARG002
        """Record the run."""
        self._record(state)
        return {"trace_id": state["recorded_run"]["id"]}

    async def aafter_agent(self, state: RecorderState, runtime: Runtime[Any]) -> Update:  # noqa: ARG002
        """As `after_agent`, off the event loop."""
        await asyncio.to_thread(self._record, state)
        return {"trace_id": state["recorded_run"]["id"]}

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> Reply:
        """Note the tools on offer; record the run if the model ends it."""
        try:
            return _noting_tools(request, handler(request))
        except GraphBubbleUp:  # an interrupt: the run will go on
            raise
        except Exception:
            self._record(request.state)
            raise

    async def awrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]],
    ) -> Reply:
        """As `wrap_model_call`."""
        try:
            return _noting_tools(request, await handler(request))
        except GraphBubbleUp:
            raise
        except Exception:
            await asyncio.to_thread(self._record, request.state)
            raise

    def wrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Result]
    ) -> Result:
        """Record the run if the tool ends it."""
        try:
            return handler(request)
        except GraphBubbleUp:
            raise
        except Exception as error:
            self._record(request.state, _failed(request, error))
            raise

    async def awrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Awaitable[Result]]
    ) -> Result:
        """As `wrap_tool_call`."""
        try:
            return await handler(request)
        except GraphBubbleUp:
            raise
        except Exception as error:
            await asyncio.to_thread(self._record, request.state, _failed(request, error))
            raise

    def _record(self, state: Mapping[str, Any], *more: AnyMessage) -> None:
        run: Run = state["recorded_run"]
        messages: Sequence[AnyMessage] = state["messages"]
        begun = next((at for at, message in enumerate(messages) if message.id == run["first"]), 0)
        tools = [Tool.model_validate(tool) for tool in run["tools"] or ()]
        self._log.add(run["id"], [*messages[begun:], *more], tools)


def _first(messages: Sequence[AnyMessage]) -> str | None:
    """The id of the first of the messages with which the user has now come."""
    first = None
    for message in reversed(messages):
        if not isinstance(message, HumanMessage):
            break
        first = message.id
    return first


def _noting_tools(request: ModelRequest[Any], response: ModelResponse[Any]) -> Reply:
    """The response, with the tools on offer for the state unless it knows them."""
    run: Run = request.state["recorded_run"]  # type: ignore[typeddict-item]
    if run["tools"] is not None:
        return response
    offered = [tool.model_dump(mode="json") for each in request.tools if (tool := to_tool(each))]
    noted = Run(id=run["id"], first=run["first"], tools=offered)
    update: Command[Any] = Command(update={"recorded_run": noted})
    return ExtendedModelResponse(response, update)


def _failed(request: ToolCallRequest, error: Exception) -> ToolMessage:
    said = f"{type(error).__name__}: {error}"
    return ToolMessage(said, tool_call_id=request.tool_call["id"], status="error")
