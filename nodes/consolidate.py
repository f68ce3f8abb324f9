"""Consolidate: hold what passed the critique against the skills of the library."""

from langgraph.runtime import Runtime

from trace2skill.nodes.context import DistillContext, settings
from trace2skill.nodes.report import LeftOut, plain
from trace2skill.nodes.state import DistillState
from trace2skill.nodes.workbench import Workbench
from trace2skill.skills.consolidate import Proposal
from trace2skill.skills.consolidate import consolidate as propose
from trace2skill.skills.model import Skill
from trace2skill.store.library import Library
from trace2skill.traces.model import Frozen

NO_RULES = ["nothing that was found can stand as a rule"]


class Proposals(Frozen):
    """What the run wants done to the library's skills."""

    proposals: tuple[Proposal, ...]


def consolidate(state: DistillState, runtime: Runtime[DistillContext]) -> DistillState:
    """Propose what to do to the library; a draft still objected to, or without rules, is left out."""
    context = settings(runtime)
    bench = Workbench(context.library, state["run"])
    drafts = {family: bench.get(Skill, family, str(state["revisions"])) for family in state["drafts"]}
    refused = {family: NO_RULES for family, draft in drafts.items() if not draft.rules} | state["objections"]
    passed = [draft for family, draft in drafts.items() if family not in refused]
    with Library(context.library) as library:
        current = [stored.skill for stored in library.skills()]
    bench.put(Proposals(proposals=tuple(propose(passed, current))))
    left_out = [
        LeftOut(skill=drafts[family].name, family=family, reasons=tuple(reasons))
        for family, reasons in sorted(refused.items())
    ]
    return {"left_out": [*state["left_out"], *(plain(each) for each in left_out)]}
