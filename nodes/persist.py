"""Persist: save everything the run found, whole or not at all."""

from collections import Counter

from langgraph.runtime import Runtime

from trace2skill.errors import LibraryError
from trace2skill.nodes.askers import NO_MODELS, Models, usage
from trace2skill.nodes.consolidate import Proposals
from trace2skill.nodes.context import DistillContext, settings
from trace2skill.nodes.harvest import harvest
from trace2skill.nodes.report import SkillChange, plain
from trace2skill.nodes.review import Reviewed
from trace2skill.nodes.state import DistillState
from trace2skill.nodes.workbench import Workbench
from trace2skill.skills.consolidate import Proposal
from trace2skill.store.library import Library
from trace2skill.store.records import StaleLibraryError

GONE = "its family has dissolved into others"


def persist(
    state: DistillState, runtime: Runtime[DistillContext], *, models: Models = NO_MODELS
) -> DistillState:
    """Commit the skills, the evidence, the rejected findings and the traces themselves.

    Nothing is saved when another process has changed the library since the plan; the run is then planned
    anew over what both have brought, as often as the settings say.

    Raises:
        LibraryError: The library cannot be written, or changed under every one of the attempts.
    """
    context = settings(runtime)
    bench = Workbench(context.library, state["run"])
    reviewed = bench.find(Reviewed)
    proposals = reviewed.proposals if reviewed else bench.get(Proposals).proposals
    commit = harvest(state, bench, proposals)
    if reviewed:
        commit = commit.model_copy(update={"refused": reviewed.refusals})
    with Library(context.library, embedding=models.embedding or context.embedding) as library:
        try:
            library.commit(commit, expected_generation=state["generation"])
        except StaleLibraryError as error:
            if state["round"] >= context.attempts:
                raise LibraryError(
                    f"the library changed under each of {context.attempts} attempts to save; go on when the "
                    "other processes that write to it have finished"
                ) from error
            return {"saved": False}
        changes = [_change(library, proposal) for proposal in proposals]
        changes += [SkillChange(name=name, operation="retire", note=GONE) for name in commit.retire]
    runtime.stream_writer({"stage": "save", "skills": len(changes)})
    return {
        "saved": True,
        "skills": [plain(change) for change in changes],
        "rejected_claims": len(commit.rejected),
        "usage": usage(state["run"]),
    }


def after_persist(state: DistillState) -> str:
    """Plan anew if the library had moved on; after a mistake the run ends."""
    if state.get("errors"):
        return "__end__"
    return "tidy" if state["saved"] else "plan"


def _change(library: Library, proposal: Proposal) -> SkillChange:
    stored = library.skill(proposal.skill.name)
    tiers = Counter(str(rule.tier) for rule in stored.skill.rules)
    return SkillChange(
        name=stored.skill.name,
        operation=proposal.operation,
        version=stored.version,
        rules=dict(sorted(tiers.items())),
        note=proposal.note,
    )
