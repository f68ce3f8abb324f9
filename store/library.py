"""The library: skills, every version of them, and the evidence they rest on, in one folder."""

import weakref
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from trace2skill.claims.model import Claim
from trace2skill.errors import LibraryError
from trace2skill.evidence.rows import Row, TraceFacts
from trace2skill.skills.refusals import Refusal
from trace2skill.store import (
    commits,
    evidence,
    forget,
    redaction,
    reviews,
    skills,
    usage,
    validations,
)
from trace2skill.store import traces as tracebook
from trace2skill.store.database import Database
from trace2skill.store.folder import FILE, WriteLock, drop_calls, prepare
from trace2skill.store.increments import Increments
from trace2skill.store.indexing import SearchIndex
from trace2skill.store.journal import Journal
from trace2skill.store.quarantine import Quarantine
from trace2skill.store.reader import LibraryReader
from trace2skill.store.records import (
    Change,
    Commit,
    Forgotten,
    Hit,
    Kind,
    Outline,
    Rejection,
    Retrieval,
    SkillUse,
    Staged,
    Status,
    StoredSkill,
    Wanted,
)
from trace2skill.store.validations import Validation
from trace2skill.traces.model import Trace
from trace2skill.traces.redact import Level

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from trace2skill.store.embeddings import Embedder
    from trace2skill.store.index import ChromaClient

__all__ = ["FILE", "Library"]


