"""What a small family's policy is mined from: its own runs, and those of its domain."""

from pathlib import Path

import pytest

from tests.graph.errands import doors, lamps
from trace2skill.graph.run import distill
from trace2skill.mining import pool
from trace2skill.mining.decisions import Decisions
from trace2skill.mining.pool import Pool
from trace2skill.nodes import decide
from trace2skill.nodes.plan import FEW_TASKS
from trace2skill.skills.model import Skill
from trace2skill.store.library import Library
from trace2skill.traces.model import Trace, rebuild


def skills(folder: Path, traces: list[Trace]) -> dict[str, Skill]:
    """What is distilled of the traces, by family."""
    distill(traces, library=folder)
    with Library(folder) as library:
        return {stored.skill.family: stored.skill for stored in library.skills()}


def test_small_families_of_a_domain_are_weighed_together(tmp_path: Path) -> None:
    """The runs of both are behind each policy; each holds only what its own runs do."""
    traces = doors() + lamps()
    found = skills(tmp_path, traces)
    everything = tuple(sorted(trace.hash for trace in traces))
    assert {skill.policy.traces for skill in found.values()} == {everything}
    assert {rule.then.tool for rule in found["doors"].policy.rules} == {"unlock", "open"}
    assert {rule.then.tool for rule in found["lamps"].policy.rules} == {"plug_in", "switch_on"}


def test_a_family_of_many_tasks_stands_alone(tmp_path: Path) -> None:
    """Its own runs tell enough."""
    many = doors(2 * FEW_TASKS)
    found = skills(tmp_path, many + lamps())
    assert found["doors"].policy.traces == tuple(sorted(trace.hash for trace in many))


def test_runs_without_a_domain_are_not_taken_for_neighbours(tmp_path: Path) -> None:
    """Nothing says that they have anything in common."""
    traces = [rebuild(trace, domain=None) for trace in doors() + lamps()]
    found = skills(tmp_path, traces)
    assert found["doors"].policy.traces == tuple(sorted(trace.hash for trace in traces[:8]))


def test_in_a_large_domain_a_sample_of_the_neighbours_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The family's own runs are all among them, and nothing is due again without anything new."""
    monkeypatch.setattr(pool, "MOST_TRACES", 12)
    traces = doors(8) + lamps(20)
    found = skills(tmp_path, traces)
    behind = found["doors"].policy.traces
    assert len(behind) == 12
    assert {trace.hash for trace in traces[:8]} < set(behind)
    assert not distill(traces[:1], library=tmp_path).families


def test_a_large_domain_is_mined_a_part_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small families go together as far as there is room, so that more of them cost no more per run."""
    monkeypatch.setattr(pool, "MOST_TRACES", 20)
    grounds: list[set[str]] = []

    def counted(ground: Pool) -> Decisions:
        grounds.append({trace.hash for trace in ground.traces})
        return Decisions(ground)

    monkeypatch.setattr(decide, "Decisions", counted)
    houses = [
        [rebuild(trace, id=f"{trace.id} {house}", family=house) for trace in doors()] for house in "abcde"
    ]
    found = skills(tmp_path, [trace for house in houses for trace in house])
    runs = [{trace.hash for trace in house} for house in houses]
    assert [len(ground) for ground in grounds] == [20, 20, 20]
    assert [[own <= ground for own in runs] for ground in grounds] == [
        [True, True, False, False, False],
        [False, False, True, True, False],
        [False, False, False, False, True],
    ]
    behind = [set(found[house].policy.traces) for house in "abcde"]
    assert behind == [grounds[0], grounds[0], grounds[1], grounds[1], grounds[2]]


@pytest.mark.parametrize("again", [False, True])
def test_what_rests_on_a_forgotten_neighbour_is_dropped(tmp_path: Path, again: bool) -> None:
    """The lamps' policy rested on the door as well; distilled again, it rests on what is left."""
    traces = doors() + lamps()
    skills(tmp_path, traces)
    with Library(tmp_path) as library:
        library.forget(traces[0].hash)
    if again:
        left = tuple(sorted(trace.hash for trace in traces[1:]))
        assert skills(tmp_path, [lamps()[0]])["lamps"].policy.traces == left
    else:
        with Library(tmp_path) as library:
            assert all(stored.skill.policy.empty for stored in library.skills())
