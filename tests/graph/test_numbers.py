"""Numbers that a skill shows come out the same from the rows in its library."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.graph.errands import door, doors, mixed_doors
from trace2skill.evidence.finding import Finding
from trace2skill.evidence.rows import Summary
from trace2skill.evidence.statistics import summarise
from trace2skill.graph.run import distill
from trace2skill.skills.model import Skill
from trace2skill.store.library import Library
from trace2skill.traces.model import Trace, rebuild


def gates() -> list[Trace]:
    """Another small family of the domain, in which the same is done."""
    return [rebuild(trace, id=f"gate {trace.id}", family="gates") for trace in mixed_doors(4)]


def errands() -> list[Trace]:
    """Doors and gates; one run only looks at its door, and never comes to its end."""
    idle = door(1, unlocked=False)
    return [*mixed_doors(), *doors(12), rebuild(idle, id="idle", steps=idle.steps[:1]), *gates()]


def stated(library: Library) -> Iterator[tuple[Skill, Finding]]:
    """What each skill of a library states, its background included."""
    for skill in (stored.skill for stored in library.skills()):
        for rule in (*skill.rules, *skill.background):
            if rule.finding:
                yield skill, rule.finding


def again(library: Library, skill: Skill, finding: Finding) -> Summary:
    """The summary from stored rows: of a rule over the policy's runs too, else over the skill's own."""
    runs = {*skill.traces, *(skill.policy.traces if finding.claim.kind == "rule" else ())}
    facts = {name: fact for name, fact in library.trace_facts().items() if name in runs and not fact.held_out}
    return summarise(finding.claim, library.rows([finding.id]), facts)


@pytest.mark.parametrize("holdout", [0.0, 0.3])
def test_stored_rows_give_the_numbers_shown(tmp_path: Path, holdout: float) -> None:
    """Of every kind of claim, also of rules that were measured on the runs of the other family."""
    distill(errands(), library=tmp_path, holdout=holdout)
    with Library(tmp_path) as library:
        found = list(stated(library))
        assert not all(fact.finished for fact in library.trace_facts().values())
        assert {finding.claim.kind for _, finding in found} >= {"rule", "effect"}
        assert all(finding.summary == again(library, *each) for each in found for finding in each[1:])


def test_so_they_do_once_runs_of_a_neighbour_are_forgotten(tmp_path: Path) -> None:
    """Two, one after the other: what rules about doors say counts the gates no more."""
    distill(errands(), library=tmp_path)
    forgotten = {trace.hash for trace in gates()[:2]}
    with Library(tmp_path) as library:
        before = {finding.id: finding for skill, finding in stated(library) if skill.family == "doors"}
        for trace in sorted(forgotten):
            library.forget(trace)
        found = list(stated(library))
        after = {finding.id: finding for skill, finding in found if skill.family == "doors"}
        assert all(finding.summary == again(library, *each) for each in found for finding in each[1:])
        assert after.keys() == before.keys()
        assert after != before
        assert not any(forgotten & {*skill.traces, *skill.policy.traces} for skill, _ in found)
