"""Search, and an index that heals itself."""

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from chromadb import Collection
from langchain_core.embeddings import DeterministicFakeEmbedding

from trace2skill.errors import IndexMismatchError
from trace2skill.skills.model import Skill
from trace2skill.store.library import FILE, Library
from trace2skill.store.records import Change, Commit
from trace2skill.store.search import SearchIndex

TOPICS = {
    "mend-mobile-data": "The phone has no mobile internet: check roaming and the data limit",
    "mend-calls": "Calls drop or do not connect: look at the signal and the SIM card",
    "refund-flight": "A passenger asks for money back for a cancelled flight",
}


def add(*skills: Skill) -> Commit:
    """A commit that adds the skills."""
    return Commit(changes=tuple(Change(skill=skill, operation="add") for skill in skills))


@pytest.fixture
def topics(library: Library, make_skill: Callable[..., Skill]) -> Library:
    """A library of three skills on different topics."""
    library.commit(add(*(make_skill(name, f"{text}!", description=text) for name, text in TOPICS.items())))
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


def test_an_empty_library_finds_nothing(library: Library) -> None:
    """Nor does it make an index."""
    assert library.search("anything") == []
    assert not (library.path / "index").exists()


def test_a_question_in_other_words_finds_the_skill(topics: Library) -> None:
    """Dense ranking: no content word is shared."""
    hit = topics.search("reimburse an airline customer", k=1)[0]
    assert hit.skill == "refund-flight"
    assert (hit.version, hit.rule, hit.dense_rank) == (1, None, 1)


def test_exact_words_count_too(topics: Library) -> None:
    """Lexical ranking finds an identifier; both ranks are told."""
    hits = topics.search("SIM", k=3)
    assert hits[0].skill == "mend-calls"
    assert hits[0].lexical_rank == 1
    assert hits[1].lexical_rank is None
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_rules_are_searched_on_their_own(topics: Library) -> None:
    """A hit names the rule and gives its text."""
    hit = topics.search("cancelled flight", kind="rule", k=1)[0]
    assert (hit.skill, hit.rule, hit.text) == ("refund-flight", "P1", f"{TOPICS['refund-flight']}!")


@pytest.mark.parametrize(("query", "k"), [("  ", 3), ("flight", 0)])
def test_nothing_asked_nothing_found(topics: Library, query: str, k: int) -> None:
    """A blank query, or none wanted."""
    assert topics.search(query, k=k) == []


def test_a_revised_skill_is_found_by_its_new_text_only(
    topics: Library, make_skill: Callable[..., Skill]
) -> None:
    """The old text leaves the index; the hit has the new version."""
    topics.commit(add(make_skill("mend-calls", description="Water the tomato plants in the garden")))
    hit = topics.search("gardening vegetables", k=1)[0]
    assert (hit.skill, hit.version) == ("mend-calls", 2)
    assert all("SIM" not in hit.text for hit in topics.search("SIM card", k=10))


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


def test_an_index_that_is_behind_catches_up(
    topics: Library, make_skill: Callable[..., Skill], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a kill between the commit and its indexing."""
    with monkeypatch.context() as patch:
        patch.setattr(SearchIndex, "update", lambda self: 0)
        topics.commit(add(make_skill("garden", description="Water the tomato plants")))
    assert topics.search("tomato", k=1)[0].skill == "garden"


def test_a_change_cut_short_is_noticed(
    topics: Library, make_skill: Callable[..., Skill], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill amid indexing, then a rollback to the very texts the index had: it is still mended."""
    original = topics.skill("mend-calls").skill
    upsert = Collection.upsert

    def upsert_and_stop(*arguments: Any, **named: Any) -> None:
        upsert(*arguments, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Collection, "upsert", upsert_and_stop)
        with pytest.raises(KeyboardInterrupt):
            topics.commit(add(make_skill("mend-calls", description="Water the plants")))
    topics.commit(add(original))
    hits = topics.search("signal of calls", k=10)
    assert sorted(hit.skill for hit in hits if hit.dense_rank) == sorted(TOPICS)


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
    """Search goes on as if nothing had happened."""
    before = topics.search("no internet on the phone")
    damage(topics.path / "index")
    assert topics.search("no internet on the phone") == before


def test_vectors_lost_silently_are_noticed(tmp_path: Path, make_skill: Callable[..., Skill]) -> None:
    """Chroma lists documents whose vector folder is gone, and finds only a few of them."""
    skills = [make_skill(f"s{number}", *(f"text {number} {at}" for at in range(60))) for number in range(50)]
    with Library(tmp_path) as library:
        library.commit(add(*skills))
        folders = [each for each in (tmp_path / "index").iterdir() if each.is_dir()]
        assert folders
        for folder in folders:
            shutil.rmtree(folder)
        hits = library.search("text 7 7", kind="rule", k=50)
        assert len([hit for hit in hits if hit.dense_rank]) >= 25


def test_reindex_counts_skills_and_rules(topics: Library) -> None:
    """Three skills, one rule each."""
    assert topics.reindex() == 6


def test_the_search_index_is_derived(topics: Library, tmp_path: Path) -> None:
    """The library file alone, copied elsewhere, searches the same."""
    topics.close()
    (tmp_path / "copy").mkdir()
    shutil.copy(topics.path / FILE, tmp_path / "copy" / FILE)
    with Library(topics.path) as original, closing(Library(tmp_path / "copy", create=False)) as copy:
        assert copy.search("phone internet") == original.search("phone internet")
