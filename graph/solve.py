"""The solve graph, and a function to run it from Python."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from trace2skill import errors
from trace2skill.errors import SettingError
from trace2skill.nodes.admission import Admission
from trace2skill.nodes.inject import inject
from trace2skill.nodes.receipt import receipt
from trace2skill.nodes.retrieve import after_retrieve, retrieve
from trace2skill.nodes.run_limits import Clock, check_task
from trace2skill.nodes.runtime import end_without_answer, without_model
from trace2skill.nodes.solve import Tools
from trace2skill.nodes.solve import solve as solve_node
from trace2skill.nodes.solve_state import SolveContext, SolveInput, SolveOutput, SolveState
from trace2skill.store.receipts import Receipt
from trace2skill.store.sources import named
from trace2skill.traces.model import Frozen

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from trace2skill.store.library import Library


Builder = StateGraph[SolveState, SolveContext, SolveInput, SolveOutput]


def build(
    model: "BaseChatModel | None" = None, tools: Tools = (), admission: Admission | None = None
) -> Builder:
    """The graph, to be compiled with or without a checkpointer.

    Args:
        model: A model object; None if the settings name one.
        tools: What the model may call.
        admission: What clients may name, if the graph is served.
    """
    builder = Builder(
        SolveState, context_schema=SolveContext, input_schema=SolveInput, output_schema=SolveOutput
    )
    # The type of `error_handler` leaves out the NodeError that langgraph injects.
    builder.set_node_defaults(error_handler=end_without_answer)  # type: ignore[arg-type]
    builder.add_node("retrieve", _node(retrieve, admission))
    builder.add_node("inject", _node(inject, admission))
    solver = partial(solve_node, model=model, tools=tools)
    # The same type: it leaves out the NodeError.
    builder.add_node("solve", _node(solver, admission), error_handler=without_model)  # type: ignore[call-overload]
    builder.add_node("receipt", _node(receipt, admission))

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
    """Do the work of a node with the settings that a client may give, and the operator's, within its time."""
    check_task(state.get("task"))
    context = admission.admit(runtime.context, SolveContext)
    done = Clock().started("", runtime.stream_writer)
    return work(state, runtime.override(context=context, stream_writer=done.write))


graph = build().compile()


Progress = Callable[[dict[str, Any]], None]


class Solution(Frozen):
    """The result of a task. `stopped` is `finished`, or says why there is no answer."""

    answer: str
    stopped: str
    guidance: str
    receipt: Receipt


def solve(
    task: str,
    *,
    library: "Path | str | Library" = ".trace2skill",
    model: "BaseChatModel | str | None" = None,
    tools: Tools = (),
    progress: Progress | None = None,
    **settings: Any,  # noqa: ANN401 - the fields of SolveContext
) -> Solution:
    """Carry out a task with the guidance of a library's skills, if any fit.

        solution = solve("Open the locked door.", model="openai:gpt-4.1-mini", tools=[look, unlock])
        feedback(solution.receipt, success=True)

    A library that cannot be used does not stop the task: the receipt says what is wrong with it.

    Args:
        task: What to do.
        library: The library's folder, or a `Library` whose embedding has a name.
        model: A name that LangChain's `init_chat_model` knows, a chat model, or None for the guidance alone.
        tools: LangChain tools, or functions with docstrings.
        progress: Called with each event of the run: `stage` and what belongs to it.
        **settings: Further fields of `SolveContext`, among them `base_url`, `tool_calls`, `max_steps`, `k`,
            `budget_tokens`, `tags`, `min_tier`, `threshold`, `embedding`.

    Raises:
        InputError: The task is empty.
        ModelError: The model could not be reached, refused, or failed.
        SettingError: An option has a value that cannot be used.
    """
    name = model if isinstance(model, str) else None
    meant = named(library, settings.pop("embedding", None))
    if meant.embedder is not None:
        raise SettingError(
            "solve takes an embedding by its name alone; with an object use guidance() or SkillMiddleware"
        )
    context = SolveContext(library=str(meant.path), model=name, embedding=meant.embedding, **settings)
    graph = build(None if isinstance(model, str) else model, tools).compile()
    output: dict[str, Any] = {}
    events: Iterator[Any] = graph.stream({"task": task}, context=context, stream_mode=["custom", "values"])
    for mode, event in events:
        if mode == "values":
            output = event
        elif progress:
            progress(event)
    for mistake in output.get("errors", []):
        raise getattr(errors, mistake["error"], errors.Trace2SkillError)(mistake["message"])
    return Solution.model_validate({name: output[name] for name in Solution.model_fields})
