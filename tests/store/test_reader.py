"""Retrieval: a skill that fits, or none and why; without a lock, without writing."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding

from tests.store.skills import TOPICS, fill
from trace2skill.errors import IndexMismatchError
from trace2skill.evidence.rows import Tier
from trace2skill.skills.model import Skill
from trace2skill.store.embeddings import WordLlamaEmbedder
from trace2skill.store.folder import FILE, WriteLock
from trace2skill.store.library import Library
from trace2skill.store.reader import undisputed
from trace2skill.store.records import Change, Commit, Offer, Wanted

MakeSkill = Callable[..., Skill]


class Counting(WordLlamaEmbedder):
    """The default embedding, counting its calls."""

    calls = 0

    def embed(self, texts: list[str]) -> list[list[float]]:
        """Count, then embed."""
        self.calls += 1
        return super().embed(texts)


@pytest.fixture
def topics(library: Library, make_skill: MakeSkill) -> Library:
    """A library of two skills on different topics."""
    fill(library, make_skill)
    return library


def test_a_new_task_finds_its_skill(topics: Library) -> None:
    """With score, threshold, versions, ranks and the rules to prefer."""
    found = topics.retrieve("I need a refund for the flight that was cancelled yesterday")
    assert [offer.skill for offer in found.offered] == ["flight-refund"]
    assert not found.abstained
    assert found.threshold is not None
    offer = found.offered[0]
    assert offer.score >= found.threshold
    assert (offer.version, offer.dense_rank, offer.rules) == (1, 1, ("P1",))
    assert [each.skill for each in found.considered] == ["flight-refund", "phone-data"]


@pytest.mark.parametrize(
    "task", ["Bake a chocolate cake with walnuts", "Prove Fermat's little theorem", "Knit a scarf"]
)
def test_an_unrelated_task_gets_nothing_and_is_told_why(topics: Library, task: str) -> None:
    """Abstaining is an answer; what was considered is told all the same."""
    found = topics.retrieve(task)
    assert found.abstained
    assert found.reason.startswith("nothing is near: the best, ")
    assert found.considered


def test_a_library_without_skills_says_so(library: Library) -> None:
    """There is no threshold either."""
    found = library.retrieve("anything")
    assert (found.abstained, found.reason, found.threshold) == (True, "the library has no skills", None)


def test_a_blank_task_gets_nothing(topics: Library) -> None:
    """Nothing is embedded for it."""
    assert topics.retrieve(" ").reason == "the task says nothing"


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(tags=("ghost",)),
        Wanted(min_tier=Tier.MINED),
        Wanted(min_tasks=1),
        Wanted(status="retired"),
    ],
)
def test_a_filter_that_nothing_passes(topics: Library, wanted: Wanted) -> None:
    """The skills are notes without evidence and tags."""
    assert topics.retrieve(TOPICS["phone-data"][1][0], wanted).reason == "no skill passes the filters"


def test_filters_let_through_what_passes(library: Library, make_skill: MakeSkill) -> None:
    """All tags are required."""
    fill(library, make_skill, tags=("a", "b"))
    assert library.retrieve("no mobile data", Wanted(tags=("a", "b"))).offered


def test_a_retired_skill_is_offered_only_on_request(topics: Library) -> None:
    """A status of None means any."""
    topics.remove("phone-data")
    task = TOPICS["phone-data"][1][0]
    assert topics.retrieve(task).abstained
    assert topics.retrieve(task, Wanted(status=None)).offered[0].skill == "phone-data"


def test_a_threshold_of_ones_own_wins(topics: Library) -> None:
    """Everything passes at -1; k bounds it."""
    assert len(topics.retrieve("Knit a scarf", Wanted(threshold=-1, k=5)).offered) == 2
    assert len(topics.retrieve("Knit a scarf", Wanted(threshold=-1)).offered) == 1


def test_the_same_task_is_embedded_once(tmp_path: Path, make_skill: MakeSkill) -> None:
    """The turns of a conversation cost one retrieval."""
    embedder = Counting()
    with Library(tmp_path, embedding=embedder) as library:
        fill(library, make_skill)
        first = library.retrieve("no mobile data")
        before = embedder.calls
        assert library.retrieve("no mobile data") == first
        assert embedder.calls == before


def test_a_reader_notices_what_another_writes(topics: Library, make_skill: MakeSkill) -> None:
    """Also for the very task it was asked before."""
    task = "Water the tomato plants in the garden"
    with Library(topics.path) as reader:
        assert reader.retrieve(task).abstained
        plants = make_skill("garden", description=task)
        topics.commit(Commit(changes=(Change(skill=plants, operation="add"),)))
        assert [offer.skill for offer in reader.retrieve(task).offered] == ["garden"]


def test_a_reader_answers_while_a_writer_holds_the_lock(topics: Library) -> None:
    """The write lock and an open SQLite transaction of somebody else."""
    held, done = threading.Event(), threading.Event()

    def write() -> None:
        with WriteLock(topics.path / "write.lock"), closing(sqlite3.connect(topics.path / FILE)) as other:
            other.execute("BEGIN IMMEDIATE")
            held.set()
            done.wait(20)
            other.rollback()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert held.wait(10)
        with Library(topics.path) as reader:
            assert reader.retrieve("no mobile data on my phone").offered
            assert reader.search("no mobile data on my phone")
    finally:
        done.set()
        writer.join()


def test_reading_writes_nothing(topics: Library) -> None:
    """Neither into the library file nor into Chroma's folder."""
    before = state(topics.path)
    with Library(topics.path) as reader:
        reader.retrieve("no mobile data on my phone")
        reader.search("no mobile data on my phone", kind="rule")
    assert state(topics.path) == before


