"""Revise: correct the drafts with objections."""

from collections.abc import Sequence

from langgraph.runtime import Runtime

from trace2skill.llm.question import Question
from trace2skill.nodes.artifacts import Artifacts
from trace2skill.nodes.models import NO_MODELS, Models, asked_together, asker
from trace2skill.nodes.pools import family_traces
from trace2skill.nodes.report import LeftOut, plain
from trace2skill.nodes.settings import DistillSettings, settings
from trace2skill.nodes.shown import changes, pages
from trace2skill.nodes.state import DistillState
from trace2skill.proposals.criticism import open_wordings
from trace2skill.proposals.synthesis import Edit, Ground, ground_of, reword_question, united
from trace2skill.skills.critique import Objection, ObjectionKind
from trace2skill.skills.critique import revise as mend
from trace2skill.skills.model import Skill, SkillRule
from trace2skill.store.records import Rejection


def revise(
    state: DistillState, runtime: Runtime[DistillSettings], *, models: Models = NO_MODELS
) -> DistillState:
    """Store the next revision of every draft; drafts without objections are unchanged.

    If a critic objects to a wording, the model is asked for another. If that is not faithful either, the
    claim's own sentence replaces it.
    """
    context = settings(runtime)
    artifacts = Artifacts(context.library, state["run"])
    before = state["revisions"]
    left_out: list[LeftOut] = []
    drafts = {}
    wordings = {} if state.get("stopped") else _new_wordings(state, context, models)
    for family in state["drafts"]:
        draft = artifacts.draft(family, before)
        if family in state["objections"]:
            objections = artifacts.objections(family, before)
            if family in wordings:
                tools = artifacts.glossary(family).tools
                ground = ground_of(family_traces(context.library, state["run"], family), tools)
                draft, objections = _with_new_words(draft, objections, wordings[family], ground)
            mended = mend(draft, objections)
            gone = _removed(draft, mended)
            left_out += [_left_out(draft, rule, objections) for rule in gone]
            artifacts.put_dropped(family, before, _dropped(gone, objections))
            draft = mended
        artifacts.put_draft(family, before + 1, draft)
        drafts[family] = draft
    revised = pages(drafts)
    return {
        "pages": revised,
        "changed": changes(state.get("pages", {}), revised),
        "revisions": state["revisions"] + 1,
        "left_out": [*state["left_out"], *(plain(each) for each in left_out)],
    }


def _new_wordings(state: DistillState, context: DistillSettings, models: Models) -> dict[str, Edit]:
    """New wordings of the rules whose words a critic objects to, by family."""
    artifacts = Artifacts(context.library, state["run"])
    questions: dict[str, Question] = {}
    for family in state["objections"]:
        against = open_wordings(artifacts.objections(family, state["revisions"]))
        if against:
            draft = artifacts.draft(family, state["revisions"])
            questions[family] = reword_question(draft, against)
    if not questions:
        return {}
    answers = asked_together(asker(context, state["run"], models), questions.values(), Edit)
    return {
        family: answer for family, answer in zip(questions, answers, strict=True) if isinstance(answer, Edit)
    }


def _with_new_words(
    draft: Skill,
    objections: Sequence[Objection],
    wording: Edit,
    ground: Ground,
) -> tuple[Skill, tuple[Objection, ...]]:
    """The draft with those new wordings that are faithful, and the objections that remain.

    Args:
        draft: The draft.
        objections: The objections to it.
        wording: The model's new wordings.
        ground: What wordings are checked against.
    """
    texts = {one.id: one.text for one in wording.rules}
    against = open_wordings(objections)
    rules, answered = [], set()
    for rule in draft.rules:
        if rule.name in against and rule.name in texts:
            other, problem = united(rule, (), texts[rule.name], ground)
            if not problem and other.text != rule.text:
                answered.add(rule.name)
                rules.append(other)
                continue
        rules.append(rule)
    left = (each for each in objections if not (each.rule in answered and each.kind is ObjectionKind.WORDING))
    return draft.model_copy(update={"rules": tuple(rules)}), tuple(left)


def _removed(before: Skill, after: Skill) -> list[SkillRule]:
    """The rules that are in `before` and not in `after`, compared by finding or text, not by name."""
    left = [rule.finding or rule.text for rule in after.rules]
    return [rule for rule in before.rules if (rule.finding or rule.text) not in left]


def _reasons(rule: SkillRule, objections: Sequence[Objection]) -> tuple[str, ...]:
    """The objections to the rule; if there are none, those to the whole skill."""
    own = [each.message for each in objections if each.rule == rule.name]
    return tuple(own or [each.message for each in objections if each.rule is None])


def _left_out(skill: Skill, rule: SkillRule, objections: Sequence[Objection]) -> LeftOut:
    hidden = {ObjectionKind.SECRET, ObjectionKind.PLANTED}
    withheld = any(each.rule == rule.name and each.kind in hidden for each in objections)
    name = rule.finding.id if withheld and rule.finding else rule.name if withheld else rule.text
    return LeftOut(skill=skill.name, family=skill.family, rule=name, reasons=_reasons(rule, objections))


def _dropped(rules: Sequence[SkillRule], objections: Sequence[Objection]) -> list[Rejection]:
    return [
        Rejection(finding=rule.finding, reason="; ".join(_reasons(rule, objections)))
        for rule in rules
        if rule.finding
    ]
