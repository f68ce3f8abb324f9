"""Synthesise: one draft skill per family, from what its analysts found."""

from collections.abc import Iterable

from langgraph.runtime import Runtime

from trace2skill.dialogue.notes import as_rules
from trace2skill.mining.judge import Analysis
<<<<<<< HEAD
from trace2skill.mining.policy import mine_policy, narrowed
from trace2skill.nodes.context import DistillContext, settings
from trace2skill.nodes.home import home
from trace2skill.nodes.plan import Members
from trace2skill.nodes.pools import family_pool, family_traces, ground_pool
=======
from trace2skill.nodes.context import DistillContext, settings
from trace2skill.nodes.home import home
from trace2skill.nodes.plan import Members
from trace2skill.nodes.pools import family_policy, family_traces
>>>>>>> t
from trace2skill.nodes.state import DistillState
from trace2skill.nodes.weigh import Notes
from trace2skill.nodes.workbench import Workbench
from trace2skill.skills.compose import compose
from trace2skill.skills.model import Finding, SkillRule
from trace2skill.skills.policy import Policy


def synthesise(state: DistillState, runtime: Runtime[DistillContext]) -> DistillState:
    """Compose a draft for each family with findings; drafts go by the name of their family."""
    context = settings(runtime)
    bench = Workbench(context.library, state["run"])
    policies = _Policies(context.library, state["run"])
    drafts = []
    for family, analysts in home(state).items():
        analyses = [bench.get(Analysis, family, analyst) for analyst in analysts]
        findings = [finding for analysis in analyses for finding in analysis.findings]
        if findings:
            traces = family_traces(context.library, state["run"], family, cited_in(findings))
<<<<<<< HEAD
            members = bench.get(Members, family)
            skill = compose(family, findings, traces, budget=context.budget, hashes=members.hashes)
            policy = policies.of(family, members)
=======
            hashes = bench.get(Members, family).hashes
            skill = compose(family, findings, traces, budget=context.budget, hashes=hashes)
            policy = family_policy(context.library, state["run"], family)
>>>>>>> t
            rules = (*skill.rules, *_noted(bench, family))
            bench.put(skill.model_copy(update={"policy": policy, "rules": rules}), family, "0")
            drafts.append(family)
            runtime.stream_writer({"stage": "compose", "family": family})
    return {"drafts": drafts, "revisions": 0, "left_out": []}


def _noted(bench: Workbench, family: str) -> tuple[SkillRule, ...]:
    """What readers noted about the family, if any read it."""
    found = bench.find(Notes, family)
    return as_rules(found.notes) if found else ()


class _Policies:
    """The policies of families; what small families of one domain share is mined once."""

    def __init__(self, library: str, run: str) -> None:
        self._library = library
        self._run = run
        self._shared: dict[tuple[str, ...], Policy] = {}

    def of(self, family: str, members: Members) -> Policy:
        """The family's policy: mined from its runs, or what concerns it of one mined from its domain."""
        own = family_pool(self._library, self._run, family)
        if not members.neighbours:
            return mine_policy(own)
        ground = members.ground
        if ground not in self._shared:
            self._shared[ground] = mine_policy(ground_pool(self._library, self._run, ground))
        return narrowed(self._shared[ground], own)


def cited_in(findings: Iterable[Finding]) -> set[str]:
    """The traces that the findings cite."""
    return {place.trace for finding in findings for place in (*finding.held_at, *finding.broken_at)}
