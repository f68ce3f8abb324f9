"""Critique: what is wrong with each draft, found by checks in code and by a critic, if there is a model."""

from langgraph.runtime import Runtime

from trace2skill.evidence.finding import cited_in
from trace2skill.llm.question import Question
from trace2skill.nodes.artifacts import Artifacts
from trace2skill.nodes.models import NO_MODELS, Models, asked_together, asker, has_model, stop, unanswered
from trace2skill.nodes.pools import family_traces
from trace2skill.nodes.settings import DistillSettings, settings
from trace2skill.nodes.state import DistillState
from trace2skill.proposals.criticism import Criticism, admitted, critic_question, unseen
from trace2skill.skills.critique import Objection
from trace2skill.skills.critique import critique as objections_to
from trace2skill.skills.model import Skill


def critique(
    state: DistillState, runtime: Runtime[DistillSettings], *, models: Models = NO_MODELS
) -> DistillState:
    """Check every draft, in code and, while there are rounds left, by a critic if a model is configured.

    The state tells a person what is objected to, the artifacts tell `revise`.
    """
    context = settings(runtime)
    artifacts = Artifacts(context.library, state["run"])
    revision = state["revisions"]
    drafts = {family: artifacts.draft(family, revision) for family in state["drafts"]}
    found: dict[str, tuple[Objection, ...]] = {}
    for family, draft in drafts.items():
        cited = cited_in(rule.finding for rule in draft.rules if rule.finding)
        found[family] = objections_to(draft, family_traces(context.library, state["run"], family, cited))
    update: DistillState = {}
    if _asks_critic(state, context, models):
        update = _criticised(state, context, models, drafts, found)
    told: dict[str, list[str]] = {}
    for family, objections in found.items():
        if objections:
            artifacts.put_objections(family, revision, objections)
            told[family] = [_told(objection) for objection in objections]
    runtime.stream_writer({"stage": "critique", "drafts": len(drafts), "objected": len(told)})
    return {"objections": told, **update}


def _asks_critic(state: DistillState, context: DistillSettings, models: Models) -> bool:
    rounds_left = state["revisions"] < context.max_revisions
    return rounds_left and not state.get("stopped") and has_model(context, models)


def _criticised(
    state: DistillState,
    context: DistillSettings,
    models: Models,
    drafts: dict[str, Skill],
    found: dict[str, tuple[Objection, ...]],
) -> DistillState:
    """Add to `found` what a critic objects to in each draft and code admits."""
    questions = _questions(state, context, drafts, found)
    answers = asked_together(asker(context, state["run"], models), questions.values(), Criticism)
    overruled = state.get("reading", {}).get("objections_overruled", 0)
    made = state.get("reading", {}).get("objections", 0)
    for family, answer in zip(questions, answers, strict=True):
        if isinstance(answer, Criticism):
            passed, refused = admitted(drafts[family], answer)
            against = {each.rule for each in found[family]}
            found[family] += tuple(each for each in passed if each.rule not in against)
            overruled, made = overruled + refused, made + len(passed)
    account = {"objections": made, "objections_overruled": overruled}
    return {
        "reading": state.get("reading", {}) | account | unanswered(answers, "criticisms"),
        **stop(answers),
    }


def _questions(
    state: DistillState,
    context: DistillSettings,
    drafts: dict[str, Skill],
    found: dict[str, tuple[Objection, ...]],
) -> dict[str, Question]:
    """What the critic is asked, by family; in later rounds only about what was worded anew."""
    if not state["revisions"]:
        return {family: critic_question(draft, found[family]) for family, draft in drafts.items()}
    artifacts, before = Artifacts(context.library, state["run"]), state["revisions"] - 1
    anew = {family: unseen(draft, artifacts.draft(family, before)) for family, draft in drafts.items()}
    return {
        family: critic_question(drafts[family], found[family], rules)
        for family, rules in anew.items()
        if rules
    }


def _told(objection: Objection) -> str:
    return f"{objection.rule}: {objection.message}" if objection.rule else objection.message


def after_critique(state: DistillState, runtime: Runtime[DistillSettings]) -> str:
    """Revise what was objected to, as often as the settings allow; then go on with what passed."""
    rounds_left = state["revisions"] < settings(runtime).max_revisions
    return "revise" if state["objections"] and rounds_left else "consolidate"
