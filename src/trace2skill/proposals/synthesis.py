"""Synthesis: a model edits a draft.

It names the skill, orders, unites, words and leaves out rules; code checks each sentence against what it
rests on.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, NamedTuple

import orjson
from pydantic import BaseModel, ConfigDict, Field

from trace2skill.claims.instance import identities_in, mentions_instance
from trace2skill.claims.notation import claim_text
from trace2skill.evidence.rows import Grade, Tier
from trace2skill.llm.question import Question
from trace2skill.prompts.load import prompt
from trace2skill.proposals.fidelity import unfaithful, unfaithful_to_notes
from trace2skill.proposals.transcript import (
    Recording,
    fence,
    objectionable,
    usable_reason,
    without_code_marks,
)
from trace2skill.skills.citations import cut_middle
from trace2skill.skills.compose import numbered
from trace2skill.skills.critique import numbers_in
from trace2skill.skills.model import ModuleName, Skill, SkillRule
from trace2skill.skills.naming import slug
from trace2skill.skills.untrusted_content import planted_in_prose
from trace2skill.traces.model import Trace
from trace2skill.wording.claims import statement
from trace2skill.wording.escape import one_line
from trace2skill.wording.evidence import numbers

STANDS_FROM = 3
"""Good runs that keep to a hypothesis from which an editor may not leave it out."""

SHOWN_TASKS = 4
LONGEST_TASK = 300
LONGEST = {"title": 80, "description": 500, "goal": 240, "when_to_use": 400}
"""Characters of the texts that a model may give a skill."""


Id = Annotated[str, Field(max_length=10)]
PARTS = {
    "look": ModuleName.LOOK,
    "steps": ModuleName.PROCEDURE,
    "decide": ModuleName.CONDITIONS,
    "beware": ModuleName.PITFALLS,
}
"""The parts of a playbook among which notes may be moved."""


class EditedRule(BaseModel):
    """A rule by its id, its new sentence, the notes that this takes in, and where a note is to stand."""

    model_config = ConfigDict(extra="ignore")

    id: Id
    text: Annotated[str, Field(max_length=1200)] = ""
    unites: Annotated[list[Id], Field(max_length=20)] = []
    part: Annotated[str, Field(max_length=20)] | None = None


class Omission(BaseModel):
    """A rule that is to be left out, and why."""

    model_config = ConfigDict(extra="ignore")

    id: Id
    reason: Annotated[str, Field(max_length=600)] = ""


class Edit(BaseModel):
    """A skill's texts, its rules in the order in which a reader needs them, and what is left out."""

    model_config = ConfigDict(extra="ignore")

    name: Annotated[str, Field(max_length=80)] = ""
    title: Annotated[str, Field(max_length=200)] = ""
    description: Annotated[str, Field(max_length=1200)] = ""
    goal: Annotated[str, Field(max_length=600)] = ""
    when_to_use: Annotated[str, Field(max_length=1200)] = ""
    rules: Annotated[list[EditedRule], Field(max_length=80)]
    omit: Annotated[list[Omission], Field(max_length=80)] = []


class Refused(NamedTuple):
    """A sentence that code does not take, and why."""

    text: str
    reason: str


class Edited(NamedTuple):
    """A skill with what could be taken of an edit.

    `taken` counts sentences and texts, `dropped` what could not be taken by reason. `refused` are the
    sentences among these, by the id of their rule or the name of the text; `omitted` the rules left out, with
    the reason.
    """

    skill: Skill
    taken: int
    dropped: Mapping[str, int]
    refused: Mapping[str, Refused]
    omitted: tuple[tuple[SkillRule, str], ...] = ()


def edit_question(editor: "Editor") -> Question:
    """The question that asks for an edit of a draft."""
    skill = editor.draft
    tasks = "\n".join(
        f"- {cut_middle(one_line(task), LONGEST_TASK)}"
        for task in sorted({trace.task for trace in editor.traces if trace.task})[:SHOWN_TASKS]
    )
    body = prompt(
        "synthesise_draft",
        tools=", ".join(sorted(editor.tools)),
        fence=fence(tasks),
        tasks=tasks or "(their texts are not known)",
        head=head_line(skill),
        rules="\n".join(rule_line(rule) for rule in skill.rules),
    )
    return _question(skill, body)


