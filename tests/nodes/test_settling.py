"""Which families stand, and which are mined again: by growth, by strangers, by evidence that moves."""

import pytest

from tests.graph.errands import door, doors, lamps
from trace2skill.evidence.exact import fisher_p, is_surprising
from trace2skill.evidence.rows import Table
from trace2skill.mining.pool import trace_facts
from trace2skill.mining.task_features import Brief, brief
from trace2skill.nodes.settling import Known, assign, settle
from trace2skill.store.increments import Joined
from trace2skill.traces.model import Trace, rebuild


@pytest.fixture(autouse=True)
def standing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Families stand from ten runs on."""
    monkeypatch.setattr("trace2skill.nodes.settling.STANDS_FROM", 10)


def free(traces: list[Trace]) -> list[Brief]:
    """Briefs of runs without a family that the data gives, each on a task of its own."""
    named = (rebuild(each, family=None, task_key=each.id) for each in traces)
    return sorted((brief(each) for each in named), key=lambda each: each.hash)


def known(briefs: list[Brief], families: dict[str, str]) -> Known:
    """A library that measured these runs."""
    facts = {each.hash: trace_facts(each, families[each.hash]) for each in briefs}
    return Known(facts, {})


FIRST = free(doors(40) + lamps(40))
FAMILIES = assign(FIRST, Known({}, {})).families


def test_new_runs_join_the_nearest_family() -> None:
    """Doors join doors, lamps lamps; nobody else changes family."""
    new = free([door(100, unlocked=True), lamps(1)[0].model_copy(update={"id": "late"})])
    found = assign(FIRST + new, known(FIRST, FAMILIES))
    assert found.formed == ()
    assert found.standing == set(FAMILIES.values())
    assert len(found.standing) == 2
    assert FAMILIES.items() <= found.families.items()
    of_doors = FAMILIES[free(doors(1))[0].hash]
    assert [found.families[each.hash] == of_doors for each in new] == [True, False]


def test_strangers_have_families_formed_anew() -> None:
    """Tasks like none of the known ones do not join what is nearest; it is said."""
    odd = [f"Water the tulips in bed {name}." for name in ("one", "two", "three", "four", "five")]
    new = free([rebuild(door(200 + at, unlocked=True), task=text) for at, text in enumerate(odd)])
    found = assign(FIRST + new, known(FIRST, FAMILIES))
    assert found.formed == ("house: 5 of 5 new tasks are like none of its families",)
    assert found.families == assign(FIRST + new, Known({}, {})).families


def test_a_domain_that_has_grown_is_formed_anew_and_another_stands() -> None:
    """Growth counts within a domain; what had joined there is settled."""
    other = [each._replace(domain="garden") for each in free(doors(60)) if each not in FIRST]
    before = FIRST + other
    families = assign(before, Known({}, {})).families
    new = free([door(300 + at, unlocked=True) for at in range(9)])
    facts = known(before, families).facts
    joined = {new[0].hash: Joined(trace=new[0].hash, family="doors", claims="")}
    found = assign(before + new, Known(facts, joined))
    assert found.formed == ("house: 9 of 89 runs are new",)
    assert found.settled == (new[0].hash,)
    assert found.standing == {families[each.hash] for each in other}


def test_a_family_without_a_skill_waits_for_a_tenth_more() -> None:
    """One run more on forty waits, five do not; after something was forgotten it is mined at once."""
    new = free([door(400 + at, unlocked=True) for at in range(5)])
    old = free(doors(40))
    library = known(old, dict.fromkeys((each.hash for each in old), "doors"))

    def settled(count: int, **bases: None) -> tuple[bool, int]:
        found = settle({"doors": [*old, *new[:count]]}, bases, library, lambda _claims, _runs: ())
        return "doors" in found.due, len(found.waiting)

    assert settled(1) == (False, 1)
    assert settled(5) == (True, 0)
    assert settled(0, doors=None) == (True, 0)


def test_a_surprise_is_what_fishers_test_says() -> None:
    """The bound only spares the test where it cannot be below the level."""
    tables = [Table(hits, 7, other, 30) for hits in range(8) for other in range(0, 31, 3)]
    tables += [Table(0, 0, 3, 5), Table(2, 2, 0, 0)]
    for table in tables:
        for level in (0.05, 0.001):
            assert is_surprising(table, level) == ((fisher_p(table) or 1.0) < level)
