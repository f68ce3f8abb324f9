"""What of failure causes goes on."""

from typing import Any

import pytest

from tests.graph.errands import doors
from trace2skill.claims.model import claim_id
from trace2skill.claims.parse import parse_claim
from trace2skill.evidence.rows import Citation
from trace2skill.mining.pool import Pool
from trace2skill.proposals.batches import batches
from trace2skill.proposals.failures import (
    FailureCause,
    causes_sorted_out,
    failed_runs,
    joined,
    standing,
)
from trace2skill.proposals.glossary import glossary
from trace2skill.proposals.reading import Note, RunReading
from trace2skill.proposals.transcript import Transcript
from trace2skill.traces.model import Label

RUNS = doors(4)
WORDS = glossary(Pool("doors", RUNS))
SHOWN = batches(RUNS, tokens=10_000, share=2000)[0]
FAILED = failed_runs(SHOWN)
GOOD = next(alias for alias, trace in SHOWN.aliases.items() if trace.outcome.label is Label.SUCCESS)
CAUSE = {
    "run": FAILED[0],
    "at": f"{FAILED[0]}#1",
    "quote": "the door is locked",
    "cause": "Unlock before you push the handle.",
    "instead_at": f"{GOOD}#1",
    "instead_quote": 'status:"closed"',
}
GUARD = {"kind": "guard", "action": "open()", "require": 'door.status == "closed"'}
ALONE = {"instead_at": None, "instead_quote": None, "claim": GUARD}


def take(
    *causes: dict[str, Any], failed: tuple[str, ...] = FAILED[:1], known: frozenset[str] = frozenset()
) -> RunReading:
    """What of these causes goes on."""
    return causes_sorted_out(
        [FailureCause.model_validate(each) for each in causes], WORDS, SHOWN, known, failed
    )


def place(cited: str) -> Citation:
    """The step that is cited."""
    found = SHOWN.place(cited)
    assert found is not None
    return found


def test_the_failed_runs_of_four_are_two() -> None:
    """One on each door."""
    assert len(FAILED) == 2


def test_a_cause_rests_on_the_failed_run_and_on_the_good_one() -> None:
    """A note at both places, so that it ranks by the two runs."""
    found = take(CAUSE)
    assert {note.text for note in found.notes} == {CAUSE["cause"]}
    assert [note.place for note in found.notes] == [place(f"{FAILED[0]}#1"), place(f"{GOOD}#1")]
    assert (found.dropped, found.proposed) == ({}, 1)


def test_with_a_claim_alone_the_note_waits_for_the_claim() -> None:
    """The claim is measured; the note stands if the claim is among the findings."""
    found = take(CAUSE | ALONE)
    claim = claim_id(parse_claim(GUARD))
    assert [claim_id(each) for each in found.claims] == [claim]
    assert [note.claim for note in found.notes] == [claim]
    assert standing(found.notes, [claim]) == list(found.notes)
    assert standing(found.notes, ["another"]) == []


def test_a_claim_that_was_found_before_bears_a_cause_out_too() -> None:
    """It is not measured twice."""
    claim = claim_id(parse_claim(GUARD))
    found = take(CAUSE | ALONE, known=frozenset({claim}))
    assert found.claims == ()
    assert [note.claim for note in found.notes] == [claim]


def test_missing_entries_are_counted() -> None:
    """One of the two failed runs has none."""
    assert take(CAUSE, failed=FAILED).dropped == {"failure cause: none given for a failed run": 1}
    assert take(failed=FAILED).dropped == {"failure cause: none given for a failed run": 2}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"at": f"{FAILED[0]}#9"}, "failure cause: names no step of its run"),
        ({"at": f"{GOOD}#1"}, "failure cause: names no step of its run"),
        ({"at": "at the end"}, "failure cause: names no step of its run"),
        ({"quote": "the door sings"}, "failure cause: what it quotes is not there"),
        ({"cause": "Unlock door D1 first."}, "failure cause: names what belongs to one run"),
        ({"cause": "Unlock within 3 steps."}, "failure cause: states a number"),
        ({"instead_quote": "the door sings"}, "failure cause: no successful run bears it out"),
        ({"instead_at": f"{FAILED[1]}#1"}, "failure cause: no successful run bears it out"),
        ({"instead_at": None}, "failure cause: no successful run bears it out"),
        (ALONE | {"claim": None}, "failure cause: no successful run bears it out"),
    ],
)
def test_a_cause_that_cannot_stand_is_dropped(change: dict[str, Any], why: str) -> None:
    """Wrong steps and quotes on either side, words that no note may have."""
    found = take(CAUSE | change)
    assert found.notes == ()
    assert found.dropped == {why: 1}


def test_a_claim_that_cannot_be_measured_bears_nothing_out() -> None:
    """Both are counted."""
    found = take(CAUSE | ALONE | {"claim": GUARD | {"action": "teleport()"}})
    assert (found.notes, found.claims) == ((), ())
    assert found.dropped == {
        "failure cause: no successful run bears it out": 1,
        "names a tool that no run calls": 1,
    }


def test_other_runs_and_second_entries_do_not_count() -> None:
    """Only the failed runs that were asked about, once each."""
    found = take(CAUSE, CAUSE, CAUSE | {"run": GOOD})
    assert len(found.notes) == 2
    assert found.dropped == {
        "failure cause: a second one for a run": 1,
        "failure cause: of no run that was asked about": 1,
    }


def test_a_run_that_goes_on_elsewhere_is_asked_about_where_it_ends() -> None:
    """Not in the transcript that breaks it off."""
    (failed,) = (trace for trace in doors(2) if trace.outcome.label is Label.FAILURE)
    first, second = Transcript(), Transcript()
    assert first.add(failed, 1000, 1) == 1
    second.add(failed, 1000, 1000, 1)
    assert (failed_runs(first), failed_runs(second)) == ((), ("T1",))


def test_parts_of_an_answer_are_joined() -> None:
    """Claims once, counts added."""
    note = Note(text="a", place=Citation("t", 0))
    one = RunReading(claims=(parse_claim(GUARD),), notes=(note,), proposed=2, dropped={"x": 1})
    both = joined([one, one])
    assert (len(both.claims), both.notes, both.proposed, both.dropped) == (1, (note, note), 4, {"x": 2})
