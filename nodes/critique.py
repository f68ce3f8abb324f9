"""Critique: what is wrong with each draft, found by checks in code."""

from langgraph.runtime import Runtime

from trace2skill.nodes.context import DistillContext, settings
from trace2skill.nodes.pools import family_traces
from trace2skill.nodes.state import DistillState
from trace2skill.nodes.synthesise import cited_in
from trace2skill.nodes.workbench import Workbench
from trace2skill.skills.critique import critique as objections_to
from trace2skill.skills.model import Skill
from trace2skill.skills.objections import Objection
from trace2skill.traces.model import Frozen


class Objections(Frozen):
    """All objections to one draft, none if it may pass."""

    objections: tuple[Objection, ...]


def critique(state: DistillState, runtime: Runtime[DistillContext]) -> DistillState:
    """Check every draft. The state tells a person what is objected to, the workbench tells `revise`."""
    library = settings(runtime).library
    bench = Workbench(library, state["run"])
    revision = str(state["revisions"])
    told: dict[str, list[str]] = {}
    for family in state["drafts"]:
        draft = bench.get(Skill, family, revision)
        cited = cited_in(rule.finding for rule in draft.rules if rule.finding)
        found = objections_to(draft, family_traces(library, state["run"], family, cited))
        if found:
            bench.put(Objections(objections=found), family, revision)
            told[family] = [_told(objection) for objection in found]
    runtime.stream_writer({"stage": "critique", "drafts": len(state["drafts"]), "objected": len(told)})
    return {"objections": told}


def _told(objection: Objection) -> str:
    return f"{objection.rule}: {objection.message}" if objection.rule else objection.message


def after_critique(state: DistillState, runtime: Runtime[DistillContext]) -> str:
    """Revise what was objected to, as often as the settings allow; then go on with what passed."""
    rounds_left = state["revisions"] < settings(runtime).max_revisions
    return "revise" if state["objections"] and rounds_left else "consolidate"
