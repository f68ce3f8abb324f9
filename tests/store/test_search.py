"""Search: the skills, or the rules, nearest a query."""

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from trace2skill.skills.model import Skill
from trace2skill.store.library import FILE, Library
from trace2skill.store.records import Change, Commit

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
    """The hit has the new version."""
    topics.commit(add(make_skill("mend-calls", description="Water the tomato plants in the garden")))
    hit = topics.search("gardening vegetables", k=1)[0]
    assert (hit.skill, hit.version) == ("mend-calls", 2)
    assert all("SIM" not in hit.text for hit in topics.search("SIM card", k=10))


@pytest.mark.parametrize("query", ["money back for the flight", "SIM", "call about roaming", "Knit a scarf"])
def test_search_ranks_as_retrieval_does(topics: Library, query: str) -> None:
    """The same skills in the same order with the same scores, also where retrieval abstains."""
    hits = topics.search(query)
    considered = topics.retrieve(query).considered
    assert len(hits) == len(TOPICS)
    assert [(hit.skill, hit.score) for hit in hits] == [(each.skill, each.score) for each in considered]
    assert [(hit.dense_rank, hit.lexical_rank) for hit in hits] == [
        (each.dense_rank, each.lexical_rank) for each in considered
    ]


def test_searching_needs_no_index(topics: Library) -> None:
    """Neither Chroma's folder nor a server: the vectors in the library file are enough."""
    before = topics.search("no internet on the phone"), topics.search("check roaming", kind="rule")
    shutil.rmtree(topics.path / "index")
    with Library(topics.path, chroma="http://127.0.0.1:9") as other:
        assert (
            other.search("no internet on the phone"),
            other.search("check roaming", kind="rule"),
        ) == before
    assert not (topics.path / "index").exists()


def test_all_is_in_the_library_file(topics: Library, tmp_path: Path) -> None:
    """The library file alone, copied elsewhere, searches the same."""
    topics.close()
    (tmp_path / "copy").mkdir()
    shutil.copy(topics.path / FILE, tmp_path / "copy" / FILE)
    with Library(topics.path) as original, closing(Library(tmp_path / "copy", create=False)) as copy:
        assert copy.search("phone internet") == original.search("phone internet")
