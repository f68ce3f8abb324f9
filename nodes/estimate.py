"""Estimate: the calls that would be made to a model, their cost and their prompts, without making any."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from langgraph.runtime import Runtime
from pydantic import BaseModel

from trace2skill.llm.ask import READERS
from trace2skill.llm.question import Question, without_secrets
from trace2skill.mining.roster import Analyst
from trace2skill.nodes.artifacts import Artifacts
from trace2skill.nodes.models import model_settings, reader_question
from trace2skill.nodes.pools import family_pool, family_traces, forget_pools
from trace2skill.nodes.settings import DistillSettings, settings
from trace2skill.nodes.state import DistillState
from trace2skill.prompts.load import VERSION
from trace2skill.proposals.criticism import Criticism, critic_question
from trace2skill.proposals.outcomes import NODE, OutcomeAnswer, outcome_question
from trace2skill.proposals.synthesis import Edit, Editor, edit_question
from trace2skill.store.library import Library
from trace2skill.tokenizer import count

ANSWER_TOKENS = {"judge_outcomes": 120, "read": 600, "synthesise": 900, "critique": 200}
"""About how many tokens an answer of each node has."""

CAUSE_TOKENS = 120
"""The same for what a reader says of one failed run."""


class _Call(NamedTuple):
    """A question, its answer's schema, how often one like it is asked, the aspects of a reader's.

    `answer` counts the tokens that its answer has beyond what is usual at its node. `as_sent`: whether it
    depends on no answer before.
    """

    question: Question
    schema: type[BaseModel]
    times: int = 1
    aspects: tuple[str, ...] = ()
    answer: int = 0
    as_sent: bool = False

    @property
    def tokens(self) -> int:
        asked = self.question
        return count(asked.system + asked.common + asked.body)

    def prompt(self) -> dict[str, Any]:
        """The prompt as it would be sent."""
        asked = without_secrets(self.question)
        return {
            "node": asked.node,
            "subject": asked.subject,
            "aspects": list(self.aspects),
            "calls": self.times,
            "prompt_tokens": self.tokens,
            "as_sent": self.as_sent,
            "system": asked.system,
            "question": asked.user,
            "answer": self.schema.__name__,
        }


@dataclass
class _Planned:
    calls: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0
    families: dict[str, int] = field(default_factory=dict)

    def add(self, call: _Call) -> None:
        self.calls += call.times
        self.prompt_tokens += call.times * call.tokens
        self.answer_tokens += call.times * (ANSWER_TOKENS[call.question.node] + call.answer)
        subject = call.question.subject
        self.families[subject] = self.families.get(subject, 0) + call.times


def estimate(
    state: DistillState, runtime: Runtime[DistillSettings], *, roster: Sequence[Analyst]
) -> DistillState:
    """Plan the calls, then remove the run's staged traces and artifacts from the library.

    The prompts about outcomes are those that would be sent, and so are the readers' unless outcomes are to
    be judged first. The other prompts are estimated from the drafts as code words them, with the critic asked
    in every round that the settings allow.
    """
    context = settings(runtime)
    artifacts = Artifacts(context.library, state["run"])
    unasked = set() if context.judge_outcomes else {NODE}
    nodes = {node: _Planned() for node in ANSWER_TOKENS if node not in unasked}
    prompts: list[dict[str, Any]] = []
    schemas: dict[str, type[BaseModel]] = {}
    for call in _calls(state, context, roster, artifacts):
        nodes[call.question.node].add(call)
        if context.show_prompts:
            prompts.append(call.prompt())
            schemas[call.schema.__name__] = call.schema
    with Library(context.library) as library:
        library.unstage(state["run"])
    artifacts.clear()
    forget_pools()
    planned = _summary(nodes, context)
    if context.show_prompts:
        answers = {name: schema.model_json_schema() for name, schema in sorted(schemas.items())}
        planned |= {"prompts": prompts, "answers": answers}
    return {"calls_planned": planned}


def _calls(
    state: DistillState, context: DistillSettings, roster: Sequence[Analyst], artifacts: Artifacts
) -> Iterator[_Call]:
    if context.judge_outcomes:
        with Library(context.library) as library:
            room = {"tokens": context.batch_tokens, "share": context.run_tokens}
            for trace in library.traces(library.judged(state["run"]), run=state["run"]):
                yield _Call(outcome_question(trace, **room)[0], OutcomeAnswer, as_sent=True)
    for task in state["reads"]:
        pool = family_pool(context.library, state["run"], task["family"])
        batch = artifacts.batch(task["family"], task["batch"])
        shown = batch.transcript({trace.hash: trace for trace in pool.traces})
        asked = reader_question(task, shown, roster, artifacts)
        longer = CAUSE_TOKENS * len(asked.failed)
        yield _Call(
            asked.question,
            asked.schema,
            aspects=tuple(task["analysts"]),
            answer=longer,
            as_sent=not context.judge_outcomes,
        )
    for family in state["drafts"]:
        draft = artifacts.draft(family, 0)
        traces = family_traces(context.library, state["run"], family)
        editor = Editor(draft, traces, artifacts.glossary(family).tools)
        yield _Call(edit_question(editor), Edit, 2)
        if context.max_revisions:
            yield _Call(critic_question(draft, ()), Criticism, context.max_revisions)


def _summary(nodes: dict[str, _Planned], context: DistillSettings) -> dict[str, Any]:
    models = model_settings(context)
    summary: dict[str, Any] = {"model": models.model, "prompts_version": VERSION, "by_node": {}}
    cost = 0.0
    for node, planned in nodes.items():
        summary["by_node"][node] = {
            "calls": planned.calls,
            "prompt_tokens": planned.prompt_tokens,
            "completion_tokens": planned.answer_tokens,
            "families": dict(sorted(planned.families.items())),
        }
        price = models.price if node in READERS else models.synthesis_price or models.price
        if price:
            cost += (planned.prompt_tokens * price[0] + planned.answer_tokens * price[1]) / 1e6
    summary |= {
        name: sum(each[name] for each in summary["by_node"].values())
        for name in ("calls", "prompt_tokens", "completion_tokens")
    }
    return summary | {"cost": round(cost, 6) if models.price else None}
