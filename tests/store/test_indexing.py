"""The index beside the library file: kept up with it, and mended."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from chromadb import Collection
from langchain_core.embeddings import DeterministicFakeEmbedding

from tests.store.skills import fill, indexed, nearest, wanted
from trace2skill.errors import IndexMismatchError
from trace2skill.skills.model import Skill
from trace2skill.store.indexing import SearchIndex
from trace2skill.store.library import Library
from trace2skill.store.records import Change, Commit


def add(skill: Skill) -> Commit:
    """A commit that adds the skill."""
    return Commit(changes=(Change(skill=skill, operation="add"),))


@pytest.fixture
def topics(library: Library, make_skill: Callable[..., Skill]) -> Library:
    """A library of two skills on different topics."""
    fill(library, make_skill)
    return library


class Counting:
    """An embedder that remembers what it was asked to embed."""

    def __init__(self, name: str = "counting") -> None:
        self.id = name
        self.asked: list[str] = []

    def embed(self, texts: list[str]) -> list[list[float]]:
        """Length and number of a's."""
        self.asked += texts
        return [[float(len(text)), float(text.count("a")), 1.0] for text in texts]


def test_only_new_texts_are_embedded(tmp_path: Path, make_skill: Callable[..., Skill]) -> None:
    """A second commit pays for its own documents alone."""
    embedder = Counting()
    with Library(tmp_path, embedding=embedder) as library:
        library.commit(add(make_skill("one", "rule of one")))
        embedder.asked.clear()
        library.commit(add(make_skill("two", "rule of two")))
    assert sorted(embedder.asked) == ["Two\nHow to two.", "rule of two"]


def test_another_embedding_is_refused_with_the_command_that_mends_it(
    tmp_path: Path, make_skill: Callable[..., Skill]
) -> None:
    """Search and commit refuse before anything is written; reindexing mends it."""
    with Library(tmp_path) as library:
        library.commit(add(make_skill("one")))
    command = f"trace2skill skills reindex --library {tmp_path} --embedding counting"
    with Library(tmp_path, embedding=Counting()) as library:
        for action in (
            lambda: library.search("one"),
            lambda: library.commit(add(make_skill("two"))),
            library.check_index,
        ):
            with pytest.raises(IndexMismatchError, match=command):
                action()
        assert library.generation == 1
        assert library.reindex() == 2
        assert library.search("one")[0].skill == "one"


def test_an_index_of_nothing_takes_any_embedding(tmp_path: Path, make_skill: Callable[..., Skill]) -> None:
    """Nobody rebuilds what is empty."""
    with Library(tmp_path) as library:
        library.commit(Commit())
    with Library(tmp_path, embedding=DeterministicFakeEmbedding(size=8)) as library:
        library.commit(add(make_skill("one")))
        assert library.search("one")[0].skill == "one"


def test_what_chroma_holds_can_be_asked_for(topics: Library) -> None:
    """By other users of its folder: a document a skill and one a rule, with the vectors of the library."""
    assert nearest(topics, "skills", "money back for a flight", 1)[0].startswith("flight-refund/@")
    assert nearest(topics, "rules", "money back for a flight", 1)[0].startswith("flight-refund/P1@")


def test_an_index_that_is_behind_catches_up(
    topics: Library, make_skill: Callable[..., Skill], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a kill between the commit and its indexing: with the next commit, whatever is in it."""
    with monkeypatch.context() as patch:
        patch.setattr(SearchIndex, "update", lambda self: 0)
        topics.commit(add(make_skill("garden", description="Water the tomato plants")))
    assert topics.search("tomato", k=1)[0].skill == "garden"
    assert indexed(topics) < wanted(topics)
    topics.commit(Commit())
    assert indexed(topics) == wanted(topics)


def test_a_change_cut_short_is_noticed(
    topics: Library, make_skill: Callable[..., Skill], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill amid indexing, then a rollback to the very texts the index had: it is still mended."""
    original = topics.skill("phone-data").skill
    upsert = Collection.upsert

    def upsert_and_stop(*arguments: Any, **named: Any) -> None:
        upsert(*arguments, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Collection, "upsert", upsert_and_stop)
        with pytest.raises(KeyboardInterrupt):
            topics.commit(add(make_skill("phone-data", description="Water the plants")))
    topics.commit(add(original))
    assert indexed(topics) == wanted(topics)


def truncate(index: Path) -> None:
    """Empty Chroma's own database."""
    (index / "chroma.sqlite3").write_bytes(b"")


def scramble(index: Path) -> None:
    """Overwrite it."""
    (index / "chroma.sqlite3").write_bytes(b"no database" * 1000)


def remove(index: Path) -> None:
    """Remove the whole folder."""
    shutil.rmtree(index)


def replace_by_file(index: Path) -> None:
    """Put a file in the folder's place."""
    shutil.rmtree(index)
    index.touch()


@pytest.mark.parametrize("damage", [truncate, scramble, remove, replace_by_file])
def test_a_damaged_index_is_built_anew(topics: Library, damage: Callable[[Path], None]) -> None:
    """By the next commit, whatever is in it."""
    damage(topics.path / "index")
    topics.commit(Commit())
    assert indexed(topics) == wanted(topics)
    assert nearest(topics, "skills", "no data on the phone", 1)[0].startswith("phone-data/")


def test_reindex_counts_skills_and_rules(topics: Library) -> None:
    """Two skills, one rule each."""
    assert topics.reindex() == 4
