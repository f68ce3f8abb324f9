"""Records what any runnable of LangChain does as traces of our own format, as a callback handler."""

# ruff: noqa: ANN401, ARG002 - the signatures are LangChain's

import threading
from asyncio import CancelledError
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, LLMResult
from langgraph.errors import GraphBubbleUp, GraphInterrupt
from langgraph.types import Command
from pydantic import JsonValue

from trace2skill.integrations.recorded_messages import MessageReader, as_json, messages_of, read_message
from trace2skill.integrations.trace_log import MOST_THREADS, Recorder
from trace2skill.traces.assembly import Assembly
from trace2skill.traces.messages import Message, ToolResult
from trace2skill.traces.model import StepOutcome, Trace
from trace2skill.traces.redact import DEFAULT, Level
from trace2skill.traces.span_messages import find_request, find_tools
from trace2skill.traces.spans import Kind, Span


@dataclass(eq=False)
class _Run:
    """A run under way: its spans in the order of their beginning, the outermost first.

    It `waits` when it was interrupted and nothing has been done since.
    """

    identity: str
    thread: str
    waits: bool = False
    over: bool = False
    spans: list[Span] = field(default_factory=list)
    reader: MessageReader = field(default_factory=MessageReader)

    def note(
        self,
        span: Span,
        error: BaseException | None,
        said: LLMResult | None = None,
        result: object = None,
        outputs: object = None,
    ) -> None:
        """Take over what came of a span, but not what a model had said when it failed: it is asked again."""
        if error is not None and not isinstance(error, GraphBubbleUp):
            span.error = f"{type(error).__name__}: {error}"
        self.waits = self.waits or isinstance(error, GraphInterrupt)
        if span.kind is Kind.MODEL and not isinstance(error, Exception):
            span.made = self._said(said)
        elif span.kind is Kind.TOOL:
            message = _tool_message(result)
            span.result = _plain(result) if message is None else message.text
            if message is not None and message.failed:
                span.error = message.text
        elif not span.parent:
            span.made = self.reader.read(messages_of(outputs))

    def _said(self, response: LLMResult | None) -> list[Message]:
        first = response.generations[0] if response and response.generations else []
        for each in first[:1]:
            if isinstance(each, ChatGeneration):
                return self.reader.read([each.message])
            return [_message("assistant", each.text)]
        return []


