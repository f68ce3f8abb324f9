"""Receipt: what the task got from the library, in the output and in the library's usage record."""

from langgraph.runtime import Runtime

from trace2skill.nodes.report import plain
from trace2skill.nodes.solve_state import Guides, SolveContext, SolveState, guide, solve_settings
from trace2skill.store.receipts import Receipt, usages


def receipt(state: SolveState, runtime: Runtime[SolveContext], *, guides: Guides = guide) -> SolveState:
    """Complete the receipt and record it. A library that cannot be written to does not spoil the answer."""
    settings = solve_settings(runtime)
    model = state.get("model")
    used = tuple(state.get("injected", [])) if model else ()
    given = Receipt.model_validate(state["receipt"]).model_copy(update={"used": used, "model": model})
    if not settings.record:
        given = given.model_copy(update={"note": "recording is off"})
    elif given.generation is None:
        given = given.model_copy(update={"note": "the library could not be read"})
    else:
        note = guides(settings).record(usages(given))
        given = given.model_copy(update={"recorded": not note, "note": note})
    runtime.stream_writer({"stage": "receipt", "receipt": given.id, "recorded": given.recorded})
    return {"receipt": plain(given)}
