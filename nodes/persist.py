"""Persist: save everything the run found, completely or not at all."""

from collections import Counter
from collections.abc import Iterator, Sequence

from langgraph.runtime import Runtime

from trace2skill.errors import LibraryError
from trace2skill.mining.judge import Analysis
from trace2skill.nodes.artifacts import EDIT, Artifacts
from trace2skill.nodes.models import NO_MODELS, Models, usage
from trace2skill.nodes.report import SkillChange, plain
from trace2skill.nodes.settings import DistillSettings, settings
from trace2skill.nodes.state import DistillState, returned_analysts
from trace2skill.skills.consolidate import Proposal
from trace2skill.store.library import Library
from trace2skill.store.records import Change, Commit, Rejection, StaleLibraryError


def commit_of(state: DistillState, artifacts: Artifacts, proposals: Sequence[Proposal]) -> Commit:
    """The commit of a run: all evidence measured, all claims tested, and the changes proposed.

    A skill whose family no longer exists is retired, unless a proposal continues it.
    """
    analyses = [
        artifacts.analysis(family, name)
        for family, names in returned_analysts(state).items()
        for name in names
    ]
    rejected = tuple(_rejected(state, artifacts, analyses))
    tested = [finding for analysis in analyses for finding in analysis.findings]
    tested += [each.finding for each in rejected]
    kept = artifacts.joined()
    continued = {each.skill.name for each in proposals} | {each.replaces for each in proposals}
    return Commit(
        run=state["run"],
        once=True,
        changes=tuple(
            Change(skill=each.skill, operation=each.operation, note=each.note)
            for each in proposals
            if each.operation != "leave"
        ),
        row_file=str(artifacts.rows),
        claims=tuple(finding.claim for finding in tested),
        facts=tuple(fact for family in state["families"] for fact in artifacts.members(family).facts),
        rejected=rejected,
        retire=tuple(name for name in state["obsolete"] if name not in continued),
        joined=kept.joined,
        settled=kept.settled,
    )


def _rejected(state: DistillState, artifacts: Artifacts, analyses: Sequence[Analysis]) -> Iterator[Rejection]:
    """The claims that judging rejected and the rules that were taken out of drafts, with reasons."""
    for analysis in analyses:
        for each in analysis.rejected:
            yield Rejection(finding=each.finding, reason=each.reason)
    for family in state.get("drafts", ()):
        for revision in range(EDIT, state["revisions"]):
            yield from artifacts.dropped(family, revision)


DISSOLVED = "its family has dissolved into others"


def persist(
    state: DistillState, runtime: Runtime[DistillSettings], *, models: Models = NO_MODELS
) -> DistillState:
    """Commit the skills, the evidence, the rejected findings and the traces themselves.

    If another process has changed the library since `plan`, nothing is saved, and the run is planned again
    over the changed library, as often as the settings allow.

    Raises:
        LibraryError: The library cannot be written, or it changed during each attempt.
    """
    context = settings(runtime)
    artifacts = Artifacts(context.library, state["run"])
    reviewed = artifacts.reviewed()
    proposals = reviewed.proposals if reviewed else artifacts.proposals()
    commit = commit_of(state, artifacts, proposals)
    if reviewed:
        commit = commit.model_copy(update={"refused": reviewed.refusals})
    with models.library(context) as library:
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
        changes += [SkillChange(name=name, operation="retire", note=DISSOLVED) for name in commit.retire]
    runtime.stream_writer({"stage": "save", "skills": len(changes)})
    return {
        "saved": True,
        "skills": [plain(change) for change in changes],
        "rejected_claims": len(commit.rejected),
        "usage": usage(state["run"]),
    }


def after_persist(state: DistillState) -> str:
    """`tidy` if saved, `plan` if the library had changed, the end after an error."""
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
