"""Synthesise: compose one draft skill per family from its analysts' findings."""

from collections.abc import Iterable

from langgraph.runtime import Runtime

from trace2skill.evidence.finding import Finding, cited_in
from trace2skill.evidence.policy import Policy
from trace2skill.nodes.artifacts import Artifacts
from trace2skill.nodes.pools import SiblingTexts, family_traces
from trace2skill.nodes.settings import DistillSettings, settings
from trace2skill.nodes.shown import pages
from trace2skill.nodes.state import DistillState, returned_analysts
from trace2skill.proposals.failures import standing
from trace2skill.proposals.reading import MOST_KEPT, as_rules, united_notes
from trace2skill.skills.compose import compose
from trace2skill.store.library import Library

NO_ROOM = "note: the page has no room, and others rest on more runs"


def synthesise(state: DistillState, runtime: Runtime[DistillSettings]) -> DistillState:
    """Compose a draft for each family with findings and store it under the family's name."""
    context = settings(runtime)
    artifacts = Artifacts(context.library, state["run"])
    found = {
        family: _findings(artifacts, family, analysts)
        for family, analysts in returned_analysts(state).items()
    }
    drafts = [family for family, findings in found.items() if findings]
    with Library(context.library) as library:
        redacted = library.without_private(state["run"])
    sibling_texts = SiblingTexts(context.library, state["run"], redacted)
    over, composed = 0, {}
    for family in drafts:
        traces = family_traces(context.library, state["run"], family, cited_in(found[family]))
        members = artifacts.members(family)
        policy = artifacts.policy(family) or Policy()
        skill = compose(
            family,
            found[family],
            traces,
            policy=policy,
            budget=context.budget,
            hashes=members.hashes,
            siblings=sibling_texts.of(members.siblings),
            redacted=redacted,
        )
        notes = standing(artifacts.notes(family), (finding.id for finding in found[family]))
        most = max(MOST_KEPT, context.budget - len(skill.rules))
        over += max(0, len(united_notes(notes)) - most)
        rules = (*skill.rules, *as_rules(notes, most=most))
        composed[family] = skill.model_copy(update={"rules": rules})
        artifacts.put_draft(family, 0, composed[family])
        runtime.stream_writer({"stage": "compose", "family": family})
    update: DistillState = {
        "drafts": drafts,
        "pages": pages(composed),
        "changed": {},
        "revisions": 0,
        "left_out": [],
    }
    if over:
        dropped = {**state["reading"]["dropped"], NO_ROOM: over}
        update["reading"] = {**state["reading"], "dropped": dict(sorted(dropped.items()))}
    return update


def _findings(artifacts: Artifacts, family: str, analysts: Iterable[str]) -> list[Finding]:
    analyses = [artifacts.analysis(family, analyst) for analyst in analysts]
    return [finding for analysis in analyses for finding in analysis.findings]
