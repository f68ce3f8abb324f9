"""What the writer prepares changes no answer, is checked when it is told, and goes with what is forgotten."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.store.skills import TOPICS, fill, topical
from trace2skill.skills.model import Skill
from trace2skill.store import reader
from trace2skill.store.folder import FILE
from trace2skill.store.increments import Joined
from trace2skill.store.library import Library
from trace2skill.store.records import Commit, Hit, Retrieval

NONE = b"[[], [], []]"
TASKS = [task for _, tasks in TOPICS.values() for task in tasks]


@pytest.fixture
def topics(tmp_path: Path, make_skill: Callable[..., Skill]) -> Path:
    """The folder of a library of two skills on different topics."""
    with Library(tmp_path / "library") as library:
        fill(library, make_skill)
    return tmp_path / "library"


def told(folder: Path) -> list[list[Hit] | Retrieval]:
    """Everything a new process would be told of the tasks."""
    with Library(folder) as library:
        skills = [library.search(task) for task in TASKS]
        rules = [library.search(task, kind="rule") for task in TASKS]
        return [*skills, *rules, *(library.retrieve(task) for task in TASKS)]


def write(folder: Path, sql: str) -> None:
    """Change the library's file behind its back."""
    with closing(sqlite3.connect(folder / FILE)) as connection, connection:
        connection.execute(sql)


@pytest.fixture
def no_reading(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody reads all skills."""

    def fail(*_: object) -> None:
        raise AssertionError("the skills were read")

    for name in ("active_cards", "cards", "documents"):
        monkeypatch.setattr(reader, name, fail)
    return None


def test_answers_are_those_worked_out_from_the_skills(topics: Path) -> None:
    """Every score, rank and reason."""
    before = told(topics)
    write(topics, "DELETE FROM prepared")
    assert told(topics) == before


@pytest.mark.usefixtures("no_reading")
def test_no_skill_is_read_for_the_first_search(topics: Path) -> None:
    """But those that are found."""
    assert all(told(topics))


@pytest.mark.parametrize("change", ["generation = generation - 1", "form = 'another'"])
def test_what_is_out_of_date_is_left_alone(topics: Path, change: str) -> None:
    """Also where it says something else."""
    before = told(topics)
    write(topics, f"UPDATE prepared SET {change}, words = x'5b5d', entries = x'{NONE.hex()}'")
    assert told(topics) == before


def test_a_skill_whose_bytes_changed_is_not_told(topics: Path) -> None:
    """Though it was prepared; the others are ranked as if it were not there."""
    write(topics, "UPDATE versions SET body = replace(body, 'rule of', 'rule or') WHERE name = 'phone-data'")
    with Library(topics) as library:
        for found in (library.search("mobile data"), library.search("mobile data", kind="rule")):
            assert [hit.skill for hit in found] == ["flight-refund"]
        assert library.retrieve(TASKS[0]).abstained


@pytest.mark.usefixtures("no_reading")
def test_a_run_that_only_joins_leaves_it_as_it_is(topics: Path) -> None:
    """The generation moves, and what is found does not."""
    before = told(topics)
    with Library(topics) as library:
        trace = topical("Another run.")
        library.stage("next", [trace])
        joined = Joined(trace=trace.hash, family="data", claims="none")
        assert library.commit(Commit(run="next", joined=(joined,))) == library.generation > 1
    assert told(topics)[: 2 * len(TASKS)] == before[: 2 * len(TASKS)]


def test_no_word_of_what_is_forgotten_remains(topics: Path) -> None:
    """The words of its task were among those prepared."""
    with Library(topics) as library:
        library.forget(topical(TASKS[0]).hash)
        with library._database.reading() as connection:
            words = b"".join(row[0] for row in connection.execute("SELECT words FROM prepared"))
    assert b'"morning"' not in words
    assert b'"travel"' in words
