"""Solving from Python: run the graph, return what came of it, raise what the user can mend."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trace2skill import errors
from trace2skill.errors import SettingError
from trace2skill.graph.solve import build
from trace2skill.nodes.solve_context import SolveContext
from trace2skill.nodes.solver import Tools
from trace2skill.store.named import named
from trace2skill.store.receipts import Receipt
from trace2skill.traces.model import Frozen

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from trace2skill.store.library import Library

Progress = Callable[[dict[str, Any]], None]


class Solution(Frozen):
    """What came of a task. `stopped` is `finished`, or says why there is no answer."""

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
    """Carry out a task under the guidance of a library's skills, if any fit.

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
        InputError: The task says nothing.
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
