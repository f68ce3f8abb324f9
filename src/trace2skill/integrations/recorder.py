"""Records what a LangChain agent does as traces of our own format, as middleware of the agent."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any, NotRequired

from langchain.agents.middleware import AgentMiddleware, AgentState, ModelRequest, ModelResponse
from langchain.agents.middleware.types import (
    ExtendedModelResponse,
    OmitFromInput,
    PrivateStateAttr,
    ToolCallRequest,
)
from langchain_core.messages import AnyMessage, BaseMessage, HumanMessage, ToolMessage
from langgraph.config import get_config
from langgraph.errors import GraphBubbleUp
from langgraph.runtime import Runtime
from langgraph.types import Command
from typing_extensions import TypedDict

from trace2skill.integrations.recorded_messages import MessageReader, to_tool
from trace2skill.integrations.trace_log import Recorder
from trace2skill.traces.conversation import first_request, says_error, to_steps
from trace2skill.traces.messages import to_turns
from trace2skill.traces.model import Tool, Trace

Update = dict[str, Any]
Reply = ModelResponse[Any] | ExtendedModelResponse[Any]
Result = ToolMessage | Command[Any]


class RecordedRun(TypedDict):
    """The run being recorded: its id, the id of the message it began with, the tools offered, the prompt."""

    id: str
    first: str | None
    tools: list[dict[str, Any]] | None
    told: NotRequired[str | None]


class RecorderState(AgentState[Any]):
    """What the recorder adds to the agent's state; `trace_id` is in the agent's output."""

    recorded_run: NotRequired[Annotated[RecordedRun, PrivateStateAttr]]
    trace_id: NotRequired[Annotated[str, OmitFromInput]]


class TraceRecorder(Recorder, AgentMiddleware[RecorderState, Any, Any]):
    """Adds each run of an agent to a file of traces, without secrets and what belongs to people.

        recorder = TraceRecorder("runs.jsonl")
        agent = create_agent(model, tools, middleware=[recorder, SkillMiddleware()])
        result = agent.invoke({"messages": [("user", "Open the locked door.")]})
        recorder.outcome(result["trace_id"], success=True)
        distill(recorder.path, outcomes=recorder.outcomes)

    A run goes from the user's message to the agent's answer; one that a tool or the model ended by raising is
    recorded as far as it went. Name the recorder before other middleware, so that it sees what they make of
    an exception. What another middleware removes from the conversation is not in the trace. A file that
    cannot be written is a warning in the log, and the agent works on. A run that is under way is in a file of
    its own in `unfinished`, as far as it went.

    Args:
        path: The file, in our own JSONL; made if absent. Threads and processes may share it.
        domain: What the agent is about, in a word; a domain's traces are sorted into task families.
        redact: What is replaced in the runs before a line is written: `secrets`, `personal` (secrets and what
            belongs to people) or `off`.
    """

    state_schema = RecorderState

    def before_agent(self, state: RecorderState, runtime: Runtime[Any]) -> Update:  # noqa: ARG002 - the hook
        """Note where the run begins."""
        return {
            "recorded_run": RecordedRun(id=uuid.uuid4().hex[:16], first=_first(state["messages"]), tools=None)
        }

    def after_agent(self, state: RecorderState, runtime: Runtime[Any]) -> Update:  # noqa: ARG002
        """Record the run."""
        self._record(state, thread=_thread())
        return {"trace_id": state["recorded_run"]["id"]}

    async def aafter_agent(self, state: RecorderState, runtime: Runtime[Any]) -> Update:  # noqa: ARG002
        """As `after_agent`, off the event loop."""
        await asyncio.to_thread(self._record, state, thread=_thread())
        return {"trace_id": state["recorded_run"]["id"]}

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> Reply:
        """Note the tools on offer; record the run if the model ends it."""
        self._keep(request, None)
        try:
            response = handler(request)
        except GraphBubbleUp:  # an interrupt: the run will go on
            raise
        except Exception:
            self._record(request.state)
            raise
        self._keep(request, response)
        return _noting_tools(request, response)

    async def awrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]],
    ) -> Reply:
        """As `wrap_model_call`."""
        await asyncio.to_thread(self._keep, request, None)
        try:
            response = await handler(request)
        except GraphBubbleUp:
            raise
        except Exception:
            await asyncio.to_thread(self._record, request.state)
            raise
        await asyncio.to_thread(self._keep, request, response)
        return _noting_tools(request, response)

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

    def _record(self, state: Mapping[str, Any], *more: AnyMessage, thread: str = "") -> None:
        run: RecordedRun = state["recorded_run"]
        self._log.finish(run["id"], _trace(run, [*state["messages"], *more]), thread)

    def _keep(self, request: ModelRequest[Any], response: ModelResponse[Any] | None) -> None:
        """Put the run aside: with the response of the model, or before it what tools have returned since."""
        messages: Sequence[BaseMessage] = request.state["messages"]
        if response is None and not isinstance(next(reversed(messages), None), ToolMessage):
            return
        run, said = _noted(request), response.result if response else []
        self._log.keep(run["id"], lambda: _trace(run, [*messages, *said]))


def _trace(run: RecordedRun, messages: Sequence[BaseMessage]) -> Trace:
    """What was said and done since the run began."""
    begun = next((at for at, message in enumerate(messages) if message.id == run["first"]), 0)
    turns = list(to_turns(MessageReader().read(messages[begun:]), failed=says_error))
    return Trace(
        id=run["id"],
        task=first_request(turns),
        steps=to_steps(turns),
        instructions=run.get("told"),
        tools=tuple(Tool.model_validate(tool) for tool in run["tools"] or ()),
    )


def _thread() -> str:
    """The thread on which the agent works, if it has one."""
    thread = get_config().get("configurable", {}).get("thread_id")
    return "" if thread is None else str(thread)


def _first(messages: Sequence[AnyMessage]) -> str | None:
    """The id of the first of the messages with which the user has now come."""
    first = None
    for message in reversed(messages):
        if not isinstance(message, HumanMessage):
            break
        first = message.id
    return first


def _noted(request: ModelRequest[Any]) -> RecordedRun:
    """The run, with the tools on offer and the system prompt of its first model call."""
    run: RecordedRun = request.state["recorded_run"]  # type: ignore[typeddict-item]
    if run["tools"] is not None:
        return run
    offered = [tool.model_dump(mode="json") for each in request.tools if (tool := to_tool(each))]
    told = str(request.system_message.text) if request.system_message else None
    return RecordedRun(id=run["id"], first=run["first"], tools=offered, told=told)


def _noting_tools(request: ModelRequest[Any], response: ModelResponse[Any]) -> Reply:
    """The response, with what is noted of the run for the state unless it knows that."""
    noted = _noted(request)
    if noted is request.state["recorded_run"]:  # type: ignore[typeddict-item]
        return response
    update: Command[Any] = Command(update={"recorded_run": noted})
    return ExtendedModelResponse(response, update)


def _failed(request: ToolCallRequest, error: Exception) -> ToolMessage:
    said = f"{type(error).__name__}: {error}"
    return ToolMessage(said, tool_call_id=request.tool_call["id"], status="error")
