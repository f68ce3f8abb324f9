"""Failure causes: what decided each failed run, checked against runs that went well."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from trace2skill.claims.model import Claim, claim_id
from trace2skill.evidence.rows import Citation
from trace2skill.proposals.glossary import Glossary
from trace2skill.proposals.reading import (
    Note,
    NoteCheck,
    ProposedClaim,
    ReadingAnswer,
    RunReading,
    Text,
    usable_claim,
)
from trace2skill.proposals.transcript import Transcript
from trace2skill.traces.model import Label

FAILED = frozenset({Label.FAILURE, Label.PARTIAL})
"""Outcomes of which it is asked what decided them."""

Step = Annotated[str, Field(max_length=40)]


class FailureCause(BaseModel):
    """What decided one failed run, and how runs that went well bear it out."""

    model_config = ConfigDict(extra="ignore")

    run: Step
    at: Step
    quote: Text
    cause: Text
    instead_at: Step | None = None
    instead_quote: Text | None = None
    claim: ProposedClaim | None = None


Causes = Annotated[list[FailureCause], Field(max_length=200)]


class FailureAnswer(BaseModel):
    """One entry for each failed run that was asked about."""

    model_config = ConfigDict(extra="ignore")

    causes: Causes


class ReadingWithCauses(ReadingAnswer):
    """The answer where failed runs are asked about beside other aspects."""

    causes: Causes = Field(default_factory=list)


def failed_runs(shown: Transcript) -> tuple[str, ...]:
    """The aliases of the failed runs whose end is shown, so that each is asked about once."""
    return tuple(alias for alias, trace in shown.aliases.items() if _failed_here(shown, alias))


def _failed_here(shown: Transcript, alias: str) -> bool:
    trace = shown.aliases[alias]
    if trace.outcome.label not in FAILED:
        return False
    return not trace.steps or bool(shown.line_of(Citation(trace.hash, trace.steps[-1].index)))


def causes_sorted_out(
    causes: Sequence[FailureCause],
    words: Glossary,
    shown: Transcript,
    known: frozenset[str],
    failed: Sequence[str],
) -> RunReading:
    """Sort causes into claims to be measured and notes, and count what is dropped by reason.

    A cause becomes a note if a successful run is quoted rightly beside the failed one. With a claim alone it
    becomes a note that stands only if that claim does.

    Args:
        causes: The model's.
        words: What claims of the family may name.
        shown: The runs that the model saw.
        known: Ids of claims that were proposed before.
        failed: The aliases of the runs asked about.
    """
    sorter = _Sorter(words, shown, known)
    named: set[str] = set()
    for cause in causes:
        alias = cause.run.strip("[]() ")
        if alias not in failed:
            sorter.dropped["failure cause: of no run that was asked about"] += 1
        elif alias in named:
            sorter.dropped["failure cause: a second one for a run"] += 1
        else:
            named.add(alias)
            sorter.take(alias, cause)
    if missing := len(failed) - len(named):
        sorter.dropped["failure cause: none given for a failed run"] += missing
    return sorter.reading(len(causes))


class _Sorter:
    """Checks causes one after the other."""

    def __init__(self, words: Glossary, shown: Transcript, known: frozenset[str]) -> None:
        self.dropped: Counter[str] = Counter()
        self._words = words
        self._shown = shown
        self._known = known
        self._check = NoteCheck(shown, words.tools | words.offered)
        self._claims: dict[str, Claim] = {}
        self._notes: list[Note] = []

    def take(self, alias: str, cause: FailureCause) -> None:
        """Keep what of a cause passes."""
        claim = self._claim(cause.claim)
        place = self._shown.place(cause.at)
        if place is None or self._shown.aliases[alias].hash != place.trace:
            self.dropped["failure cause: names no step of its run"] += 1
            return
        note = self._check(cause.cause, cause.at, cause.quote)
        if not isinstance(note, Note):
            self.dropped[f"failure cause: {note}"] += 1
            return
        instead = self._instead(cause)
        if instead is not None:
            self._notes += [note, note.model_copy(update={"place": instead})]
        elif claim:
            self._notes.append(note.model_copy(update={"claim": claim}))
        else:
            self.dropped["failure cause: no successful run bears it out"] += 1

    def _claim(self, proposed: ProposedClaim | None) -> str:
        """The id of a usable claim, which is to be measured unless it was before; else empty."""
        if proposed is None:
            return ""
        claim, reason = usable_claim(proposed, self._words)
        if claim is None:
            self.dropped[reason] += 1
            return ""
        name = claim_id(claim)
        if name not in self._known:
            self._claims[name] = claim
        return name

    def _instead(self, cause: FailureCause) -> Citation | None:
        """The step of a successful run that is quoted rightly."""
        place = self._shown.place(cause.instead_at or "")
        if place is None or not self._check.quoted(place, cause.instead_quote or ""):
            return None
        trace = next(trace for trace in self._shown.aliases.values() if trace.hash == place.trace)
        return place if trace.outcome.label is Label.SUCCESS else None

    def reading(self, proposed: int) -> RunReading:
        """All that passed."""
        return RunReading(
            claims=tuple(self._claims[name] for name in sorted(self._claims)),
            notes=tuple(self._notes),
            proposed=proposed,
            dropped=dict(sorted(self.dropped.items())),
        )


def joined(readings: Iterable[RunReading]) -> RunReading:
    """Several readings of one answer as one."""
    every = list(readings)
    dropped: Counter[str] = Counter()
    for each in every:
        dropped.update(each.dropped)
    claims = {claim_id(claim): claim for each in every for claim in each.claims}
    return RunReading(
        claims=tuple(claims[name] for name in sorted(claims)),
        notes=tuple(note for each in every for note in each.notes),
        proposed=sum(each.proposed for each in every),
        dropped=dict(sorted(dropped.items())),
    )


def standing(notes: Iterable[Note], findings: Iterable[str]) -> list[Note]:
    """The notes but for those whose claim is not among the findings, given by their ids."""
    kept = frozenset(findings)
    return [note for note in notes if not note.claim or note.claim in kept]
