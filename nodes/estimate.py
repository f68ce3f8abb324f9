"""Estimate: the calls that would be made to a model and their cost, without making any."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from langgraph.runtime import Runtime

from trace2skill.llm.question import Question
from trace2skill.mining.roster import Analyst
from trace2skill.nodes.artifacts import Artifacts
from trace2skill.nodes.models import model_settings, reader_question
from trace2skill.nodes.pools import family_pool, family_traces, forget_pools
from trace2skill.nodes.settings import DistillSettings, settings
from trace2skill.nodes.state import DistillState
from trace2skill.proposals.criticism import critic_question
from trace2skill.proposals.synthesis import Editor, edit_question
from trace2skill.store.library import Library
from trace2skill.tokenizer import count

ANSWER_TOKENS = {"read": 600, "synthesise": 900, "critique": 200}
"""About how many tokens an answer of each node has."""


@dataclass
class _Planned:
    calls: int = 0
    prompt_tokens: int = 0
    families: dict[str, int] = field(default_factory=dict)

    def add(self, asked: Question, times: int = 1) -> None:
        self.calls += times
        self.prompt_tokens += times * count(asked.system + asked.common + asked.body)
        self.families[asked.subject] = self.families.get(asked.subject, 0) + times


def estimate(
    state: DistillState, runtime: Runtime[DistillSettings], *, roster: Sequence[Analyst]
) -> DistillState:
    """Plan the calls, then remove the run's staged traces and artifacts from the library.

    The readers' prompts are those that would be sent. The other prompts are estimated from the drafts as code
    words them, with the critic asked in every round that the settings allow.
    """
    context = settings(runtime)
    artifacts = Artifacts(context.library, state["run"])
    nodes = {"read": _Planned(), "synthesise": _Planned(), "critique": _Planned()}
    for task in state["reads"]:
        pool = family_pool(context.library, state["run"], task["family"])
        batch = artifacts.batch(task["family"], task["batch"])
        shown = batch.transcript({trace.hash: trace for trace in pool.traces})
        nodes["read"].add(reader_question(task, shown, roster, artifacts))
    for family in state["drafts"]:
        draft = artifacts.draft(family, 0)
        traces = family_traces(context.library, state["run"], family)
        nodes["synthesise"].add(edit_question(Editor(draft, traces, artifacts.glossary(family).tools)), 2)
        if context.max_revisions:
            nodes["critique"].add(critic_question(draft, ()), context.max_revisions)
    with Library(context.library) as library:
        library.unstage(state["run"])
    artifacts.clear()
    forget_pools()
    return {"calls_planned": _summary(nodes, context)}


def _summary(nodes: dict[str, _Planned], context: DistillSettings) -> dict[str, Any]:
    models = model_settings(context)
    summary: dict[str, Any] = {"model": models.model, "by_node": {}}
    cost = 0.0
    for node, planned in nodes.items():
        answers = planned.calls * ANSWER_TOKENS[node]
        summary["by_node"][node] = {
            "calls": planned.calls,
            "prompt_tokens": planned.prompt_tokens,
            "completion_tokens": answers,
            "families": dict(sorted(planned.families.items())),
        }
        price = models.price if node == "read" else models.synthesis_price or models.price
        if price:
            cost += (planned.prompt_tokens * price[0] + answers * price[1]) / 1e6
    summary |= {
        name: sum(each[name] for each in summary["by_node"].values())
        for name in ("calls", "prompt_tokens", "completion_tokens")
    }
    return summary | {"cost": round(cost, 6) if models.price else None}