class Library:
    """A folder of skills with their evidence.

    `library.sqlite3` in it is the truth; `index/` (Chroma) is derived and heals itself; `usage/` holds what
    agents reported since it was last written; `write.lock` lets one writer in at a time. Any number of
    processes and threads may use one library; a process killed at any point leaves whole skills only.

        with Library(".trace2skill") as library:
            for hit in library.search("roaming is off but data does not work", k=3):
                print(hit.skill, library.skill(hit.skill).skill.title)

    Args:
        path: The folder.
        embedding: `wordllama` (the offline default), `openai:MODEL`, `package.module:ClassName`, a LangChain
            `Embeddings` object or an `Embedder`. It is loaded when the index is first needed.
        chroma: Where the index lies: `http://host:port` of a Chroma server, a client of Chroma's, or
            `folder`; None for where it was put first, which is the folder unless something else was given
            then. `reindex` moves it.
        create: Make the folder when it holds no library.

    Raises:
        LibraryError: The folder cannot be used, or holds no library and `create` is False.
        SettingError: The embedding's name or the server's address has no known form.
    """

    def __init__(
        self,
        path: str | Path = ".trace2skill",
        *,
        embedding: "str | Embedder | Embeddings | None" = None,
        chroma: "str | ChromaClient | None" = None,
        create: bool = True,
    ) -> None:
        self.path = Path(path)
        self.embedding = embedding
        self.chroma = chroma
        prepare(self.path, create=create)
        self._lock = WriteLock(self.path / "write.lock")
        self._database = Database(self.path / FILE, self._lock)
        self._journal = Journal(self.path)
        try:
            index = SearchIndex(self._database, self._lock, self.path, embedding, chroma)
            self._index = index
            self._reader = LibraryReader(self._database, self.path, lambda: index.embedder)
        except BaseException:
            self._database.close()
            raise
        self.increments = Increments(self._database)
        self.quarantine = Quarantine(self._database)
        weakref.finalize(self, self._database.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the library; it cannot be used afterwards. One that nobody holds any more closes itself."""
        self._database.close()

    @property
    def generation(self) -> int:
        """Grows by one with each committed change to skills, evidence or kept traces."""
        with self._database.reading() as connection:
            return commits.generation(connection)

    def redaction(self, wanted: Level | None = None, *, keep: bool = False) -> Level:
        """What is replaced in traces before they are stored here; with `keep` it is settled from now on.

        Args:
            wanted: The level that somebody asks for, if any; a library without traces takes it.
            keep: Whether to note it.

        Raises:
            LibraryError: The library's traces were redacted with another level.
        """
        with self._database.reading() as connection:
            chosen = redaction.settled(connection, wanted, self.path)
        if keep:
            with self._database.writing() as connection:
                redaction.keep(connection, chosen)
        return chosen

    # Traces

    def stage(self, run: str, traces: Iterable[Trace]) -> Staged:
        """Put redacted traces aside for a run; nobody else sees them until the run commits.

        Staging again is harmless. What was never committed goes with anybody's first commit a week later.
        """
        return self.stage_packed(run, map(tracebook.pack, traces))

    def stage_packed(self, run: str, traces: Iterable[tracebook.Packed]) -> Staged:
        """`stage`, for traces that were packed elsewhere."""
        return tracebook.stage(self._database, run, traces)

    def note_arrivals(self, doors: Mapping[str, str]) -> None:
        """Note what took traces in, by hash."""
        with self._database.writing() as connection:
            tracebook.note_arrivals(connection, doors)

    def arrivals(self) -> dict[str, str]:
        """What took each trace in, by hash: a command, with the library that it was merged from."""
        with self._database.reading() as connection:
            return tracebook.arrivals(connection)

    def without_private(self, run: str) -> frozenset[str]:
        """Hashes of traces in which nothing private is left, since the run itself has just replaced it."""
        with self._database.reading() as connection:
            if redaction.level(connection) != "personal":
                return frozenset()
            return tracebook.redacted_by(connection, run)

    def unstage(self, run: str) -> None:
        """Drop what a run staged."""
        with self._database.writing() as connection:
            tracebook.unstage(connection, run)

    def judge(self, run: str, traces: Iterable[tuple[Trace, bool]]) -> None:
        """Put versions of traces aside in which a model's judgement of the outcome has changed.

        The run reads these from then on, and its commit keeps them. The hash stays what it was.

        Args:
            run: The run's id.
            traces: Each with whether its label is another one now.
        """
        tracebook.judge(self._database, run, traces)

    def judged(self, run: str) -> dict[str, bool]:
        """The hashes of the traces that the run judged, or unjudged, and whether their labels changed."""
        with self._database.reading() as connection:
            return tracebook.judged(connection, run)

    def trace_hashes(self, run: str | None = None) -> list[str]:
        """Hashes of the kept traces, and of those the run staged, sorted."""
        with self._database.reading() as connection:
            return tracebook.hashes(connection, run)

    def traces(self, hashes: Iterable[str] | None = None, run: str | None = None) -> Iterator[Trace]:
        """Kept traces, and those the run staged, sorted by hash; a few in memory at a time.

        Raises:
            LibraryError: A wanted hash is not there.
        """
        return tracebook.stream(self._database, hashes, run)

    def trace(self, ref: str, run: str | None = None) -> Trace:
        """A trace by its hash, its own id, or the start of its hash (tried in this order).

        Raises:
            LibraryError: None, or more than one, goes by that reference.
        """
        with self._database.reading() as connection:
            return tracebook.load(connection, tracebook.resolve(connection, ref, run), run)

    # Skills

    def skills(self, *, tag: str | None = None, status: Status | None = "active") -> list[StoredSkill]:
        """Current versions sorted by name; a status of None means any but withheld."""
        with self._database.reading() as connection:
            return skills.current(connection, tag, status)

    def outlines(self) -> list[Outline]:
        """As `skills(status=None)`, without the rules: for lists of many."""
        with self._database.reading() as connection:
            return skills.outlines(connection)

    def names(self) -> list[str]:
        """The names of all skills, sorted, whatever their status."""
        with self._database.reading() as connection:
            return skills.names(connection)

    def skill(self, name: str, version: int | None = None) -> StoredSkill:
        """A skill's given version, or its current one; rejected and retired skills too.

        Raises:
            LibraryError: No such skill (close names are listed) or version.
        """
        with self._database.reading() as connection:
            return skills.one(connection, name, version)

    def history(self, name: str) -> list[StoredSkill]:
        """All versions of a skill, oldest first.

        Raises:
            LibraryError: No such skill; close names are listed.
        """
        with self._database.reading() as connection:
            return skills.history(connection, name)

    def commit(self, commit: Commit, *, expected_generation: int | None = None) -> int:
        """Save everything a run found, whole or not at all, then bring the search index up to date.

        A change equal to the skill's current version adds no version; a commit that changes nothing leaves
        the generation as it is.

        Args:
            commit: What to save.
            expected_generation: The generation that `commit` was worked out on; None to save in any case.

        Returns:
            The generation after it.

        Raises:
            StaleLibraryError: The library has moved on; nothing was saved.
            IndexMismatchError: The index was made with another embedding; nothing was saved.
            LibraryError: The library cannot be written, and nothing was saved; or only the index could not be
                updated, and the message says so.
        """
        with self._lock:
            if not commit.only_joins:
                self._index.check()
            with self._database.writing() as connection:
                generation = commits.save(connection, commit, expected_generation)
                folded = self._journal.fold(connection)
            self._journal.drop(folded)
            if not commit.only_joins:
                self._index.follow(generation)
        return generation

    def rollback(self, name: str, version: int) -> StoredSkill:
        """Make an old version current again, as a new version with its content; a retired skill comes back.

        Raises:
            LibraryError: No such skill or version.
        """
        old = self.skill(name, version)
        change = Change(skill=old.skill, operation="rollback", note=f"to version {version}")
        self.commit(Commit(changes=(change,)))
        return self.skill(name)

    def remove(self, name: str) -> None:
        """Retire a skill: it is no longer listed or found, its history stays.

        Raises:
            LibraryError: No such skill.
        """
        self.commit(Commit(retire=(name,)))

    # Evidence

    def rows(self, claims: Iterable[str] | None = None) -> list[Row]:
        """Evidence rows of the given claim ids, or all, sorted by claim and trace."""
        with self._database.reading() as connection:
            return evidence.rows(connection, claims)

    def trace_facts(self) -> dict[str, TraceFacts]:
        """What the statistics know of every measured trace, by hash, sorted."""
        with self._database.reading() as connection:
            return evidence.facts(connection)

    def claim(self, claim_id: str) -> Claim | None:
        """The claim of that id, if stored."""
        with self._database.reading() as connection:
            return evidence.claim(connection, claim_id)

    def rejections(self, family: str | None = None) -> list[Rejection]:
        """Findings that were tested and left out, of a family or all, sorted by family and claim."""
        with self._database.reading() as connection:
            return evidence.rejections(connection, family)

    def forget(self, ref: str) -> Forgotten:
        """Remove a trace and everything that came from it alone, from every stored version.

        Its steps, rows, facts and citations go, the worked examples cut from it, and the parameter values
        that occur in it. Current skills get a new version with the numbers of the remaining rows; rules left
        without support are dropped, skills left without rules retired. File and index are rewritten, so that
        nothing of the trace stays in them.

        Args:
            ref: The trace's hash, its own id, or the start of its hash.

        Raises:
            LibraryError: None, or more than one, goes by that reference.
        """
        with self._lock:
            self._index.check()
            with self._database.writing() as connection:
                forgotten = forget.forget(connection, ref)
                generation = commits.advance(connection)
                folded = self._journal.fold(connection)
            self._journal.drop(folded)
            erased = self._database.erase()
            drop_calls(self.path)
            self._index.follow(generation, rebuild=bool(forgotten.skills))
        return forgotten.model_copy(update={"erased": erased})

    # Reviews

    def refusals(self) -> list[Refusal]:
        """What people have rejected at reviews, oldest first."""
        with self._database.reading() as connection:
            return reviews.refusals(connection)

    def withdraw_refusals(self, skill: str) -> int:
        """Take back what was rejected under a skill's name, so that it may be proposed again; how many.

        The next run that finds it proposes it.
        """
        with self._database.writing() as connection:
            return reviews.withdraw(connection, skill)

    # Verdicts

    def validations(self, skill: str | None = None) -> list[Validation]:
        """The verdicts on a skill, or all, oldest first."""
        with self._database.reading() as connection:
            return validations.listed(connection, skill)

    def withdraw_validations(self, skill: str) -> int:
        """Take back the verdicts that a skill harms, so that it is offered again; how many there were.

        They stay listed, as not standing.
        """
        with self._lock:
            self._index.check()
            with self._database.writing() as connection:
                withdrawn = validations.withdraw(connection, skill)
                generation = commits.advance(connection) if withdrawn else commits.generation(connection)
            self._index.follow(generation)
        return withdrawn

    # Retrieval

    def retrieve(self, task: str, wanted: Wanted | None = None) -> Retrieval:
        """The skills to offer for a task, or none and why; takes no lock, writes nothing (docs/retrieval.md).

        Raises:
            IndexMismatchError: The library was embedded with another embedding.
            LibraryError: The library cannot be read.
        """
        return self._reader.retrieve(task, wanted or Wanted())

    def search(self, query: str, *, k: int = 5, kind: Kind = "skill") -> list[Hit]:
        """The k active skills, or rules, nearest a query, ranked as `retrieve` ranks; it never abstains.

        Takes no lock, writes nothing (docs/retrieval.md).

        Raises:
            IndexMismatchError: The library was embedded with another embedding.
            LibraryError: The library cannot be read.
        """
        return self._reader.search(query, k, kind)

    def check_index(self) -> None:
        """Raise now what a later commit would: missing embedding, mismatched index, server down."""
        self._index.check()

    def reindex(self) -> int:
        """Rebuild the search index with this library's embedding; the number of documents."""
        return self._index.rebuild()

    # Usage

    def record_usage(self, usages: Iterable[SkillUse]) -> None:
        """Add lines of a receipt, or feedback. No new generation, and no wait for whoever writes the library.

        They lie in the journal (`usage/`) until somebody writes the library; `usage` gives both.

        Raises:
            LibraryError: The library's folder cannot be written.
        """
        if self._journal.add(usages):
            self._fold()

    def usage(self, skill: str | None = None) -> list[SkillUse]:
        """Usage of a skill, or all, oldest first."""
        while True:  # until no file of the journal went into the library meanwhile
            reported = self._journal.read()
            with self._database.reading() as connection:
                lines, folded = usage.listed(connection, skill), usage.folded(connection)
            left = [name for name in reported if name not in folded]
            if self._journal.holds(left):
                later = [line for name in left for line in reported[name]]
                return [*lines, *(line for line in later if skill in (None, line.skill))]

    def _fold(self) -> None:
        """Take the journal into the library, unless somebody else is writing."""
        with suppress(LibraryError):
            with self._database.writing(patience=0) as connection:
                folded = self._journal.fold(connection)
            self._journal.drop(folded)
