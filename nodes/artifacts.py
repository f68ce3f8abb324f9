"""The artifacts of one run: what its nodes pass to each other that is too big for the state."""

import hashlib
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import Field

from trace2skill.claims.model import Claim
from trace2skill.errors import LibraryError
from trace2skill.evidence.policy import Policy
from trace2skill.evidence.rows import TraceFacts
from trace2skill.evidence.statistics import Stratification, stratification
from trace2skill.mining.judge import Analysis
from trace2skill.mining.pool import sample
from trace2skill.mining.pool_summary import PoolSummary
from trace2skill.nodes.state import ReadTask
from trace2skill.proposals.glossary import Glossary
from trace2skill.proposals.reading import Note, RunReading
from trace2skill.proposals.transcript import Seen, Transcript
from trace2skill.skillmd.review import ProposedChange
from trace2skill.skills.consolidate import Proposal
from trace2skill.skills.critique import Objection
from trace2skill.skills.guidance_text import approx_tokens
from trace2skill.skills.model import Skill
from trace2skill.skills.refusals import Refusal
from trace2skill.store.folder import left_behind
from trace2skill.store.increments import Joined
from trace2skill.store.records import Rejection
from trace2skill.store.traces import STALE_SECONDS
from trace2skill.traces.model import Frozen, Trace

Body = TypeVar("Body", bound=Frozen)
LEFT_BEHIND_AFTER = STALE_SECONDS

EDIT = -1
"""Stands for a revision where rules were taken out by the editor, before the first critique."""

Chosen = dict[str, tuple[str, ...]]
"""The hashes of some runs, by family."""


class Members(Frozen):
    """The facts that statistics need about a family's traces, sorted by hash."""

    facts: tuple[TraceFacts, ...]
    neighbours: tuple[TraceFacts, ...] = ()
    """Runs of other families in its domain, on which a small family's rules are mined and measured too."""
    siblings: Chosen = Field(default_factory=dict)
    """Some runs of each other family in its domain, from whose tasks the skill's texts distinguish it."""

    @property
    def hashes(self) -> tuple[str, ...]:
        """The traces' hashes."""
        return tuple(fact.trace for fact in self.facts)

    @property
    def mined(self) -> tuple[str, ...]:
        """Hashes of the traces that may be mined: those on tasks not held out."""
        return tuple(fact.trace for fact in self.facts if not fact.held_out)

    @property
    def ground(self) -> tuple[str, ...]:
        """Hashes of the traces that its policy is mined from, sorted."""
        return tuple(sorted({*sample(self.mined), *(fact.trace for fact in self.neighbours)}))

    @property
    def stratified_by(self) -> Stratification:
        """The strata within which the runs that may be mined are compared."""
        return stratification({fact.trace: fact for fact in self.facts if not fact.held_out})


class Batch(Frozen):
    """A stored transcript: its text, and the hash of the run behind each alias."""

    text: str
    steps: int
    uncut: int = Field(description="steps shown in full")
    aliases: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, shown: Transcript) -> "Batch":
        """The transcript in the form to be stored."""
        return cls(
            text=shown.text,
            steps=shown.seen.steps,
            uncut=shown.seen.uncut,
            aliases=tuple((alias, trace.hash) for alias, trace in shown.aliases.items()),
        )

    def transcript(self, traces: dict[str, Trace]) -> Transcript:
        """The transcript, given the traces by hash."""
        aliases = {alias: traces[name] for alias, name in self.aliases}
        return Transcript(self.text, approx_tokens(self.text), Seen(self.steps, self.uncut), aliases)


class Reviewed(Frozen):
    """The result of a review: what may be saved, and what was rejected."""

    proposals: tuple[Proposal, ...]
    refusals: tuple[Refusal, ...]


class Asked(Frozen):
    """The changes that a review has asked about last."""

    changes: tuple[ProposedChange, ...] = ()


class JoinedRuns(Frozen):
    """Runs that joined a standing family, and those that joined before and whose domain is settled anew."""

    joined: tuple[Joined, ...] = ()
    settled: tuple[str, ...] = ()


class _Claims(Frozen):
    claims: tuple[Claim, ...]


class _Notes(Frozen):
    notes: tuple[Note, ...]


class _Objections(Frozen):
    objections: tuple[Objection, ...]


class _Dropped(Frozen):
    rejections: tuple[Rejection, ...]


class _Proposals(Frozen):
    proposals: tuple[Proposal, ...]