def _question(skill: Skill, body: str) -> Question:
    limits = {f"longest_{name}": str(longest) for name, longest in LONGEST.items()}
    system = prompt("synthesise", **limits)
    return Question(system=system, common="", body=body, node="synthesise", subject=skill.family)


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


class Editor:
    """Applies edits to one draft.

    A sentence may take in notes, beside the claim that its rule rests on; measured rules are not united. What
    good runs keep to is not left out. Rules that an edit does not name follow in their order.

    Args:
        draft: The draft.
        traces: The family's traces, to tell what was copied from them.
        tools: Every tool of the family.
    """

    def __init__(self, draft: Skill, traces: Sequence[Trace], tools: frozenset[str]) -> None:
        self.draft = draft
        self.traces = traces
        self.tools = tools
        self._ground = ground_of(traces, tools)

    def edited(self, edit: Edit) -> Edited:
        """The draft with what may be taken: order, faithful sentences, harmless texts, omissions."""
        fates = _Fates()
        left = {rule.name: rule for rule in self.draft.rules}
        texts = self._head(edit, fates)
        omitted = tuple(_omitted(edit.omit, left, fates))
        rules = [rule for one in edit.rules if (rule := self._rule(one, left, fates)) is not None]
        ordered = numbered([*rules, *left.values()])
        before = {rule.text for rule in self.draft.rules}
        taken = len(texts) + sum(rule.text not in before for rule in ordered)
        skill = self.draft.model_copy(update={**texts, "rules": ordered})
        return Edited(skill, taken, dict(sorted(fates.dropped.items())), fates.refused, omitted)

    def _head(self, edit: Edit, fates: "_Fates") -> dict[str, str]:
        known = " ".join(rule.text for rule in self.draft.rules)
        told = _stems(" ".join([known, *self.tools, *(trace.task for trace in self.traces)]))
        told |= _stems(" ".join(getattr(self.draft, name) for name in ("name", *LONGEST)))
        texts: dict[str, str] = {}
        for name, longest in LONGEST.items():
            text = without_code_marks(one_line(getattr(edit, name)), self.tools)
            if not text or text == getattr(self.draft, name):
                continue
            if problem := _harmful(text, longest, self._ground.recording, known) or _strange(text, told):
                fates.refuse(name, name, text, problem)
            else:
                texts[name] = text
        name = slug(edit.name)
        if "-" in name and not _harmful(name.replace("-", " "), 64, self._ground.recording):
            texts["name"] = name
        return texts

    def _rule(self, one: EditedRule, left: dict[str, SkillRule], fates: "_Fates") -> SkillRule | None:
        """The rule in its new words, where it may have them; what it takes in is no longer `left`."""
        base = left.pop(one.id, None)
        if base is None:
            fates.dropped["rule: no such id"] += 1
            return None
        if base.finding is None and (module := PARTS.get(one.part or "")):
            base = base.model_copy(update={"module": module})
        others = [left[name] for name in dict.fromkeys(one.unites) if name in left]
        found, problem = united(base, others, one.text, self._ground)
        if problem:
            fates.refuse("rule", one.id, one_line(one.text), problem)
        elif found is not base:
            for each in others:
                del left[each.name]
        return found


class _Fates:
    """What is not taken of an edit, by reason, and the sentences among it."""

    def __init__(self) -> None:
        self.dropped: Counter[str] = Counter()
        self.refused: dict[str, Refused] = {}

    def refuse(self, what: str, name: str, text: str, problem: str) -> None:
        self.dropped[f"{what}: {problem.partition(',')[0].partition(':')[0]}"] += 1
        self.refused[name] = Refused(text, problem)


def _omitted(
    omissions: Iterable[Omission], left: dict[str, SkillRule], fates: _Fates
) -> Iterator[tuple[SkillRule, str]]:
    for one in omissions:
        rule = left.get(one.id)
        if rule is None:
            fates.dropped["omit: no such id"] += 1
        elif _stands(rule):
            fates.dropped["omit: good runs keep to it"] += 1
        else:
            yield left.pop(one.id), f"the editor: {usable_reason(one.reason)}"


def _stands(rule: SkillRule) -> bool:
    """Whether only a critic may have the rule left out."""
    finding = rule.finding
    if finding is None:
        return False
    firm = finding.protected or finding.tier is not Tier.HYPOTHESIS or finding.grade is Grade.EXPLORATORY
    return firm or finding.summary.practice.kept >= STANDS_FROM