class TraceCallbackHandler(Recorder, BaseCallbackHandler):
    """Adds each run of an agent, a graph or any other runnable to a file of traces, redacted.

        handler = TraceCallbackHandler("runs.jsonl")
        asked = {"messages": [("user", "Open the locked door.")]}
        agent.invoke(asked, {"callbacks": [handler], "run_id": run_id})
        handler.record_outcome(run_id, success=True)
        distill(handler.path, outcomes=handler.outcomes)

    A run is one call of the outermost runnable, from the user's words to the answer, with what sub-agents did
    inside tools; its id is that of the trace. It may be streamed and awaited. One that raised is recorded as
    far as it went. One that waits for a person is recorded when it has gone on to its end; meanwhile it is in
    `unfinished`, where a killed process leaves it too. One handler serves any number of runs at once.

    Args:
        path: The file, in our own JSONL; made if absent. Threads and processes may share it.
        domain: What the agent is about, in a word; a domain's traces are sorted into task families.
        redact: What is replaced in the runs before a line is written: `secrets`, `personal` (secrets and what
            belongs to people) or `off`.
    """

    def __init__(self, path: str | Path, *, domain: str | None = None, redact: Level = DEFAULT) -> None:
        super().__init__(path, domain=domain, redact=redact)
        self._lock = threading.Lock()
        self._open: dict[UUID, tuple[_Run, Span]] = {}
        self._waiting: OrderedDict[str, str] = OrderedDict()

    def on_chain_start(
        self, serialized: dict[str, Any] | None, inputs: Any, *, run_id: UUID, **about: Any
    ) -> None:
        """A graph, a node, a chain; note what an outermost one was given."""
        run, span = self._begin(run_id, about, Kind.OTHER)
        if not span.parent:
            span.given = run.reader.read(messages_of(inputs))
            told = None if span.given or isinstance(inputs, Command) else inputs
            span.request = find_request(_plain(told))

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **_: Any) -> None:
        """It has ended; an outermost one is recorded, unless it waits for a person."""
        self._end(run_id, outputs=outputs)

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        """It has raised; an outermost one is recorded as far as it went."""
        self._end(run_id, error)

    def on_chat_model_start(
        self,
        serialized: dict[str, Any] | None,
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        **about: Any,
    ) -> None:
        """A model is asked; note what it was given, and the tools on offer."""
        run, span = self._begin(run_id, about, Kind.MODEL)
        span.given = run.reader.read(messages[0] if messages else [])
        offered = about.get("invocation_params") or {}
        span.tools = tuple(
            tool for key in ("tools", "functions") for tool in find_tools(as_json(offered.get(key)))
        )

    def on_llm_start(
        self, serialized: dict[str, Any] | None, prompts: list[str], *, run_id: UUID, **about: Any
    ) -> None:
        """A model that completes text is asked."""
        _, span = self._begin(run_id, about, Kind.MODEL)
        span.given = [_message("user", each) for each in prompts[:1]]

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **_: Any) -> None:
        """A model has answered; of a streamed answer this is the whole."""
        self._end(run_id, said=response)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **about: Any) -> None:
        """A model has failed, or nobody waited for the rest of its answer: then what had come is kept."""
        self._end(run_id, error, said=about.get("response"))

    def on_tool_start(
        self, serialized: dict[str, Any] | None, input_str: str, *, run_id: UUID, **about: Any
    ) -> None:
        """A tool is run."""
        _, span = self._begin(run_id, about, Kind.TOOL)
        span.tool = span.name = about.get("name") or (serialized or {}).get("name") or "unknown"
        span.call = about.get("tool_call_id") or ""
        given = about.get("inputs")
        span.arguments = _arguments(given) if isinstance(given, dict) else {"input": input_str}

    def on_tool_end(self, output: Any, *, run_id: UUID, **_: Any) -> None:
        """A tool has returned."""
        self._end(run_id, result=output)

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        """A tool has raised; one that waits for a person has not ended."""
        self._end(run_id, error)

    def on_retriever_start(
        self, serialized: dict[str, Any] | None, query: str, *, run_id: UUID, **about: Any
    ) -> None:
        """A retriever is asked, which is no step."""
        self._begin(run_id, about, Kind.OTHER)

    def on_retriever_end(self, documents: Any, *, run_id: UUID, **_: Any) -> None:
        """A retriever has answered."""
        self._end(run_id)

    def on_retriever_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        """A retriever has raised."""
        self._end(run_id, error)

    def _begin(self, run_id: UUID, about: dict[str, Any], kind: Kind) -> tuple[_Run, Span]:
        parent = about.get("parent_run_id")
        with self._lock:
            known = self._open.get(parent) if parent else None
            thread = (about.get("metadata") or {}).get("thread_id")
            run = known[0] if known else _Run(str(run_id), "" if thread is None else str(thread))
            span = Span(id=str(run_id), trace=run.identity, parent=known[1].id if known else "", kind=kind)
            span.order = f"{len(run.spans):09d}"
            run.spans.append(span)
            run.waits = run.waits and kind is Kind.OTHER
            self._open[run_id] = (run, span)
        return run, span

    def _end(self, run_id: UUID, error: BaseException | None = None, **came: Any) -> None:
        """Note what came of a span; put its run aside as far as it went, or record it if it is over.

        Args:
            run_id: The span's id.
            error: What it raised.
            **came: `said` by a model, the `result` of a tool, the `outputs` of a chain.
        """
        with self._lock:
            if run_id not in self._open:
                return
            run, span = self._open.pop(run_id)
            run.note(span, error, **came)
        if not span.parent:
            self._finish(run, error)
        elif span.kind in (Kind.MODEL, Kind.TOOL):
            self._log.keep(run.identity, lambda: None if run.over else self._trace(run))

    def _finish(self, run: _Run, error: BaseException | None) -> None:
        """Record a run that is over. One on a thread that waits for a person, or for a result, is put aside.

        The run that goes on with it tells it whole.
        """
        with self._lock:
            # Not every version of LangChain tells the end of what is cancelled with its run.
            unended = {name: span for name, (owner, span) in self._open.items() if owner is run}
            for name, span in unended.items():
                del self._open[name]
                if isinstance(error, CancelledError):
                    run.note(span, error)
        trace = self._trace(run)
        waits = bool(run.thread) and error is None and (run.waits or _lacks_a_result(trace))
        with self._lock:
            before = self._waiting.get(run.thread, "") if _goes_on(run) else ""
            self._waiting.pop(run.thread, None)
            if waits:
                self._waiting[run.thread] = run.identity
                if len(self._waiting) > MOST_THREADS:
                    self._waiting.popitem(last=False)
        if before:
            self._log.forget(before)
        if waits:
            self._log.keep(run.identity, lambda: trace, rests=True)
        else:
            run.over = True
            self._log.finish(run.identity, trace, run.thread)

    def _trace(self, run: _Run) -> Trace | None:
        """The run as it is now; None if nothing was said or done."""
        with self._lock:
            spans = [replace(span) for span in run.spans]
        before = _earlier_talk(spans)
        if _acts_first(spans):
            spans.insert(0, replace(spans[0], id="asked", parent="", kind=Kind.MODEL, made=(), order=""))
        assembly = Assembly()
        if before:
            told = Span(id="before", trace=run.identity, kind=Kind.MODEL, given=before[:-1], made=before[-1:])
            assembly.add([told])
        assembly.add(spans)
        number = 2 if before else 1
        steps = assembly.steps(number)
        if not steps:
            return None
        return Trace(
            id=run.identity,
            task=assembly.request(number) or spans[0].request,
            steps=steps,
            instructions=assembly.instructions,
            tools=tuple(assembly.tools.values()),
        )


