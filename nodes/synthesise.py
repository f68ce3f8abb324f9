"""Synthesise: one draft skill per family, from what its analysts found."""

from collections.abc import Iterable

from langgraph.runtime import Runtime

from trace2skill.dialogue.notes import as_rules
from trace2skill.mining.judge import Analysis
from trace2skill.nodes.context import DistillContext, settings
from trace2skill.nodes.home import home
from trace2skill.nodes.plan import Members
from trace2skill.nodes.pools import family_traces
from trace2skill.nodes.siblings import SiblingTexts
from trace2skill.nodes.state import DistillState
from trace2skill.nodes.weigh import Notes
from trace2skill.nodes.workbench import Workbench
from trace2skill.skills.compose import compose
from trace2skill.skills.finding import Finding
from trace2skill.skills.model import SkillRule
from trace2skill.skills.policy import Policy


def synthesise(state: DistillState, runtime: Runtime[DistillContext]) -> DistillState:
    """Compose a draft for each family with findings; drafts go by the name of their family."""
    context = settings(runtime)
    bench = Workbench(context.library, state["run"])
    found = {family: _findings(bench, family, analysts) for family, analysts in home(state).items()}
    drafts = [family for family, findings in found.items() if findings]
    told_apart = SiblingTexts(context.library, state["run"])
    for family in drafts:
        traces = family_traces(context.library, state["run"], family, cited_in(found[family]))
        members = bench.get(Members, family)
        policy = bench.get(Policy, family)
        skill = compose(
            family,
            found[family],
            traces,
            policy=policy,
            budget=context.budget,
            hashes=members.hashes,
            siblings=told_apart.of(members.siblings),
        )
        rules = (*skill.rules, *_noted(bench, family))
        bench.put(skill.model_copy(update={"rules": rules}), family, "0")
        runtime.stream_writer({"stage": "compose", "family": family})
    return {"drafts": drafts, "revisions": 0, "left_out": []}


def _findings(bench: Workbench, family: str, analysts: Iterable[str]) -> list[Finding]:
    analyses = [bench.get(Analysis, family, analyst) for analyst in analysts]
    return [finding for analysis in analyses for finding in analysis.findings]


def _noted(bench: Workbench, family: str) -> tuple[SkillRule, ...]:
    """What readers noted about the family, if any read it."""
    found = bench.find(Notes, family)
    return as_rules(found.notes) if found else ()


def cited_in(findings: Iterable[Finding]) -> set[str]:
    """The traces that the findings cite."""
    return {place.trace for finding in findings for place in (*finding.held_at, *finding.broken_at)}