def state(folder: Path) -> dict[str, bytes]:
    """Every file's content, but for SQLite's shared memory."""
    files = [file for file in folder.rglob("*") if file.is_file() and file.suffix != ".sqlite3-shm"]
    return {str(file): file.read_bytes() for file in files if not file.name.endswith("-shm")}


def test_another_embedding_is_refused(topics: Library) -> None:
    """With the command that mends it."""
    fake = DeterministicFakeEmbedding(size=8)
    with Library(topics.path, embedding=fake) as other, pytest.raises(IndexMismatchError, match="reindex"):
        other.retrieve("no mobile data")


def test_vectors_that_are_behind_do_not_matter(topics: Library) -> None:
    """As after a kill between a commit and its indexing, or in a library of an older version."""
    expected = topics.retrieve("no mobile data on my phone")
    with closing(sqlite3.connect(topics.path / FILE)) as connection:
        connection.execute("DROP TABLE vectors")
    with Library(topics.path) as reader:
        assert reader.retrieve("no mobile data on my phone") == expected


def test_a_hand_written_library_abstains_too(library: Library, make_skill: MakeSkill) -> None:
    """Without traces the threshold rests on the built-in texts alone."""
    skill = make_skill(
        "fold-napkins", description="How to fold a napkin into a swan. Use for table decoration."
    )
    library.commit(Commit(changes=(Change(skill=skill, operation="import"),)))
    assert library.retrieve("fold the napkins into swans for the table").offered
    assert library.retrieve("restore the database from a backup").abstained


def test_secrets_of_a_task_are_not_embedded(topics: Library, make_skill: MakeSkill) -> None:
    """The embedding, which may be a server's, and the answer see nothing in their place."""
    seen: list[str] = []

    class Listening(WordLlamaEmbedder):
        def embed(self, texts: list[str]) -> list[list[float]]:
            seen.extend(texts)
            return super().embed(texts)

    with Library(topics.path, embedding=Listening()) as library:
        found = library.retrieve("a refund, my password=hunter2hunter2")
        library.search("a refund, my password=hunter2hunter2")
    assert "a refund, my password= " in seen
    assert "hunter2" not in found.query + "".join(seen)


@pytest.mark.parametrize(
    ("scores", "most", "offered"),
    [
        ([0.8, 0.7], 1, [0.8]),
        ([0.7, 0.8], 1, []),
        ([0.7, 0.8], 2, [0.7, 0.8]),
        ([0.9, 0.7, 0.8], 2, [0.9]),
        ([], 1, []),
    ],
)
def test_a_skill_is_not_offered_while_a_nearer_one_is_left_out(
    scores: list[float], most: int, offered: list[float]
) -> None:
    """Ranked by words and meaning together, one may come before another that means more of the task."""
    near = [
        Offer(skill=f"s{at}", version=1, score=score, tier=Tier.MINED, tasks=3)
        for at, score in enumerate(scores)
    ]
    assert [offer.score for offer in undisputed(near, most)] == offered
