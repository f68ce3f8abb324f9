"""Synthesis.

A model names a skill, orders its rules and words them; code checks that they still say the same.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, NamedTuple

import orjson
from pydantic import BaseModel, ConfigDict, Field

from trace2skill.claims.instance import mentions_instance
from trace2skill.claims.model import Compare, Constant, Milestones
from trace2skill.claims.model import Sequence as SequenceClaim
from trace2skill.claims.notation import TOLD, claim_text
from trace2skill.claims.traversal import actions_of, constant_arguments, fact_keys, leaves_of, patterns_of
from trace2skill.evidence.finding import Finding
from trace2skill.llm.question import Question
from trace2skill.prompts.load import prompt
from trace2skill.proposals.transcript import Recording, fence, objectionable, without_code_marks
from trace2skill.skills.citations import cut_middle
from trace2skill.skills.compose import numbered
from trace2skill.skills.critique import numbers_in
from trace2skill.skills.model import Skill, SkillRule
from trace2skill.skills.naming import slug
from trace2skill.traces.model import Trace
from trace2skill.wording.claims import statement
from trace2skill.wording.escape import one_line
from trace2skill.wording.evidence import numbers

ROOM = 2.0
"""How much longer than the claim's own sentence a rewording may be."""

SHORTEST_LIMIT = 240
_SET_OFF = re.compile(r"`[^`]*`|\*[^*]*\*|\"[^\"]*\"")
_NEGATION = re.compile(
    r"\b(?:not|never|no|none|nothing|without|avoid|unless|cannot|neither|nor|refuse|refrain|skip|forbidden|stop)\b|n't\b",
    re.IGNORECASE,
)
_MORE = re.compile(r"\b(?:more|above|over|exceed\w*|greater|at least|minimum|later|after)\b", re.IGNORECASE)
_LESS = re.compile(r"\b(?:less|below|under|fewer|at most|maximum|smaller|earlier|before)\b", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z0-9]+")
_NEW_WORDS = 3
"""Words that a rewording may bring along, plain ones aside; a quarter of a long sentence."""

_PLAIN_WORDS = frozenset(
    """
    after again already also and any apply before been being both call carry check does done else ensure
    every first following found from have having here into itself just make must need next never once one
    only otherwise other perform please read right same should show shown soon still such sure take that
    their them then there these they this until used using when whenever where whether which while will
    with you your
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
_SMALL = 3
"""Letters; shorter words of a fact's name may be left out."""


def unfaithful(text: str, finding: Finding, tools: frozenset[str]) -> str:
    """What is wrong with a rewording; empty if it may stand for the claim's own sentence.

    It must name the claim's tools, in its order, and no other tool of the family; its facts, its values;
    negate where it negates; compare in its direction; and hold no number, name or id of its own.

    Args:
        text: The rewording.
        finding: What it words.
        tools: Every tool of the family.
    """
    own = statement(finding)
    limit = max(SHORTEST_LIMIT, int(ROOM * len(own)))
    return (
        objectionable(text, longest=limit, like=own)
        or _numbers(text, own)
        or _tools(text, own, finding, tools)
        or _values(text, finding)
        or _facts(text, finding)
        or _direction(text, own)
        or _additions(text, own)
    )


def _numbers(text: str, own: str) -> str:
    loose = [number for number in numbers_in(text) if number not in numbers_in(own)]
    if loose:
        return f"states {', '.join(loose)}, which is not in the claim"
    named = mentions_instance(text, own)
    return f"names {', '.join(named)}, which is not in the claim" if named else ""


def _tools(text: str, own: str, finding: Finding, tools: frozenset[str]) -> str:
    wanted = {pattern.tool for pattern in patterns_of(finding.claim)} - {"*"}
    missing = sorted(tool for tool in wanted if not _names(text, tool))
    if missing:
        return f"does not name {', '.join(missing)}"
    # A tool that is an ordinary word may stand in any sentence; one that is written as a name may not.
    telling = (tool for tool in tools - wanted if "_" in tool or f"`{tool}`" in text)
    other = sorted(tool for tool in telling if _names(text, tool) and not _names(own, tool))
    if other:
        return f"names {', '.join(other)}, which the claim does not"
    if isinstance(finding.claim, SequenceClaim | Milestones):
        places = [text.find(action.tool) for action in actions_of(finding.claim) if action.tool != "*"]
        first = [place for at, place in enumerate(places) if place not in places[:at]]
        if first != sorted(first):
            return "names the tools in another order"
    return ""


def _values(text: str, finding: Finding) -> str:
    folded = " ".join(text.lower().split())
    missing = sorted({value for value in _constants(finding) if value.lower() not in folded})
    return f"leaves out {', '.join(missing)}" if missing else ""


def _constants(finding: Finding) -> Iterator[str]:
    """Texts and numbers that the claim names; true and false are worded in many ways."""
    for pattern in actions_of(finding.claim):
        for constant in constant_arguments(pattern).values():
            yield from _told(constant)
    for leaf in leaves_of(finding.claim):
        if isinstance(leaf, Compare) and leaf.operator != "matches":
            for side in (leaf.left, leaf.right):
                if isinstance(side, Constant):
                    yield from _told(side)


def _told(constant: Constant) -> Iterator[str]:
    value = constant.value
    if isinstance(value, str) and value.strip():
        yield " ".join(value.split())
    elif isinstance(value, int | float) and not isinstance(value, bool) and value not in {0, 1}:
        yield f"{value:g}"


def _facts(text: str, finding: Finding) -> str:
    said = {_stem(word) for word in _WORD.findall(text)}
    for leaf in leaves_of(finding.claim):
        for key in set(fact_keys(leaf)) - TOLD:
            tail = key.rpartition(".")[2] if " " not in key else key.partition(" says: ")[2]
            words = {_stem(word) for word in _WORD.findall(tail) if len(word) > _SMALL}
            if words and 2 * len(words & said) < len(words):
                return f"does not speak of {key}"
    return ""


def _stem(word: str) -> str:
    word = word.lower()
    return word[:-1] if len(word) > _SMALL and word.endswith("s") else word


def _direction(text: str, own: str) -> str:
    worded, claimed = _SET_OFF.sub("", text), _SET_OFF.sub("", own)
    if bool(_NEGATION.search(worded)) is not bool(_NEGATION.search(claimed)):
        return "negates where the claim does not, or the other way round"
    for one, other in ((_MORE, _LESS), (_LESS, _MORE)):
        if (
            one.search(claimed)
            and not other.search(claimed)
            and other.search(worded)
            and not one.search(worded)
        ):
            return "compares the other way round"
    return ""


def _additions(text: str, own: str) -> str:
    """A rewording needs some words of its own; a further advice needs more of them."""
    claimed = {_stem(word) for word in _WORD.findall(own)}
    telling = {_stem(word) for word in _WORD.findall(text) if len(word) > _SMALL}
    new = telling - claimed - _PLAIN_WORDS
    return "says more than the claim" if len(new) > max(_NEW_WORDS, len(claimed) // 4) else ""


def _names(text: str, tool: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(tool)}(?!\w)", text) is not None


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
    """The question that asks for a draft's name, order and wording."""
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
        text = without_code_marks(one_line(getattr(wording, name)), tools)
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
    """The question that asks for other words for the rules objected to; `against` has the reasons by id."""
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
