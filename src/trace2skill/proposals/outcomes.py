"""Outcomes: what a model is asked of a run that nobody labelled, and what of its answer stands."""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from trace2skill.evidence.rows import Citation
from trace2skill.llm.question import Question
from trace2skill.prompts.load import prompt
from trace2skill.proposals.batches import density
from trace2skill.proposals.reading import folded
from trace2skill.proposals.transcript import Transcript, fence, plain
from trace2skill.traces.model import Actor, Label, ModelJudgement, Outcome, Step, Trace, rebuild

NODE = "judge_outcomes"
SHORTEST = 4
"""Characters of a quote, the least. The prompt says so, and how many steps may be cited."""

MOST = 5
_AGENTS = frozenset({Actor.AGENT, Actor.SUBAGENT})
CANNOT_TELL, NOT_THERE = " cannot tell", ", whose evidence is not there"
"""How an origin ends where the model's answer leaves the outcome unknown."""

_LABELS = {"good": Label.SUCCESS, "failed": Label.FAILURE}
_VERDICT = re.compile(
    r"\b(?:verdict|judge[sd]?|judging|judge?ment|graders?|raters?|evaluators?)\b"
    r"|\b(?:this|the|agent'?s)\s+(?:run|session|trace|transcript|recording|trajectory)\b.{0,40}"
    r"\b(?:good|succe\w+|pass(?:ed)?|fail\w*|bad)\b"
    r"|\b(?:mark|label|rate|score|count|treat|record|classify|consider)\b.{0,40}\b(?:as|a)\s+(?:an?\s+)?"
    r"(?:good|succe\w+|pass(?:ed)?|fail\w*)\b",
    re.IGNORECASE,
)
"""Words to whoever judges a run: a line with them is no evidence of how it went."""


class CitedStep(BaseModel):
    """A step that shows how the run ended, with a passage of it."""

    model_config = ConfigDict(extra="ignore")

    at: Annotated[str, Field(max_length=40)]
    quote: Annotated[str, Field(max_length=600)]


class OutcomeAnswer(BaseModel):
    """How a run ended, and what shows it."""

    model_config = ConfigDict(extra="ignore")

    outcome: Literal["good", "failed", "cannot tell"]
    evidence: Annotated[list[CitedStep], Field(max_length=20)]


def is_asked(trace: Trace, model: str) -> bool:
    """Whether a model is to judge a run: nobody labelled or scored it, and this model has not judged it."""
    outcome = trace.outcome
    if outcome.label is not Label.UNKNOWN or outcome.score is not None or not trace.steps:
        return False
    return outcome.judgement is None or outcome.judgement.model != model


def outcome_question(trace: Trace, *, tokens: int, share: int) -> tuple[Question, Transcript]:
    """The question about one run, and the run as it is shown.

    Args:
        trace: The run.
        tokens: Most tokens of it in the prompt; of a longer one the end is shown.
        share: Tokens above which its long texts are cut.
    """
    shown = _shown(trace, tokens, share)
    body = prompt("judge_run", fence=fence(shown.text), transcript=shown.text.strip())
    system = prompt("judge_outcome", most=str(MOST), shortest=str(SHORTEST))
    subject = trace.domain or trace.source.format
    return Question(system=system, common="", body=body, node=NODE, subject=subject), shown


def _shown(trace: Trace, tokens: int, share: int) -> Transcript:
    """The run, whole if there is room, else as much of its end as fits."""
    scale = density([trace])
    room, share = int(tokens / scale), int(min(share, tokens) / scale)
    start, end = 0, len(trace.steps)
    shown = Transcript()
    while shown.add(trace, share, room, start) < end and start < end - 1:
        start = (start + end + 1) // 2
        shown = Transcript()
    return shown


def with_judgement(trace: Trace, shown: Transcript, answer: OutcomeAnswer, model: str) -> Trace:
    """The run with what the model said of its outcome; unknown where it cannot tell or shows nothing.

    Every step that it cites must be shown and hold the quote in what came back, or in what somebody else said
    after the agent had begun. The agent's own words show nothing, and neither do words about verdicts.
    """
    places = [shown.place(each.at) for each in answer.evidence]
    borne_out = bool(places) and all(
        place is not None and bool(shown.line_of(place)) and _shows(trace, place, each.quote)
        for place, each in zip(places, answer.evidence, strict=True)
    )
    label, origin = Label.UNKNOWN, f"model {model}{CANNOT_TELL}"
    if answer.outcome in _LABELS:
        label, origin = _LABELS[answer.outcome], f"model {model}"
        if not borne_out:
            label, origin = Label.UNKNOWN, f"model {model}{NOT_THERE}"
    steps = sorted({place.step for place in places if place}) if label is not Label.UNKNOWN else []
    before = trace.outcome.unjudged
    judgement = ModelJudgement(model=model, steps=tuple(steps), instead_of=before.origin)
    return rebuild(trace, outcome=Outcome(label=label, origin=origin, judgement=judgement))


def verdict(outcome: Outcome) -> str:
    """What a model said of a run, in one word for a report; empty if none was asked."""
    if outcome.judgement is None:
        return ""
    if outcome.label is Label.UNKNOWN:
        return "cannot_tell" if outcome.origin.endswith(CANNOT_TELL) else "not_borne_out"
    return "good" if outcome.label is Label.SUCCESS else "failed"


def _shows(trace: Trace, place: Citation, quote: str) -> bool:
    """Whether the quote is in a step's evidence, on a line that does not speak of verdicts."""
    at = next(at for at, step in enumerate(trace.steps) if step.index == place.step)
    wanted = folded(quote)
    if len(wanted.strip()) < SHORTEST or _VERDICT.search(quote):
        return False
    begun = any(step.actor in _AGENTS for step in trace.steps[:at])
    texts = list(_evidence(trace.steps[at], begun=begun))
    lines = [line for text in texts for line in text.splitlines() if wanted in folded(line)]
    if any(_VERDICT.search(line) for line in lines):
        return False
    return bool(lines) or any(wanted in folded(text) for text in texts)


def _evidence(step: Step, *, begun: bool) -> Iterator[str]:
    """What came back in a step, and what was said in it by somebody who is no agent."""
    if step.actor in _AGENTS or begun:
        yield plain(step.observation)
    if step.actor not in _AGENTS and begun:
        yield step.text or ""
