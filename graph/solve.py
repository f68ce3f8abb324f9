"""The solve graph, and a function to run it from Python."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from trace2skill import errors
from trace2skill.errors import SettingError
from trace2skill.graph.checkpoints import conversation
from trace2skill.nodes.admission import Admission
from trace2skill.nodes.inject import inject
from trace2skill.nodes.receipt import receipt
from trace2skill.nodes.retrieve import after_retrieve, retrieve
from trace2skill.nodes.runtime import end_without_answer, without_model
from trace2skill.nodes.solve import LOOP, Tools
from trace2skill.nodes.solve import solve as solve_node
from trace2skill.nodes.solve_state import (
    Guides,
    SolveContext,
    SolveInput,
    SolveOutput,
    SolveState,
    guide,
)
from trace2skill.store.guidance import Guide
from trace2skill.store.library import Library
from trace2skill.store.receipts import Receipt
from trace2skill.store.sources import named
from trace2skill.traces.model import Frozen

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models import BaseChatModel
    from langchain_core.runnables import RunnableConfig
    from langgraph.checkpoint.base import BaseCheckpointSaver

    from trace2skill.store.embeddings import Embedder


Builder = StateGraph[SolveState, SolveContext, SolveInput, SolveOutput]


def build(
    model: "BaseChatModel | None" = None,
    tools: Tools = (),
    admission: Admission | None = None,
    guides: Guides = guide,
) -> Builder:
    """The graph, to be compiled with or without a checkpointer.

    Args:
        model: A model object; None if the settings name one.
        tools: What the model may call.
        admission: What clients may name, if the graph is served.
        guides: Where the nodes get the guide for their settings.
    """
    builder = Builder(
        SolveState, context_schema=SolveContext, input_schema=SolveInput, output_schema=SolveOutput
    )
    # The type of `error_handler` leaves out the NodeError that langgraph injects.
    builder.set_node_defaults(error_handler=end_without_answer)  # type: ignore[arg-type]
    builder.add_node("retrieve", _node(partial(retrieve, guides=guides), admission))
    builder.add_node("inject", _node(partial(inject, guides=guides), admission))
    solver = partial(solve_node, model=model, tools=tools)
    # The same type: it leaves out the NodeError.
    builder.add_node("solve", _node(solver, admission), error_handler=without_model)  # type: ignore[call-overload]
    builder.add_node("receipt", _node(partial(receipt, guides=guides), admission))

    builder.add_edge(START, "retrieve")
    builder.add_conditional_edges("retrieve", after_retrieve, ["inject", "solve"])
    builder.add_edge("inject", "solve")
    builder.add_edge("solve", "receipt")
    builder.add_edge("receipt", END)
    return builder


def _node(work: Callable[..., SolveState], admission: Admission | None) -> partial[SolveState]:
    return partial(_admitted, admission, work) if admission else partial(work)


def _admitted(
    admission: Admission,
    work: Callable[..., SolveState],
    state: SolveState,
    runtime: Runtime[SolveContext],
) -> SolveState:
    """Do the work of a node with the settings that a client may give, and the operator's."""
    return work(state, runtime.override(context=admission.admit(runtime.context, SolveContext)))


graph = build().compile()


Progress = Callable[[dict[str, Any]], None]


class Solution(Frozen):
    """The result of a task. `stopped` is `finished`, or says why there is no answer."""

    answer: str
    stopped: str
    guidance: str
    receipt: Receipt


def solve(  # noqa: PLR0913 - keyword only
    task: str,
    *,
    library: "Path | str | Library" = ".trace2skill",
    embedding: "str | Embedder | Embeddings | None" = None,
    model: "BaseChatModel | str | None" = None,
    tools: Tools = (),
    checkpoints: "str | BaseCheckpointSaver[Any] | None" = None,
    thread: str | None = None,
    progress: Progress | None = None,
    **settings: Any,  # noqa: ANN401 - the fields of SolveContext
) -> Solution:
    """Carry out a task with the guidance of a library's skills, if any fit.

        solution = solve("Open the locked door.", model="openai:gpt-4.1-mini", tools=[look, unlock])
        feedback(solution.receipt, success=True)

    A library that cannot be used does not stop the task: the receipt says what is wrong with it.

    Args:
        task: What to do.
        library: The library's folder, or an open `Library`.
        embedding: As `Library` takes it; if absent that of the `Library` given, or the offline default.
        model: A name that LangChain's `init_chat_model` knows, a chat model, or None for the guidance alone.
        tools: LangChain tools, or functions with docstrings.
        checkpoints: Keeps the conversation of a thread: a LangGraph checkpointer, or `postgresql://` address.
        thread: The conversation's id; with it a task goes on where the thread's last one ended.
        progress: Called with each event of the run: `stage` and what belongs to it.
        **settings: Further fields of `SolveContext`, among them `base_url`, `tool_calls`, `max_steps`, `k`,
            `budget_tokens`, `tags`, `min_tier`, `threshold`.

    Raises:
        InputError: The task is empty.
        ModelError: The model could not be reached, refused, or failed.
        SettingError: An option has a value that cannot be used.
    """
    if (checkpoints is None) != (thread is None):
        raise SettingError("a conversation is kept with both: checkpoints=, where, and thread=, which one")
    meant = named(library, embedding)
    context = SolveContext(
        library=str(meant.path),
        model=model if isinstance(model, str) else None,
        embedding=meant.embedding,
        **settings,
    ).checked()
    opened = library if isinstance(library, Library) and embedding is None else None
    guides = _guides(opened or meant.path, meant.embedder, context)
    output: dict[str, Any] = {}
    with conversation(checkpoints) as saver:
        builder = build(None if isinstance(model, str) else model, tools, guides=guides)
        graph = builder.compile(checkpointer=saver)
        config: RunnableConfig = {"configurable": {"thread_id": thread}} if thread else {}
        events: Iterator[Any] = graph.stream(
            {"task": task}, config, context=context, stream_mode=["custom", "values"]
        )
        with closing(events):  # type: ignore[type-var]
            for mode, event in events:
                if mode == "values":
                    output = event
                elif progress:
                    progress(event)
    for mistake in output.get("errors", []):
        raise getattr(errors, mistake["error"], errors.Trace2SkillError)(mistake["message"])
    return Solution.model_validate({name: output[name] for name in Solution.model_fields})


def _guides(
    library: "Library | Path", embedder: "Embedder | Embeddings | None", context: SolveContext
) -> Guides:
    """A guide of its own for objects, which settings cannot name; else that of the settings."""
    if embedder is None and not isinstance(library, Library):
        return guide
    given = None if isinstance(library, Library) else embedder
    own = Guide(library, embedding=given, wanted=context.wanted, budget_tokens=context.budget_tokens)
    return lambda _: own


async def asolve(task: str, **options: Any) -> Solution:  # noqa: ANN401 - as `solve`
    """As `solve`, off the event loop; asynchronous tools are awaited on the caller's loop.

    Args:
        task: What to do.
        **options: The keywords of `solve`.
    """
    held = LOOP.set(asyncio.get_running_loop())
    try:
        return await asyncio.to_thread(solve, task, **options)
    finally:
        LOOP.reset(held)
