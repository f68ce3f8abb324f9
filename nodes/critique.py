"""Critique: find objections to each draft by checks in code and, if there is a model, by a critic."""

from langgraph.runtime import Runtime

from trace2skill.evidence.finding import cited_in
from trace2skill.llm.question import Question
from trace2skill.nodes.artifacts import Artifacts
from trace2skill.nodes.models import NO_MODELS, Models, asked_together, asker, has_model, stop, unanswered
from trace2skill.nodes.pools import family_traces
from trace2skill.nodes.settings import DistillSettings, settings
from trace2skill.nodes.state import DistillState
from trace2skill.proposals.criticism import Criticism, admitted, contested, critic_question, to_be_seen
from trace2skill.skills.critique import Objection
from trace2skill.skills.critique import critique as objections_to
from trace2skill.skills.model import Skill


def critique(
    state: DistillState, runtime: Runtime[DistillSettings], *, models: Models = NO_MODELS
) -> DistillState:
    """Check every draft in code and, while there are rounds left and a model is configured, by a critic.

    The state gets the objections as texts for a person, the artifacts get them as records for `revise`.
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
    texts: dict[str, list[str]] = {}
    for family, objections in found.items():
        if objections:
            artifacts.put_objections(family, revision, objections)
            texts[family] = [_in_words(objection) for objection in objections]
    runtime.stream_writer({"stage": "critique", "drafts": len(drafts), "objected": len(texts)})
    return {"objections": texts, **update}


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
    """Ask a critic about each draft and add to `found` those of its objections that code admits."""
    questions = _questions(state, context, drafts, found)
    answers = asked_together(asker(context, state["run"], models), questions.values(), Criticism)
    overruled = state.get("reading", {}).get("objections_overruled", 0)
    made = state.get("reading", {}).get("objections", 0)
    for family, answer in zip(questions, answers, strict=True):
        if isinstance(answer, Criticism):
            passed, refused = admitted(drafts[family], answer, _contested(state, context, family))
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
    """The questions to the critic, by family; in later rounds only about rules that were reworded."""
    if not state["revisions"]:
        return {family: critic_question(draft, found[family]) for family, draft in drafts.items()}
    artifacts, before = Artifacts(context.library, state["run"]), state["revisions"] - 1
    changed = {
        family: to_be_seen(draft, artifacts.draft(family, before), _contested(state, context, family))
        for family, draft in drafts.items()
    }
    return {
        family: critic_question(drafts[family], found[family], rules)
        for family, rules in changed.items()
        if rules
    }


def _contested(state: DistillState, context: DistillSettings, family: str) -> frozenset[str]:
    """Ids of the claims that the critic contested in the round before."""
    before = state["revisions"] - 1
    if before < 0 or family not in state["objections"]:
        return frozenset()
    artifacts = Artifacts(context.library, state["run"])
    return contested(artifacts.draft(family, before), artifacts.objections(family, before))


def _in_words(objection: Objection) -> str:
    return f"{objection.rule}: {objection.message}" if objection.rule else objection.message


def after_critique(state: DistillState, runtime: Runtime[DistillSettings]) -> str:
    """`revise` while there are objections and rounds left, else `consolidate`."""
    rounds_left = state["revisions"] < settings(runtime).max_revisions
    return "revise" if state["objections"] and rounds_left else "consolidate"
