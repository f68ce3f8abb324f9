"""Trigger evals: the queries that are made, their files, what is counted, and the catalogue's room."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.skills import TOPICS, fill
from trace2skill.errors import InputError
from trace2skill.evaluation.catalogue import listings
from trace2skill.evaluation.trigger_queries import (
    GENERATED,
    TriggerQuery,
    generated,
    kept_queries,
    read_queries,
)
from trace2skill.evaluation.triggers import trigger_report
from trace2skill.skills.model import Skill
from trace2skill.store.library import Library
from trace2skill.store.records import Change, Commit, SkillUse


def make(name: str, *rules: str, **fields: object) -> Skill:
    """A skill with the fields given."""
    return Skill.model_validate(
        {"name": name, "title": name, "description": f"{name}.", "family": name} | fields
    )


@pytest.fixture(scope="module")
def phones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A library of the topics, each with its tasks."""
    with Library(tmp_path_factory.mktemp("triggers")) as library:
        fill(library, make)
        yield library


def test_queries_are_made_from_the_tasks(phones: Library) -> None:
    """Of both kinds for each skill; another skill's tasks are near misses that it answers."""
    made = generated(phones)
    assert made == generated(phones)
    assert sorted(made) == ["flight-refund", "phone-data"]
    for name, queries in made.items():
        other = next(each for each in made if each != name)
        wanted = [query.query for query in queries if query.should_trigger]
        near = [query for query in queries if not query.should_trigger]
        assert set(TOPICS[name][1]) <= set(wanted)
        assert {query.query for query in near if query.right == other} <= set(TOPICS[other][1])
        assert any(query.right == other for query in near)
        assert any(not query.right for query in near)
        assert not {query.query for query in near} & set(wanted)
        assert {query.author for query in queries} == {GENERATED}
        assert max(len(wanted), len(near)) <= 20


def test_what_a_person_writes_into_a_file_counts(phones: Library, tmp_path: Path) -> None:
    """The file is read back; made anew, what the person wrote stays and the rest is replaced."""
    kept_queries(phones, tmp_path)
    file = tmp_path / "phone-data.json"
    mine = {"query": "no bars at all", "should_trigger": True, "author": "Ada"}
    file.write_text(json.dumps([mine]))
    assert [query.query for query in kept_queries(phones, tmp_path)["phone-data"]] == ["no bars at all"]
    again = kept_queries(phones, tmp_path, again=True)["phone-data"]
    assert again[0] == TriggerQuery(query="no bars at all", should_trigger=True, author="Ada")
    assert {query.author for query in again[1:]} == {GENERATED}
    assert read_queries(file) == again


def test_files_of_skill_writers_are_read(tmp_path: Path) -> None:
    """Query and flag are enough."""
    file = tmp_path / "q.json"
    file.write_text('[{"query": "hi", "should_trigger": false}]')
    assert read_queries(file) == [TriggerQuery(query="hi", should_trigger=False)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[", "q.json:1: is not JSON"),
        ('[{"query": "hi"}]', "0.should_trigger: Field required"),
        ('[{"query": "hi", "should_trigger": false, "right": "ghost"}]', "names 'ghost'"),
    ],
)
def test_a_wrong_file_is_told(tmp_path: Path, text: str, told: str) -> None:
    """With file, place and what there is."""
    file = tmp_path / "q.json"
    file.write_text(text)
    with pytest.raises(InputError, match=told):
        read_queries(file, {"phone-data"})


def test_counts_collisions_and_misses(phones: Library) -> None:
    """Counted by hand: a query of one skill is said to be of the other, one is nobody's business."""
    data, refund = (TOPICS[name][1][0] for name in ("phone-data", "flight-refund"))
    queries = {
        "phone-data": [
            TriggerQuery(query=data, should_trigger=True, author="Ada"),
            TriggerQuery(query=refund, should_trigger=True),
            TriggerQuery(query="How do I boil an egg?", should_trigger=False),
        ],
        "ghost": [TriggerQuery(query="boo", should_trigger=True)],
    }
    found = trigger_report(phones, queries)
    (one,) = found.skills
    assert (one.recall.hits, one.recall.trials) == (1, 2)
    assert (one.precision.hits, one.precision.trials) == (1, 1)
    assert (one.near_misses.hits, one.near_misses.trials) == (0, 1)
    assert one.recall.low < 0.5 < one.recall.high
    assert one.authors == {"": 2, "Ada": 1}
    assert [each.query for each in one.wrong] == [refund]
    (collision,) = found.collisions
    assert (collision.skill, collision.taken_by, collision.offered) == ("phone-data", "flight-refund", 1)


def test_what_a_client_has_no_room_for(tmp_path: Path) -> None:
    """Names always stand there; the least used lose their descriptions first; twins are told."""
    skills = [
        make(name, description=text)
        for name, text in (("a", "x" * 1000), ("b", "y" * 1000), ("c", "Same words."), ("d", "same  words."))
    ]
    with Library(tmp_path / "library") as library:
        library.commit(Commit(changes=tuple(Change(skill=skill, operation="add") for skill in skills)))
        library.record_usage([SkillUse(receipt="r", event="used", skill="b", version=1)])
        claude, codex, fixed = listings(library, context=30_000)
    assert (claude.budget, claude.left_out, claude.cut) == (1200, ("a", "c", "d"), ())
    assert claude.needed == 2 * 1005 + 16 + 17
    assert (codex.budget, codex.left_out) == (2400, ())
    assert (fixed.budget, fixed.alike) == (8000, (("c", "d"),))
