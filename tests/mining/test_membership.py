"""Which runs belong to a skill's family."""

from tests.graph.errands import doors, lamps
from trace2skill.mining.families import members
from trace2skill.traces.model import rebuild


def test_new_runs_are_told_apart_as_the_known_ones_are() -> None:
    """Doors and lamps without a given family; the skill's family goes by its own name."""
    known, new = doors(12), [rebuild(trace, id=f"new-{trace.id}") for trace in (*doors(4), *lamps(12))]
    own = [rebuild(trace, family=None) for trace in known]
    runs = [rebuild(trace, family=None) for trace in new]
    found = members("any name", own, runs)
    assert {found[trace.hash] for trace in (*own, *runs[:4])} == {"any name"}
    assert "any name" not in {found[trace.hash] for trace in runs[4:]}


def test_a_given_family_is_kept() -> None:
    """The data knows best."""
    found = members("doors", doors(), lamps())
    assert {found[trace.hash] for trace in lamps()} == {"lamps"}
    assert {found[trace.hash] for trace in doors()} == {"doors"}


def test_another_family_cannot_take_the_name() -> None:
    """The skill's runs are its family, also where others now carry its name."""
    found = members("lamps", doors(), lamps())
    assert {found[trace.hash] for trace in doors()} == {"lamps"}
    assert {found[trace.hash] for trace in lamps()} == {"not lamps"}


def test_without_runs_of_its_own_the_names_stand() -> None:
    """Nothing to tell by."""
    assert set(members("doors", [], lamps()).values()) == {"lamps"}
