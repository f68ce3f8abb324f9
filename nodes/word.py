"""Word: a model names each draft, orders its rules and words them; what it may not say is left as it was."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from langgraph.runtime import Runtime

from trace2skill.dialogue.glossary import Glossary
from trace2skill.dialogue.synthesis import Wording, worded, wording_question
from trace2skill.errors import AnswerError, LimitError
from trace2skill.nodes.askers import NO_MODELS, Models, asked_together, asker
from trace2skill.nodes.context import DistillContext, settings
from trace2skill.nodes.pools import family_traces
from trace2skill.nodes.state import DistillState
from trace2skill.nodes.workbench import Workbench
from trace2skill.skills.model import Skill


def word(
    state: DistillState, runtime: Runtime[DistillContext], *, models: Models = NO_MODELS
) -> DistillState:
    """Ask about all drafts at once, unless a limit was reached before.

    Raises:
        ModelError: The model cannot be reached, or refuses every call.
    """
    context = settings(runtime)
    bench = Workbench(context.library, state["run"])
    drafts = [bench.get(Skill, family, "0") for family in state["drafts"]]
    if state.get("stopped") or not drafts:
        return {}
    shown = [family_traces(context.library, state["run"], draft.family) for draft in drafts]
    tools = [bench.get(Glossary, draft.family).tools for draft in drafts]
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
            bench.put(found.skill, draft.family, "0")
            dropped.update(found.dropped)
            taken += found.taken
    runtime.stream_writer({"stage": "word", "drafts": len(drafts), "taken": taken})
    account = {"wordings_taken": taken, "wordings_dropped": dict(sorted(dropped.items()))}
    return {"reading": state.get("reading", {}) | account | unanswered(answers, "wordings"), **stop(answers)}


def unanswered(answers: Sequence[object], what: str) -> dict[str, Any]:
    """How many answers could not be used, and why the first."""
    problems = [str(answer) for answer in answers if isinstance(answer, AnswerError)]
    return {f"{what}_unusable": len(problems), f"{what}_first_problem": problems[0]} if problems else {}


def stop(answers: Sequence[object]) -> DistillState:
    """That a limit ended the questions, if one did."""
    reached = next((str(answer) for answer in answers if isinstance(answer, LimitError)), "")
    return {"stopped": reached} if reached else {}
