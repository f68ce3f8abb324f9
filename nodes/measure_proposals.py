"""Measure the claims that readers propose like mined ones, and judge both together."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from langgraph.runtime import Runtime

from trace2skill.claims.model import Claim, claim_id
from trace2skill.mining.grading import Strata
from trace2skill.mining.roster import Analyst
from trace2skill.nodes.artifacts import Artifacts
from trace2skill.nodes.settings import DistillSettings, settings
from trace2skill.nodes.shards import judge_proposed, measure_claims
from trace2skill.nodes.state import DistillState, Read, returned_analysts
from trace2skill.proposals.reading import MOST_KEPT, RunReading, united_notes

_OF_ONE_CLAIM = re.compile(r"\b(?:[0-9a-f]{12}|\d+)\b")

KINDS = {
    "effect": "effects",
    "sequence": "sequences",
    "avoid": "rules",
    "rule": "rules",
    "guard": "rules",
    "milestones": "milestones",
    "closing": "milestones",
}
"""For each kind of claim, the analyst to whose findings it is added, if it analysed the family."""


def measure_proposals(
    state: DistillState, runtime: Runtime[DistillSettings], *, roster: Sequence[Analyst]
) -> DistillState:
    """Measure the proposals over all runs, and judge every analyst's mined and proposed claims together."""
    context = settings(runtime)
    artifacts = Artifacts(context.library, state["run"])
    answered = [each for each in state.get("read", []) if each["round"] == state["round"]]
    readings = _readings(artifacts, answered)
    proposals: dict[str, dict[str, list[Claim]]] = {}
    for family, analysts in returned_analysts(state).items():
        artifacts.put_notes(family, (note for each in readings[family] for note in each.notes))
        proposals[family] = _by_analyst(readings[family], analysts)
        for name, claims in proposals[family].items():
            artifacts.put_claims(family, name, (*artifacts.claims(family, name), *claims))
    new = {family: [claim for claims in by.values() for claim in claims] for family, by in proposals.items()}
    measure_claims(
        context, state["run"], f"{state['round']}-read", {name: each for name, each in new.items() if each}
    )
    proposing = {family: list(by) for family, by in proposals.items()}
    judge_proposed(context, state["run"], proposing, roster, _shown(artifacts, answered, new))
    kept, rejected = _fates(artifacts, proposals)
    dropped: Counter[str] = Counter(rejected)
    for each in (one for every in readings.values() for one in every):
        dropped.update(each.dropped)
    notes = {family: [note for each in every for note in each.notes] for family, every in readings.items()}
    over = sum(max(0, len(united_notes(each)) - MOST_KEPT) for each in notes.values())
    dropped["note: a skill takes no more, and others rest on more runs"] = over
    problems = [each["problem"] for each in answered if each["problem"] and not each["stopped"]]
    runtime.stream_writer(
        {"stage": "measure proposals", "measured": sum(map(len, new.values())), "kept": kept}
    )
    return {
        "reading": state["reading"]
        | {
            "proposed": sum(each["proposed"] for each in answered),
            "measured": sum(map(len, new.values())),
            "kept": kept,
            "dropped": {reason: count for reason, count in sorted(dropped.items()) if count},
            "unusable_answers": len(problems),
            "first_problem": problems[0] if problems else "",
        },
        "stopped": next((each["problem"] for each in answered if each["stopped"]), ""),
    }


def _readings(artifacts: Artifacts, answered: Sequence[Read]) -> defaultdict[str, list[RunReading]]:
    found: defaultdict[str, list[RunReading]] = defaultdict(list)
    for each in sorted(answered, key=lambda each: (each["family"], each["batch"], each["analysts"])):
        reading = artifacts.reading(each["family"], each["batch"], each["analysts"])
        if reading and not each["problem"]:
            found[each["family"]].append(reading)
    return found


def _by_analyst(readings: Sequence[RunReading], analysts: Sequence[str]) -> dict[str, list[Claim]]:
    """Each claim once, by the analyst for its kind, or the first analyst if that one is not among them."""
    claims = {claim_id(claim): claim for reading in readings for claim in reading.claims}
    found: defaultdict[str, list[Claim]] = defaultdict(list)
    for name in sorted(claims):
        analyst = KINDS[claims[name].kind]
        found[analyst if analyst in analysts else analysts[0]].append(claims[name])
    return dict(found)


def _shown(
    artifacts: Artifacts, answered: Sequence[Read], new: Mapping[str, Sequence[Claim]]
) -> dict[str, dict[str, Strata]]:
    """For each claim, by family, the tasks of the runs that those were shown who proposed it."""
    tasks: dict[str, defaultdict[str, set[str]]] = {family: defaultdict(set) for family in new}
    for family, claims in new.items():
        strata = {fact.trace: fact.stratum for fact in artifacts.members(family).facts}
        ids = {claim_id(claim) for claim in claims}
        for each in (one for one in answered if one["family"] == family and not one["problem"]):
            reading = artifacts.reading(family, each["batch"], each["analysts"])
            runs = artifacts.batch(family, each["batch"]).aliases
            for name in {claim_id(claim) for claim in reading.claims} & ids if reading else ():
                tasks[family][name] |= {strata[trace] for _, trace in runs if trace in strata}
    return {family: {name: frozenset(shown) for name, shown in by.items()} for family, by in tasks.items()}


def _fates(artifacts: Artifacts, proposals: dict[str, dict[str, list[Claim]]]) -> tuple[int, Counter[str]]:
    """How many of the proposed claims are kept, and why the others are not; reasons without their figures."""
    kept, rejected = 0, Counter[str]()
    for family, by in proposals.items():
        for name, claims in by.items():
            ids = {claim_id(claim) for claim in claims}
            analysis = artifacts.analysis(family, name)
            kept += sum(finding.id in ids for finding in analysis.findings)
            rejected.update(
                f"claim: {_general(each.reason)}" for each in analysis.rejected if each.finding.id in ids
            )
    return kept, rejected


def _general(reason: str) -> str:
    """A reason without the figures and names of its claim, so that equal ones count together."""
    return _OF_ONE_CLAIM.sub("...", reason)