class Artifacts:
    """The stored artifacts of one run, in a folder of its own beside the library.

    A `put_*` replaces what was there. Reading what was never stored raises `FileNotFoundError` unless the
    method says otherwise. Revisions of a draft are counted from 0.

    Args:
        library: The library's folder.
        run: The run's id.

    Raises:
        LibraryError: From every `put_*`: the folder cannot be written, or the disk is full.
    """

    def __init__(self, library: str | Path, run: str) -> None:
        self._folder = Path(library) / "work" / run

    @property
    def rows(self) -> Path:
        """The path of the run's file of evidence rows (`store/rowfile.py`)."""
        return self._folder / "rows.sqlite3"

    def members(self, family: str) -> Members:
        """The family's traces."""
        return self._get(Members, family)

    def put_members(self, family: str, members: Members) -> None:
        """See `members`."""
        self._put(members, family)

    def joined(self) -> JoinedRuns:
        """The runs that joined standing families; none before `plan`."""
        return self._find(JoinedRuns) or JoinedRuns()

    def put_joined(self, joined: JoinedRuns) -> None:
        """See `joined`."""
        self._put(joined)

    def policy(self, family: str) -> Policy | None:
        """The family's decision list; None before `decide`."""
        return self._find(Policy, family)

    def put_policy(self, family: str, policy: Policy) -> None:
        """See `policy`."""
        self._put(policy, family)

    def claims(self, family: str, analyst: str) -> tuple[Claim, ...]:
        """The claims that an analyst proposed, or those measured under that key; empty if there are none."""
        found = self._find(_Claims, family, analyst)
        return found.claims if found else ()

    def put_claims(self, family: str, analyst: str, claims: Iterable[Claim]) -> None:
        """See `claims`."""
        self._put(_Claims(claims=tuple(claims)), family, analyst)

    def pool_summary(self, family: str, analyst: str) -> PoolSummary:
        """The summary, needed for judging, of the pool that an analyst's claims were mined from."""
        return self._get(PoolSummary, family, analyst)

    def put_pool_summary(self, family: str, analyst: str, pool_summary: PoolSummary) -> None:
        """See `pool_summary`."""
        self._put(pool_summary, family, analyst)

    def analysis(self, family: str, analyst: str) -> Analysis:
        """An analyst's claims as judged."""
        return self._get(Analysis, family, analyst)

    def put_analysis(self, family: str, analyst: str, analysis: Analysis) -> None:
        """See `analysis`."""
        self._put(analysis, family, analyst)

    def glossary(self, family: str) -> Glossary:
        """The words that claims about the family may use."""
        return self._get(Glossary, family)

    def put_glossary(self, family: str, glossary: Glossary) -> None:
        """See `glossary`."""
        self._put(glossary, family)

    def batch(self, family: str, number: int) -> Batch:
        """A batch of runs in the form that a model reads."""
        return self._get(Batch, family, str(number))

    def put_batch(self, family: str, number: int, shown: Transcript) -> None:
        """See `batch`."""
        self._put(Batch.of(shown), family, str(number))

    def reading(self, family: str, batch: int, analysts: Sequence[str]) -> RunReading | None:
        """The usable part of a reader's answer; None if there was no usable answer."""
        return self._find(RunReading, family, str(batch), *analysts)

    def put_reading(self, task: ReadTask, reading: RunReading) -> None:
        """See `reading`."""
        self._put(reading, task["family"], str(task["batch"]), *task["analysts"])

    def notes(self, family: str) -> tuple[Note, ...]:
        """The notes on the family that passed the checks; empty without a model."""
        found = self._find(_Notes, family)
        return found.notes if found else ()

    def put_notes(self, family: str, notes: Iterable[Note]) -> None:
        """See `notes`."""
        self._put(_Notes(notes=tuple(notes)), family)

    def draft(self, family: str, revision: int) -> Skill:
        """A revision of the family's draft."""
        return self._get(Skill, family, str(revision))

    def put_draft(self, family: str, revision: int, draft: Skill) -> None:
        """See `draft`."""
        self._put(draft, family, str(revision))

    def objections(self, family: str, revision: int) -> tuple[Objection, ...]:
        """All objections to a revision."""
        return self._get(_Objections, family, str(revision)).objections

    def put_objections(self, family: str, revision: int, objections: Iterable[Objection]) -> None:
        """See `objections`."""
        self._put(_Objections(objections=tuple(objections)), family, str(revision))

    def dropped(self, family: str, revision: int) -> tuple[Rejection, ...]:
        """The rules taken out of a revision, with reasons; empty if none were."""
        found = self._find(_Dropped, family, str(revision))
        return found.rejections if found else ()

    def put_dropped(self, family: str, revision: int, rejections: Iterable[Rejection]) -> None:
        """See `dropped`."""
        self._put(_Dropped(rejections=tuple(rejections)), family, str(revision))

    def proposals(self) -> tuple[Proposal, ...]:
        """The changes that the run proposes to the library's skills; none before `consolidate`."""
        found = self._find(_Proposals)
        return found.proposals if found else ()

    def put_proposals(self, proposals: Iterable[Proposal]) -> None:
        """See `proposals`."""
        self._put(_Proposals(proposals=tuple(proposals)))

    def reviewed(self) -> Reviewed | None:
        """The result of the review; None if there was none."""
        return self._find(Reviewed)

    def put_reviewed(self, reviewed: Reviewed) -> None:
        """See `reviewed`."""
        self._put(reviewed)

    def asked(self) -> tuple[ProposedChange, ...]:
        """The changes that a review has asked about last; none if it has not asked."""
        found = self._find(Asked)
        return found.changes if found else ()

    def put_asked(self, changes: Sequence[ProposedChange]) -> None:
        """See `asked`."""
        self._put(Asked(changes=tuple(changes)))

    def clear(self) -> None:
        """Remove all artifacts of the run, and those left behind by runs that were killed long ago."""
        shutil.rmtree(self._folder, ignore_errors=True)
        for other in left_behind(self._folder.parent.glob("*"), LEFT_BEHIND_AFTER):
            shutil.rmtree(other, ignore_errors=True)

    def _put(self, body: Frozen, *key: str) -> None:
        path = self._path(type(body), key)
        partial = path.with_suffix(f".{os.getpid()}")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(body.model_dump_json().encode())
            partial.replace(path)
        except OSError as error:
            raise LibraryError(
                f"cannot write to {self._folder}: {error.strerror or error}; free some space or make it "
                "writable, then run again; the library is as it was"
            ) from error

    def _get(self, kind: type[Body], *key: str) -> Body:
        return kind.model_validate_json(self._path(kind, key).read_bytes())

    def _find(self, kind: type[Body], *key: str) -> Body | None:
        return self._get(kind, *key) if self._path(kind, key).exists() else None

    def _path(self, kind: type[Frozen], key: tuple[str, ...]) -> Path:
        name = hashlib.sha256("\x1f".join(key).encode()).hexdigest()[:24]
        return self._folder / f"{kind.__name__.strip('_').lower()}-{name}.json"
