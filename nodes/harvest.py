"""Harvest: everything a run wants to save, gathered from the workbench."""

from collections.abc import Iterator, Sequence

from trace2skill.mining.judge import Analysis
from trace2skill.nodes.home import home
from trace2skill.nodes.plan import Members
from trace2skill.nodes.revise import Dropped
from trace2skill.nodes.state import DistillState
from trace2skill.nodes.workbench import Workbench
from trace2skill.skills.consolidate import Proposal
from trace2skill.store.records import Change, Commit, Rejection


def harvest(state: DistillState, bench: Workbench, proposals: Sequence[Proposal]) -> Commit:
    """The commit of a run: all evidence measured, all claims tested, and the changes proposed.

    A skill whose family has dissolved is retired, unless a proposal continues it.
    """
    analyses = [bench.get(Analysis, family, name) for family, names in home(state).items() for name in names]
    rejected = tuple(_rejected(state, bench, analyses))
    tested = [finding for analysis in analyses for finding in analysis.findings]
    tested += [each.finding for each in rejected]
    continued = {each.skill.name for each in proposals} | {each.replaces for each in proposals}
    return Commit(
        run=state["run"],
        once=True,
        changes=tuple(
            Change(skill=each.skill, operation=each.operation, note=each.note)
            for each in proposals
            if each.operation != "leave"
        ),
        row_file=str(bench.rows),
        claims=tuple(finding.claim for finding in tested),
        facts=tuple(fact for family in state["families"] for fact in bench.get(Members, family).facts),
        rejected=rejected,
        retire=tuple(name for name in state["obsolete"] if name not in continued),
    )


def _rejected(state: DistillState, bench: Workbench, analyses: Sequence[Analysis]) -> Iterator[Rejection]:
    """What the analysts found wanting, and what the critique had taken out of the drafts."""
    for analysis in analyses:
        for each in analysis.rejected:
            yield Rejection(finding=each.finding, reason=each.reason)
    for family in state["drafts"]:
        for revision in range(state["revisions"]):
            dropped = bench.find(Dropped, family, str(revision))
            yield from dropped.rejections if dropped else ()