def _goes_on(run: _Run) -> bool:
    """Whether a run began with something else than words of the user: what was waited for, or nothing."""
    root = run.spans[0]
    return not root.request and not any(message.role == "user" for message in root.given[-1:])


def _lacks_a_result(trace: Trace | None) -> bool:
    open_ = (step for step in trace.steps if step.action and step.parent is None) if trace else ()
    return any(step.observation is None and step.outcome is StepOutcome.UNKNOWN for step in open_)


def _outer(spans: Sequence[Span]) -> list[Span]:
    """The model calls and tools that are inside no tool."""
    within: dict[str, bool] = {}
    for span in spans:
        within[span.id] = within.get(span.parent, False) or span.kind is Kind.TOOL
    return [
        span
        for span in spans
        if span.kind in (Kind.MODEL, Kind.TOOL) and not (span.parent and within.get(span.parent))
    ]


def _acts_first(spans: Sequence[Span]) -> bool:
    """Whether a graph ran a tool of its own on what it was asked, before any model was."""
    return bool(spans[0].given) and [span.kind for span in _outer(spans)[:1]] == [Kind.TOOL]


def _earlier_talk(spans: Sequence[Span]) -> Sequence[Message]:
    """The talk before this run, up to the agent's last words in it, which is not of this run.

    The run begins where the user's last words do, in what its first model call was given; the history that a
    run returned without one is cut.
    """
    first = next((span for span in _outer(spans) if span.kind is Kind.MODEL and span.given), None)
    if first is None:
        spans[0].made = spans[0].made[_last_words(spans[0].made) :]
        return ()
    said = range(_last_words(first.given))
    last = next((at for at in reversed(said) if first.given[at].role == "assistant"), -1)
    return first.given[: last + 1]


def _last_words(messages: Sequence[Message]) -> int:
    """Where the last words of the user begin, which may be several messages; 0 if there are none."""
    at = next((at for at in reversed(range(len(messages))) if messages[at].role == "user"), 0)
    while at and messages[at - 1].role == "user":
        at -= 1
    return at


def _message(role: str, text: str) -> Message:
    return Message.model_validate({"role": role, "content": text})


def _arguments(given: dict[str, Any]) -> dict[str, JsonValue]:
    """The arguments of a tool without what the framework hands it: the state, the runtime."""
    found: dict[str, JsonValue] = {}
    for name, value in given.items():
        with suppress(TypeError):
            found[name] = orjson.loads(orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_DATACLASS))
    return found


def _tool_message(result: object) -> ToolResult | None:
    """The message of a tool that it returned, by itself or as an update of the state."""
    held = result.update if isinstance(result, Command) else result
    messages = [message for message in messages_of(held) if isinstance(message, ToolMessage)]
    read = read_message(messages[0]) if messages else None
    return read.results[0] if read else None


def _plain(value: object) -> JsonValue:
    return None if value is None else as_json(value)