class Ground(NamedTuple):
    """What sentences about a family are checked against.

    `tools` are all of its tools, `recording` is what tools returned and others said, `identities` are values
    that belong to single runs.
    """

    tools: frozenset[str]
    recording: Recording
    identities: frozenset[str]


def ground_of(traces: Sequence[Trace], tools: frozenset[str]) -> Ground:
    """What sentences about these runs are checked against."""
    return Ground(tools, recording_of(traces), identities_in(traces))


def united(rule: SkillRule, others: Sequence[SkillRule], text: str, ground: Ground) -> tuple[SkillRule, str]:
    """One rule that says what all of these say, or the rule as it was and why.

    Args:
        rule: The rule to be worded.
        others: What its sentence takes in; at most one of all rules may be measured.
        text: The sentence.
        ground: What it is checked against.
    """
    text = one_line(text)
    if not text or (text == rule.text and not others):
        return rule, ""
    every = (rule, *others)
    measured = [each for each in every if each.finding]
    notes = [each.text for each in every if each.finding is None or each.quotes]
    if len(measured) > 1:
        return rule, "unites several measured rules"
    kept = measured[0] if measured else rule
    own = statement(kept.finding) if kept.finding else ""
    text = without_code_marks(text, {tool for tool in ground.tools if f"`{tool}" not in own})
    if kept.finding:
        problem = unfaithful(text, kept.finding, ground.tools, notes)
    else:
        problem = unfaithful_to_notes(text, notes, ground.tools)
    known = " ".join((own, *notes))
    if not problem and any(one in text and one not in known for one in ground.identities):
        problem = "names what belongs to one run"
    if not problem and ground.recording.has_passage_of(text, but=known):
        problem = "copies a passage of a run"
    if not problem and (steers := planted_in_prose(text)):
        problem = f"reads as if it steered an agent: it {steers}"
    if problem:
        return rule, problem
    quotes = tuple(sorted({place for each in every for place in each.quotes}))
    return kept.model_copy(update={"text": text, "quotes": quotes}), ""


def amended(edit: Edit, again: Edit, refused: Collection[str]) -> Edit:
    """The edit with the sentences and texts that were refused replaced by those of a second answer."""
    texts = {one.id: one.text for one in again.rules if one.text}
    rules = [
        one.model_copy(update={"text": texts[one.id]}) if one.id in refused and one.id in texts else one
        for one in edit.rules
    ]
    head = {name: text for name in LONGEST if name in refused and (text := getattr(again, name))}
    return edit.model_copy(update={**head, "rules": rules})


def second_question(editor: Editor, edit: Edit, refused: Mapping[str, Refused]) -> Question:
    """The question that sends refused sentences back, each with the reason."""
    rules = {rule.name: rule for rule in editor.draft.rules}
    unites = {one.id: one.unites for one in edit.rules}
    lines: list[str] = []
    for name, (text, reason) in refused.items():
        known = [rule_line(rules[each]) for each in (name, *unites.get(name, ())) if each in rules]
        lines += [*known, f"  sentence for {name}: {orjson.dumps(text).decode()}", f"  objection: {reason}"]
    return _reword(editor.draft, "\n".join(lines))


def reword_question(skill: Skill, against: Mapping[str, str]) -> Question:
    """The question that asks for other words for the rules objected to; `against` has the reasons by id."""
    lines = [
        f"{rule_line(rule)}\n  objection: {against[rule.name]}"
        for rule in skill.rules
        if rule.name in against
    ]
    return _reword(skill, "\n".join(lines))


def _reword(skill: Skill, text: str) -> Question:
    return _question(skill, prompt("reword_draft", fence=fence(text), rules=text))


def _harmful(text: str, longest: int, recording: Recording, known: str = "") -> str:
    if problem := objectionable(text, longest=longest):
        return problem
    if numbers_in(text):
        return "states a number"
    if mentions_instance(text, ""):
        return "names what belongs to one run"
    return "copies a passage of a run" if recording.has_passage_of(text, but=known) else ""


def _strange(text: str, ground: set[str]) -> str:
    """Whether most of what a text says is in no rule, tool or task of the draft."""
    said = _stems(text)
    return "says what is in no rule, tool or task" if len(said - ground) > max(2, len(said) / 2) else ""


def _stems(text: str) -> set[str]:
    """The first letters of its longer words, so that endings do not matter."""
    return {word[:5] for word in re.findall(r"[^\W\d_]{4,}", text.lower())}


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
