"""Records what a LangChain agent does as traces of our own format."""

import asyncio
import fcntl
import logging
import os
import uuid
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NotRequired

import orjson
from langchain.agents.middleware import AgentMiddleware, AgentState, ModelRequest, ModelResponse
from langchain.agents.middleware.types import (
    ExtendedModelResponse,
    OmitFromInput,
    PrivateStateAttr,
    ToolCallRequest,
)
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from langgraph.errors import GraphBubbleUp
from langgraph.runtime import Runtime
from langgraph.types import Command
from typing_extensions import TypedDict

from trace2skill.errors import InputError
from trace2skill.traces.conversation import Call, Turn, first_request, says_error, to_steps
from trace2skill.traces.model import Actor, Outcome, StepOutcome, Tool, Trace, to_json
from trace2skill.traces.redact import DEFAULT, Level, redact


def append_line(path: Path, line: bytes) -> None:
    """Add a line at the end of a file, made if absent; a line that a crash has torn is ended first.

    Raises:
        OSError: The file cannot be written; it then ends as before.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        end = file.seek(0, os.SEEK_END)
        torn = end and os.pread(file.fileno(), 1, end - 1) != b"\n"
        whole = (b"\n" if torn else b"") + line + b"\n"
        try:
            written = file.write(whole)
            if written != len(whole):
                raise OSError(f"only {written} of {len(whole)} bytes fit")
        except OSError:
            file.truncate(end)
            raise


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


logger = logging.getLogger("trace2skill")


class TraceLog:
    """Adds runs and outcomes, one line each. Threads and processes may share the files.

    Args:
        path: The file of traces, in our own JSONL; made if absent.
        domain: The domain of the traces.
        level: What is replaced in them.
    """

    def __init__(self, path: Path, domain: str | None = None, level: Level = DEFAULT) -> None:
        self.path = path
        self._level = level
        self.outcomes = path.with_name(f"{path.stem}.outcomes.jsonl")
        self._domain = domain

    def add(
        self,
        identity: str,
        messages: Sequence[AnyMessage],
        tools: Sequence[Tool] = (),
        told: str | None = None,
    ) -> None:
        """Add a run with the tools offered and the system prompt, redacted.

        A file that cannot be written is a warning in the log.
        """
        turns = list(to_turns(messages))
        trace = Trace(
            id=identity,
            task=first_request(turns),
            domain=self._domain,
            steps=to_steps(turns),
            instructions=told,
            tools=tuple(tools),
            outcome=Outcome(origin="in the file of outcomes, if anywhere"),
        )
        try:
            append_line(self.path, to_json(redact(trace, self._level)[0]))
        except OSError as error:
            logger.warning("the run %s is not in %s: %s", identity, self.path, error)

    def judge(self, identity: str, success: bool) -> None:
        """Add the outcome of a run.

        Raises:
            InputError: The file cannot be written.
        """
        try:
            append_line(self.outcomes, orjson.dumps({"id": identity, "success": success}))
        except OSError as error:
            raise InputError(f"{self.outcomes}: cannot be written ({error}). Check its path.") from error


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


class TraceRecorder(AgentMiddleware[RecorderState, Any, Any]):
    """Adds each run of an agent to a file of traces, without secrets and what belongs to people.

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
        redact: What is replaced in the runs before a line is written: `secrets`, `personal` (secrets and what
            belongs to people) or `off`.
    """

    state_schema = RecorderState

    def __init__(self, path: str | Path, *, domain: str | None = None, redact: Level = DEFAULT) -> None:
        super().__init__()
        self._log = TraceLog(Path(path), domain, redact)

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
        return {
            "recorded_run": RecordedRun(id=uuid.uuid4().hex[:16], first=_first(state["messages"]), tools=None)
        }

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
        run: RecordedRun = state["recorded_run"]
        messages: Sequence[AnyMessage] = state["messages"]
        begun = next((at for at, message in enumerate(messages) if message.id == run["first"]), 0)
        tools = [Tool.model_validate(tool) for tool in run["tools"] or ()]
        self._log.add(run["id"], [*messages[begun:], *more], tools, run.get("told"))


def _first(messages: Sequence[AnyMessage]) -> str | None:
    """The id of the first of the messages with which the user has now come."""
    first = None
    for message in reversed(messages):
        if not isinstance(message, HumanMessage):
            break
        first = message.id
    return first


def _noting_tools(request: ModelRequest[Any], response: ModelResponse[Any]) -> Reply:
    """The response, with the tools on offer and the system prompt for the state unless it knows them."""
    run: RecordedRun = request.state["recorded_run"]  # type: ignore[typeddict-item]
    if run["tools"] is not None:
        return response
    offered = [tool.model_dump(mode="json") for each in request.tools if (tool := to_tool(each))]
    told = str(request.system_message.text) if request.system_message else None
    noted = RecordedRun(id=run["id"], first=run["first"], tools=offered, told=told)
    update: Command[Any] = Command(update={"recorded_run": noted})
    return ExtendedModelResponse(response, update)


def _failed(request: ToolCallRequest, error: Exception) -> ToolMessage:
    said = f"{type(error).__name__}: {error}"
    return ToolMessage(said, tool_call_id=request.tool_call["id"], status="error")
