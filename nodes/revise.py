"""Revise: mend the drafts that were objected to."""

from collections.abc import Sequence

from langgraph.runtime import Runtime

from trace2skill.dialogue.criticism import open_wordings
from trace2skill.dialogue.glossary import Glossary
from trace2skill.dialogue.synthesis import Wording, recording_of, reword_question, reworded
from trace2skill.dialogue.untrusted import Recording
from trace2skill.models.question import Question
from trace2skill.nodes.askers import NO_MODELS, Models, asked_together, asker
from trace2skill.nodes.context import DistillContext, settings
from trace2skill.nodes.critique import Objections
from trace2skill.nodes.pools import family_traces
from trace2skill.nodes.report import LeftOut, plain
from trace2skill.nodes.state import DistillState
from trace2skill.nodes.workbench import Workbench
from trace2skill.skills.finding import Finding
from trace2skill.skills.model import Skill, SkillRule
from trace2skill.skills.objections import Objection, ObjectionKind
from trace2skill.skills.revise import revise as mend
from trace2skill.store.records import Rejection
from trace2skill.traces.model import Frozen


class Dropped(Frozen):
    """The findings that a revision took out of a draft, and why."""

    rejections: tuple[Rejection, ...] = ()


def revise(
    state: DistillState, runtime: Runtime[DistillContext], *, models: Models = NO_MODELS
) -> DistillState:
    """Lay down the next revision of every draft; those without objections as they are.

    Where a critic objects to words, the model is asked for others; where those will not do, the claim's own
    sentence takes their place.
    """
    context = settings(runtime)
    bench = Workbench(context.library, state["run"])
    before, after = str(state["revisions"]), str(state["revisions"] + 1)
    left_out: list[LeftOut] = []
    wordings = {} if state.get("stopped") else _other_words(state, context, models)
    for family in state["drafts"]:
        draft = bench.get(Skill, family, before)
        if family in state["objections"]:
            objections = bench.get(Objections, family, before).objections
            if family in wordings:
                tools = bench.get(Glossary, family).tools
                said = recording_of(family_traces(context.library, state["run"], family))
                draft, objections = _in_other_words(draft, objections, wordings[family], (tools, said))
            mended = mend(draft, objections)
            gone = _gone(draft, mended)
            left_out += [_left_out(draft, rule, objections) for rule in gone]
            bench.put(_dropped(gone, objections), family, before)
            draft = mended
        bench.put(draft, family, after)
    return {
        "revisions": state["revisions"] + 1,
        "left_out": [*state["left_out"], *(plain(each) for each in left_out)],
    }


def _other_words(state: DistillState, context: DistillContext, models: Models) -> dict[str, Wording]:
    """New wordings of the rules whose words a critic objects to, by family."""
    bench = Workbench(context.library, state["run"])
    questions: dict[str, Question] = {}
    for family in state["objections"]:
        against = open_wordings(bench.get(Objections, family, str(state["revisions"])).objections)
        if against:
            draft = bench.get(Skill, family, str(state["revisions"]))
            questions[family] = reword_question(draft, against)
    if not questions:
        return {}
    answers = asked_together(asker(context, state["run"], models), questions.values(), Wording)
    return {
        family: answer
        for family, answer in zip(questions, answers, strict=True)
        if isinstance(answer, Wording)
    }


def _in_other_words(
    draft: Skill,
    objections: Sequence[Objection],
    wording: Wording,
    known: tuple[frozenset[str], Recording],
) -> tuple[Skill, tuple[Objection, ...]]:
    """The draft with the new words that are faithful, and the objections that they do not answer."""
    texts = {one.id: one.text for one in wording.rules}
    against = open_wordings(objections)
    rules, answered = [], set()
    for rule in draft.rules:
        if rule.name in against and rule.name in texts:
            other, problem = reworded(rule, texts[rule.name], *known)
            if not problem and other.text != rule.text:
                answered.add(rule.name)
                rules.append(other)
                continue
        rules.append(rule)
    left = (each for each in objections if not (each.rule in answered and each.kind is ObjectionKind.WORDING))
    return draft.model_copy(update={"rules": tuple(rules)}), tuple(left)


def _gone(before: Skill, after: Skill) -> list[SkillRule]:
    """The rules that are no longer there, whatever the others are called now."""
    left = [rule.finding or rule.text for rule in after.rules]
    return [rule for rule in before.rules if (rule.finding or rule.text) not in left]


def _reasons(rule: SkillRule, objections: Sequence[Objection]) -> tuple[str, ...]:
    """What was said against the rule; against the whole skill if it went for that."""
    own = [each.message for each in objections if each.rule == rule.name]
    return tuple(own or [each.message for each in objections if each.rule is None])


def _left_out(skill: Skill, rule: SkillRule, objections: Sequence[Objection]) -> LeftOut:
    unspoken = {ObjectionKind.SECRET, ObjectionKind.PLANTED}
    withheld = any(each.rule == rule.name and each.kind in unspoken for each in objections)
    name = rule.finding.id if withheld and rule.finding else rule.name if withheld else rule.text
    return LeftOut(skill=skill.name, family=skill.family, rule=name, reasons=_reasons(rule, objections))


def _dropped(rules: Sequence[SkillRule], objections: Sequence[Objection]) -> Dropped:
    findings: list[tuple[Finding, str]] = [
        (rule.finding, "; ".join(_reasons(rule, objections))) for rule in rules if rule.finding
    ]
    return Dropped(rejections=tuple(Rejection(finding=finding, reason=why) for finding, why in findings))
