"""Synthesis: a model names a skill, orders its rules and words them; code sees that they say the same."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, NamedTuple

import orjson
from pydantic import BaseModel, ConfigDict, Field

from trace2skill.claims.notation import claim_text
from trace2skill.dialogue.fidelity import unfaithful
from trace2skill.dialogue.untrusted import Recording, fence, objectionable
from trace2skill.models.question import Question
from trace2skill.prompts.load import prompt
from trace2skill.skills.citations import cut_middle
from trace2skill.skills.compose import numbered
from trace2skill.skills.escape import one_line
from trace2skill.skills.evidence_wording import numbers
from trace2skill.skills.figures import numbers_in
from trace2skill.skills.instance import mentions_instance
from trace2skill.skills.model import Skill, SkillRule
from trace2skill.skills.naming import slug
from trace2skill.skills.wording import statement
from trace2skill.traces.model import Trace

SHOWN_TASKS = 4
LONGEST_TASK = 300
LONGEST = {"title": 80, "description": 500, "goal": 240, "when_to_use": 400}
"""Characters of the texts that a model may give a skill."""


class WordedRule(BaseModel):
    """A rule by its id, and its new sentence."""

    model_config = ConfigDict(extra="ignore")

    id: Annotated[str, Field(max_length=10)]
    text: Annotated[str, Field(max_length=1200)]


class Wording(BaseModel):
    """A skill's texts, and its rules in the order in which a reader needs them."""

    model_config = ConfigDict(extra="ignore")

    name: Annotated[str, Field(max_length=80)] = ""
    title: Annotated[str, Field(max_length=200)] = ""
    description: Annotated[str, Field(max_length=1200)] = ""
    goal: Annotated[str, Field(max_length=600)] = ""
    when_to_use: Annotated[str, Field(max_length=1200)] = ""
    rules: Annotated[list[WordedRule], Field(max_length=80)]


class Worded(NamedTuple):
    """A skill with what could be taken from a wording, and what could not, by reason."""

    skill: Skill
    taken: int
    dropped: Mapping[str, int]


def wording_question(skill: Skill, traces: Sequence[Trace], tools: Iterable[str]) -> Question:
    """The question how a draft should be named, ordered and worded."""
    tasks = "\n".join(
        f"- {cut_middle(one_line(task), LONGEST_TASK)}"
        for task in sorted({trace.task for trace in traces if trace.task})[:SHOWN_TASKS]
    )
    body = prompt(
        "synthesise_draft",
        tools=", ".join(sorted(tools)),
        fence=fence(tasks),
        tasks=tasks or "(their texts are not known)",
        head=head_line(skill),
        rules="\n".join(rule_line(rule) for rule in skill.rules),
    )
    return Question(
        system=prompt("synthesise"), common="", body=body, node="synthesise", subject=skill.family
    )


def head_line(skill: Skill) -> str:
    """A skill's own texts as a line of JSON."""
    return orjson.dumps({name: getattr(skill, name) for name in ("name", *LONGEST)}).decode()


def rule_line(rule: SkillRule, *, evidence: bool = False) -> str:
    """A rule as a line of JSON: its sentence, and the claim where it has one, with its evidence if wanted."""
    line: dict[str, object] = {"id": rule.name, "says": rule.text, "tier": rule.tier.value}
    if rule.finding:
        line["claim"] = claim_text(rule.finding.claim)
        line |= {"evidence": numbers(rule.finding)} if evidence else {}
        own = statement(rule.finding)
        line |= {"code_says": own} if own != rule.text else {}
    return orjson.dumps(line).decode()


def worded(skill: Skill, wording: Wording, traces: Sequence[Trace], tools: frozenset[str]) -> Worded:
    """The draft with what may be taken of the wording: order, faithful sentences, harmless texts.

    Args:
        skill: The draft.
        wording: The model's.
        traces: The family's traces, to tell what was copied from them.
        tools: Every tool of the family.
    """
    dropped: Counter[str] = Counter()
    taken = 0
    recording = recording_of(traces)
    texts: dict[str, str] = {}
    for name, longest in LONGEST.items():
        text = one_line(getattr(wording, name))
        if not text or text == getattr(skill, name):
            continue
        problem = _harmful(text, longest, recording)
        if problem:
            dropped[f"{name}: {problem}"] += 1
        else:
            texts[name] = text
    if (name := slug(wording.name)) and "-" in name and not _harmful(name.replace("-", " "), 64, recording):
        texts["name"] = name
    by_id = {rule.name: rule for rule in skill.rules}
    rules: list[SkillRule] = []
    for one in wording.rules:
        rule = by_id.pop(one.id, None)
        if rule is None:
            dropped["rule: no such id"] += 1
            continue
        rule, problem = reworded(rule, one.text, tools, recording)
        if problem:
            dropped[f"rule: {problem.partition(',')[0]}"] += 1
        rules.append(rule)
    ordered = numbered([*rules, *by_id.values()])
    taken = len(texts) + sum(
        rule.finding is not None and rule.text != statement(rule.finding) for rule in ordered
    )
    return Worded(skill.model_copy(update={**texts, "rules": ordered}), taken, dict(sorted(dropped.items())))


def reworded(
    rule: SkillRule, text: str, tools: frozenset[str], recording: Recording
) -> tuple[SkillRule, str]:
    """The rule in other words, or as it was and why; a note keeps its words."""
    text = one_line(text)
    if rule.finding is None or not text or text == rule.text:
        return rule, ""
    problem = unfaithful(text, rule.finding, tools)
    if not problem and recording.has_passage_of(text, but=statement(rule.finding)):
        problem = "copies a passage of a run"
    return (rule, problem) if problem else (rule.model_copy(update={"text": text}), "")


def reword_question(skill: Skill, against: Mapping[str, str]) -> Question:
    """The question how the rules objected to should be worded instead; `against` gives the reasons by id."""
    lines = [
        f"{rule_line(rule)}\n  objection: {against[rule.name]}"
        for rule in skill.rules
        if rule.name in against
    ]
    text = "\n".join(lines)
    body = prompt("reword_draft", fence=fence(text), rules=text)
    return Question(
        system=prompt("synthesise"), common="", body=body, node="synthesise", subject=skill.family
    )


def _harmful(text: str, longest: int, recording: Recording) -> str:
    if problem := objectionable(text, longest=longest):
        return problem
    if numbers_in(text):
        return "states a number"
    if mentions_instance(text, ""):
        return "names what belongs to one run"
    return "copies a passage of a run" if recording.has_passage_of(text) else ""


def recording_of(traces: Iterable[Trace]) -> Recording:
    """What the tools of these runs returned and others said."""
    return Recording(text for trace in traces for text in _returned(trace))


def _returned(trace: Trace) -> Iterable[str]:
    """What tools returned and others said; the task is what a trigger may well repeat."""
    for step in trace.steps:
        if isinstance(step.observation, str):
            yield step.observation
        elif step.observation is not None:
            yield orjson.dumps(step.observation).decode()
        yield step.text or ""
