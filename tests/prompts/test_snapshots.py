"""The prompts as models get them, whole: a change of a text or of what fills it shows."""

import re
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.proposals.test_synthesis import POOL, RUNS, TOOLS, draft
from trace2skill.llm.question import Question
from trace2skill.mining.analyse import analyse
from trace2skill.mining.roster import ROSTER
from trace2skill.prompts.load import VERSION, _text, fingerprint, names, prompt
from trace2skill.proposals.batches import aspect_text, batches, reading_question
from trace2skill.proposals.criticism import critic_question
from trace2skill.proposals.failure_batches import failure_batches
from trace2skill.proposals.failures import failed_runs
from trace2skill.proposals.glossary import glossary
from trace2skill.proposals.outcomes import outcome_question
from trace2skill.proposals.synthesis import Editor, edit_question, reword_question

TOGETHER = [analyst for analyst in ROSTER if not analyst.each_failure]


def text(question: Question) -> str:
    """The question as one text."""
    return "\n-----\n".join((question.system, question.common, question.body))


def test_reading(snapshot: SnapshotAssertion) -> None:
    """Instructions, glossary and runs, then the aspects with what was mined."""
    asked = {analyst.prompt: analyse(analyst, POOL).findings for analyst in TOGETHER if analyst.prompt}
    shown = batches(RUNS, tokens=10_000, share=2000)[0]
    assert text(reading_question("doors", len(RUNS), glossary(POOL), shown, asked)) == snapshot


def test_failure_causes(snapshot: SnapshotAssertion) -> None:
    """The failed runs by name, in a call of their own and beside other aspects."""
    shown = failure_batches(RUNS, tokens=10_000, share=2000)[0]
    failed = {"read_failures": failed_runs(shown)}
    words = glossary(POOL)
    alone = reading_question("doors", len(RUNS), words, shown, {}, failed=failed)
    assert text(alone) == snapshot
    beside = reading_question("doors", len(RUNS), words, shown, {"read_rules": ()}, failed=failed)
    assert beside.body.endswith(alone.body)
    assert (beside.system, beside.common) == (alone.system, alone.common)


def test_wording(snapshot: SnapshotAssertion) -> None:
    """The draft, and what to do with it."""
    assert text(edit_question(Editor(draft(), RUNS, TOOLS))) == snapshot


def test_rewording(snapshot: SnapshotAssertion) -> None:
    """The rules objected to."""
    assert text(reword_question(draft(), {"P1": "the critic: unclear"})) == snapshot


def test_criticism(snapshot: SnapshotAssertion) -> None:
    """The draft again, and what code found."""
    assert text(critic_question(draft(), ())) == snapshot


def test_judging_an_outcome(snapshot: SnapshotAssertion) -> None:
    """One run, and what shows how it ended."""
    assert text(outcome_question(RUNS[0], tokens=10_000, share=2000)[0]) == snapshot


@pytest.mark.parametrize("analyst", TOGETHER, ids=lambda analyst: analyst.name)
def test_what_is_common_comes_first(analyst: object) -> None:
    """Questions about one batch differ in their last part only."""
    shown = batches(RUNS, tokens=10_000, share=2000)[0]
    one = reading_question("doors", len(RUNS), glossary(POOL), shown, {"read_rules": ()})
    other = reading_question("doors", len(RUNS), glossary(POOL), shown, {analyst.prompt: ()})  # type: ignore[attr-defined]
    assert (one.system, one.common) == (other.system, other.common)


def test_an_analyst_may_bring_the_question_itself() -> None:
    """Where it is not the name of a file."""
    assert aspect_text("Look for refunds. Answer with rules.") == "Look for refunds. Answer with rules."
    assert aspect_text("read_rules").startswith("Conditional logic")


@pytest.mark.parametrize(
    ("name", "variables"),
    [
        ("solve", {}),
        ("solve_by_actions", {"tools": "- look: looks"}),
        ("control", {"what": "Say what decided it.", "most": "20", "longest": "400"}),
        ("control_summary", {}),
        ("control_patch", {}),
        ("control_merge", {}),
        ("read_instructions", {"fence": "=====", "text": "Never refund."}),
    ],
)
def test_the_other_prompts(name: str, variables: dict[str, str], snapshot: SnapshotAssertion) -> None:
    """Those that no question above holds."""
    assert prompt(name, **variables) == snapshot


def test_every_prompt_is_in_a_snapshot() -> None:
    """Its longest stretch between variables is; so a new file needs a question, or a line above."""
    whole = " ".join((Path(__file__).parent / "__snapshots__" / "test_snapshots.ambr").read_text().split())
    for name in names():
        stretch = max(re.split(r"\$\{?\w+\}?", _text(name)), key=len)
        assert " ".join(stretch.split()) in whole, name


def test_texts_and_version_change_together(snapshot: SnapshotAssertion) -> None:
    """Whoever changes a text raises VERSION in prompts/load.py; the snapshot of a version stays as it is."""
    assert fingerprint() == snapshot(name=f"version {VERSION}")


def test_all_prompts_are_read_in_one_sitting() -> None:
    """Eleven minutes at 200 words a minute."""
    assert sum(len(_text(name).split()) for name in names()) <= 2200
