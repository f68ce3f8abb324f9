"""Runs as a model reads them."""

import re

import pytest

from tests.building import act, run, say
from trace2skill.evidence.rows import Citation
from trace2skill.proposals.transcript import Transcript
from trace2skill.traces.model import Actor, Label, Outcome, rebuild

LONG = "status " * 400


def test_a_step_is_a_line_with_its_actor() -> None:
    """The agent's actions stand alone, those of others are named; errors are marked."""
    shown = Transcript()
    trace = run(
        say("Hello"),
        act("look", {"door_id": "D1", "open": False}, door="D1"),
        act("push", "stuck", actor=Actor.USER, error=True),
        task="Open it",
    )
    shown.add(trace, 1000, 1000)
    assert shown.text.splitlines() == [
        "[T1] success; task: Open it",
        "#0 user says: Hello",
        '#1 look(door=D1) -> {door_id:"D1",open:false}',
        "#2 user.push() -> ERROR stuck",
    ]


def test_long_texts_lose_their_middle_and_are_counted() -> None:
    """Both ends stay, the cut is marked, and the account says which steps were whole."""
    shown = Transcript()
    shown.add(run(act("look", LONG), act("open", "done")), 150, 10_000)
    assert "...] " in shown.text
    assert (shown.seen.steps, shown.seen.uncut) == (2, 1)


def test_what_was_shown_is_pointed_to() -> None:
    """Also in the next run of the same transcript; a text that was cut is no place to point to."""
    shown = Transcript()
    shown.add(run(act("look", "x" * 90), act("look", "x" * 90)), 1000, 1000)
    shown.add(run(act("look", "x" * 90), name="other"), 1000, 1000)
    assert shown.text.count("x" * 90) == 1
    assert shown.text.count("(as at T1#0)") == 2
    assert shown.seen.uncut == 3


def test_a_run_that_is_too_long_is_continued() -> None:
    """One step at least is always written; the rest begins where it broke off."""
    trace = run(*(act("look", f"{number} {LONG}") for number in range(50)))
    first, second = Transcript(), Transcript()
    done = first.add(trace, 400, 400)
    assert 0 < done < 50
    second.add(trace, 10**6, 10**6, done)
    assert f"continued from step #{done}" in second.text
    assert first.seen.steps + second.seen.steps == 50


@pytest.mark.parametrize("cited", ["T1#1", " [T1#1] ", "(T1#1)"])
def test_a_citation_is_resolved(cited: str) -> None:
    """An alias and a step that are there."""
    shown = Transcript()
    trace = run(act("look"), act("open"))
    shown.add(trace, 1000, 1000)
    assert shown.place(cited) == Citation(trace.hash, 1)


@pytest.mark.parametrize("cited", ["T2#1", "T1#9", "T1", "", "T1#-1", "T1#x", "#1"])
def test_a_citation_of_nothing_is_none(cited: str) -> None:
    """Whatever a model makes up."""
    shown = Transcript()
    shown.add(run(act("look"), act("open")), 1000, 1000)
    assert shown.place(cited) is None


def test_how_a_run_ended_is_told() -> None:
    """A score that says more than the label, and the checks that were not met; of a success no check."""
    failed = Outcome(
        label=Label.FAILURE, score=0.75, failed_checks=("the bill is paid", "the line is active")
    )
    shown = Transcript()
    shown.add(rebuild(run(act("pay")), outcome=failed), 1000, 1000)
    shown.add(
        rebuild(run(act("pay"), name="b"), outcome=failed.model_copy(update={"label": Label.SUCCESS})),
        999,
        999,
    )
    headers = [line for line in shown.text.splitlines() if line.startswith("[T")]
    assert headers[0].startswith(
        "[T1] failure, score 0.75, not met: the bill is paid; the line is active; task:"
    )
    assert "not met" not in headers[1]


def test_texts_are_broken_off_between_words() -> None:
    """No end of a cut is half a word, and what somebody said is never cut for want of room."""
    words = [f"word{number}" for number in range(2000)]
    said = " ".join(f"said{number}" for number in range(300))
    shown = Transcript()
    shown.add(run(say(said), act("look", " ".join(words))), 300, 10_000)
    spoken, looked = shown.text.splitlines()[1:]
    assert said in spoken
    head, tail = re.split(r" \[\.\.\.\d+\.\.\.\] ", looked.partition("-> ")[2])
    assert set(head.split()) | set(tail.split()) < set(words)


def test_the_line_of_a_step_is_found() -> None:
    """In whichever run; of a step that no line shows it is empty."""
    shown = Transcript()
    one, other = run(act("look", "a")), run(act("look", "b"), name="other")
    shown.add(one, 1000, 1000)
    shown.add(other, 1000, 1000)
    assert shown.line_of(Citation(other.hash, 0)) == "#0 look() -> b"
    assert shown.line_of(Citation(other.hash, 7)) == ""
