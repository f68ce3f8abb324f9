"""Solve: a model carries out the task with the tools, under the guidance."""

from typing import TYPE_CHECKING

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.runtime import Runtime

from trace2skill.models.resolve import explained, model_name, resolve_model
from trace2skill.nodes.acting import solve_by_actions
from trace2skill.nodes.solve_context import SolveContext, solve_settings
from trace2skill.nodes.solve_state import SolveState
from trace2skill.nodes.solver import Job, Tools
from trace2skill.nodes.tool_calling import solve_by_tool_calls

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

NO_MODEL = "no model is configured"


def solve(
    state: SolveState,
    runtime: Runtime[SolveContext],
    *,
    model: "BaseChatModel | None" = None,
    tools: Tools = (),
) -> SolveState:
    """Let the model work until it is done or out of steps; without a model, say so.

    Args:
        state: The task, the guidance, the thread's conversation.
        runtime: The settings, among them the model's name.
        model: A model object, which beats the name.
        tools: What the model may call.

    Raises:
        SettingError: There is no such provider.
        ModelError: The model could not be reached, refused, or failed.
    """
    settings = solve_settings(runtime)
    chosen = model or settings.model
    if not chosen:
        runtime.stream_writer({"stage": "solve", "stopped": NO_MODEL})
        return {"stopped": NO_MODEL}

    def report(message: AnyMessage) -> None:
        calls = [call["name"] for call in message.tool_calls] if isinstance(message, AIMessage) else []
        runtime.stream_writer({"stage": "solve", "message": message.type, "calls": calls})

    name = model_name(chosen)
    work = solve_by_tool_calls if settings.tool_calls else solve_by_actions
    task = HumanMessage(state["task"])
    conversation = [*state.get("messages", []), task]
    with explained(name):
        ready = resolve_model(chosen, settings.base_url)
        guidance = state.get("guidance", "")
        done = work(Job(ready, tools, conversation, guidance, settings.max_steps, report))
    return {"messages": [task, *done.messages], "answer": done.answer, "stopped": done.stopped, "model": name}
