"""Which failed runs are read together, beside which others."""

from collections import Counter
from random import Random

from tests.building import act, run
from tests.graph.errands import doors, lamps
from tests.proposals.test_batches import flights
from trace2skill.proposals.failure_batches import MOST_BESIDE, MOST_FAILED, failure_batches
from trace2skill.proposals.failures import failed_runs
from trace2skill.proposals.transcript import Transcript
from trace2skill.tokenizer import count
from trace2skill.traces.model import Label, Trace


def outcomes(shown: Transcript) -> Counter[str]:
    """How many runs of each outcome a batch has."""
    return Counter(str(trace.outcome.label) for trace in shown.aliases.values())


def test_every_failed_run_is_asked_about_once() -> None:
    """Whatever the budget; each batch has successes beside."""
    failed = {trace.hash for trace in flights(90) if trace.outcome.label is Label.FAILURE}
    assert len(failed) == 30
    for tokens in (3000, 60_000):
        packed = failure_batches(flights(90), tokens=tokens, share=1000)
        asked = [shown.aliases[alias].hash for shown in packed for alias in failed_runs(shown)]
        assert sorted(asked) == sorted(failed)
        assert all(1 <= outcomes(shown)["success"] <= MOST_BESIDE for shown in packed)
        assert all(outcomes(shown)["failure"] <= MOST_FAILED for shown in packed)
        assert all(count(shown.text) <= tokens * 1.15 for shown in packed)


def test_a_success_on_the_same_task_stands_beside() -> None:
    """Each of two doors in a batch of its own runs, not a lamp."""
    (packed,) = failure_batches([*doors(4), *lamps(2)[:1]], tokens=10_000, share=1000)
    beside = {trace.task for trace in packed.aliases.values() if trace.outcome.label is Label.SUCCESS}
    assert {"Open door D0.", "Open door D1."} <= beside


def test_without_both_outcomes_there_is_nothing_to_ask() -> None:
    """No failure, or nothing to hold it against."""
    good = [trace for trace in doors(8) if trace.outcome.label is Label.SUCCESS]
    bad = [trace for trace in doors(8) if trace.outcome.label is Label.FAILURE]
    assert failure_batches(good, tokens=1000, share=100) == []
    assert failure_batches(bad, tokens=1000, share=100) == []


def test_the_order_given_does_not_matter() -> None:
    """The same runs give the same text."""
    runs = flights(40)
    other = runs.copy()
    Random(1).shuffle(other)
    texts = [
        [shown.text for shown in failure_batches(each, tokens=4000, share=900)] for each in (runs, other)
    ]
    assert texts[0] == texts[1]


def test_a_long_failed_run_is_cut_not_left_out() -> None:
    """Its long texts lose their middle, its end is shown."""

    def long(success: bool) -> Trace:
        return run(
            *(act("look", f"{at} " + "word " * 400) for at in range(20)), name=f"l{success}", success=success
        )

    (packed,) = failure_batches([long(True), long(False)], tokens=3000, share=2000)
    assert failed_runs(packed) != ()
    assert count(packed.text) <= 3000 * 1.15
