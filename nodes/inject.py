"""Inject: the offered skills as guidance for the solver."""

from langgraph.runtime import Runtime

from trace2skill.nodes.solve_state import Guides, SolveContext, SolveState, guide, solve_settings
from trace2skill.skills.guidance_text import approx_tokens
from trace2skill.store.records import Retrieval


def inject(state: SolveState, runtime: Runtime[SolveContext], *, guides: Guides = guide) -> SolveState:
    """Render what was offered within the budget, marked as guidance and with its tiers."""
    guidance = guides(solve_settings(runtime)).render(Retrieval.model_validate(state["retrieval"]))
    runtime.stream_writer(
        {"stage": "inject", "skills": list(guidance.skills), "tokens": approx_tokens(guidance.text)}
    )
    return {"guidance": guidance.text, "injected": list(guidance.skills)}
