"""Write: a model names each draft, orders its rules and words them; unfaithful words are not taken."""

from collections import Counter

from langgraph.runtime import Runtime

from trace2skill.nodes.artifacts import Artifacts
from trace2skill.nodes.models import NO_MODELS, Models, asked_together, asker, stop, unanswered
from trace2skill.nodes.pools import family_traces
from trace2skill.nodes.settings import DistillSettings, settings
from trace2skill.nodes.state import DistillState
from trace2skill.proposals.synthesis import Wording, worded, wording_question


def write(
    state: DistillState, runtime: Runtime[DistillSettings], *, models: Models = NO_MODELS
) -> DistillState:
    """Ask about all drafts at once, unless a limit was reached before.

    Raises:
        ModelError: The model cannot be reached, or refuses every call.
    """
    context = settings(runtime)
    artifacts = Artifacts(context.library, state["run"])
    drafts = [artifacts.draft(family, 0) for family in state["drafts"]]
    if state.get("stopped") or not drafts:
        return {}
    shown = [family_traces(context.library, state["run"], draft.family) for draft in drafts]
    tools = [artifacts.glossary(draft.family).tools for draft in drafts]
    questions = [
        wording_question(draft, traces, names)
        for draft, traces, names in zip(drafts, shown, tools, strict=True)
    ]
    answers = asked_together(asker(context, state["run"], models), questions, Wording)
    dropped: Counter[str] = Counter()
    taken = 0
    used = Counter(answer.name for answer in answers if isinstance(answer, Wording))
    for draft, traces, names, answer in zip(drafts, shown, tools, answers, strict=True):
        if isinstance(answer, Wording):
            alone = answer if used[answer.name] == 1 else answer.model_copy(update={"name": ""})
            found = worded(draft, alone, traces, names)
            artifacts.put_draft(draft.family, 0, found.skill)
            dropped.update(found.dropped)
            taken += found.taken
    runtime.stream_writer({"stage": "write", "drafts": len(drafts), "taken": taken})
    account = {"wordings_taken": taken, "wordings_dropped": dict(sorted(dropped.items()))}
    return {"reading": state.get("reading", {}) | account | unanswered(answers, "wordings"), **stop(answers)}
