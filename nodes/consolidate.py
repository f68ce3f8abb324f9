"""Consolidate: compare the drafts that passed the critique with the library's skills."""

from langgraph.runtime import Runtime

from trace2skill.mining.shortfall import shortfall
from trace2skill.nodes.artifacts import Artifacts
from trace2skill.nodes.report import LeftOut, Refused, plain
from trace2skill.nodes.settings import DistillSettings, settings
from trace2skill.nodes.state import DistillState, returned_analysts
from trace2skill.skills.consolidate import Proposal, without_replaced
from trace2skill.skills.consolidate import consolidate as propose
from trace2skill.skills.refusals import Refusal, Refusals, said
from trace2skill.store.library import Library

NO_RULES = ["nothing that was found can stand as a rule"]


def consolidate(state: DistillState, runtime: Runtime[DistillSettings]) -> DistillState:
    """Propose changes to the library.

    Left out and reported are drafts with open objections, families without a usable rule (with what would be
    enough), and rules or whole proposals with the same rules as ones that a person has rejected.
    """
    context = settings(runtime)
    artifacts = Artifacts(context.library, state["run"])
    with Library(context.library) as library:
        current = [stored.skill for stored in library.skills(status=None) if stored.status != "retired"]
        refusals = Refusals(library.refusals())
    drafts = {
        family: refusals.without_rules(artifacts.draft(family, state["revisions"]))
        for family in state["drafts"]
    }
    without_rules = {family: NO_RULES for family, draft in drafts.items() if not draft.rules}
    shortfalls = _shortfalls(state, artifacts)
    refused = without_rules | shortfalls | state["objections"]
    passed = [draft for family, draft in drafts.items() if family not in refused]
    proposals = propose(passed, current)
    rejected_again = {
        each.skill.name: refusal for each in proposals if (refusal := _rejected(each, refusals))
    }
    new = [_noted(each, refusals) for each in proposals if each.skill.name not in rejected_again]
    artifacts.put_proposals(new)
    left_out = [
        LeftOut(
            skill="" if family in shortfalls else drafts[family].name, family=family, reasons=tuple(reasons)
        )
        for family, reasons in sorted(refused.items())
    ]
    return {
        "left_out": [*state["left_out"], *(plain(each) for each in left_out)],
        "refused": [
            plain(Refused(skill=name, family=each.family, reason=said(each)))
            for name, each in rejected_again.items()
        ],
        "obsolete": without_replaced(
            state.get("obsolete", []), [each for each in proposals if each.skill.name in rejected_again]
        ),
    }


def _shortfalls(state: DistillState, artifacts: Artifacts) -> dict[str, list[str]]:
    """For each family without a rule in its draft, what was missing."""
    found: dict[str, list[str]] = {}
    for family, analysts in returned_analysts(state).items():
        draft = artifacts.draft(family, 0) if family in state["drafts"] else None
        if draft is None or not draft.rules:
            analyses = [artifacts.analysis(family, analyst) for analyst in analysts]
            rejected = [each for analysis in analyses for each in analysis.rejected]
            found[family] = [shortfall(artifacts.members(family).facts, rejected)]
    return found


def _rejected(proposal: Proposal, refusals: Refusals) -> Refusal | None:
    return None if proposal.operation == "leave" else refusals.same(proposal)


def _noted(proposal: Proposal, refusals: Refusals) -> Proposal:
    earlier = refusals.earlier(proposal)
    if not earlier or proposal.operation == "leave":
        return proposal
    return proposal.model_copy(update={"note": f"{proposal.note}; an earlier proposal was {said(earlier)}"})
