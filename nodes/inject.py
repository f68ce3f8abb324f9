"""Inject: the offered skills as guidance for the solver."""

from langgraph.runtime import Runtime

from trace2skill.nodes.guides import guide
from trace2skill.nodes.solve_context import SolveContext, solve_settings
from trace2skill.nodes.solve_state import SolveState
from trace2skill.skills.render import approx_tokens
from trace2skill.store.records import Retrieval


def inject(state: SolveState, runtime: Runtime[SolveContext]) -> SolveState:
    """Render what was offered within the budget, marked as guidance and with its tiers (skills/render.py)."""
    guidance = guide(solve_settings(runtime)).render(Retrieval.model_validate(state["retrieval"]))
    runtime.stream_writer(
        {"stage": "inject", "skills": list(guidance.skills), "tokens": approx_tokens(guidance.text)}
    )
    return {"guidance": guidance.text, "injected": list(guidance.skills)}
