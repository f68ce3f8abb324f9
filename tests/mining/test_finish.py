"""Which runs came to their end."""

from tests.building import act, run
from trace2skill.mining.lifts import unfinished
from trace2skill.mining.pool import Pool
from trace2skill.traces.model import Trace


def errand(number: int, last: str, *, success: bool) -> Trace:
    """A run that looks around and then does one thing."""
    steps = (act("look", "a shelf"), act(last, "ok"))
    return run(*steps, name=f"{number}-{last}", key=f"task-{number}", success=success)


def test_a_run_that_lacks_the_last_act_of_every_good_run_is_unfinished() -> None:
    """Six good runs buy; of two that failed one bought the wrong thing, and one gave up."""
    good = [errand(number, "buy", success=True) for number in range(6)]
    wrong, gave_up = errand(7, "buy", success=False), errand(8, "leave", success=False)
    assert unfinished(Pool("shop", [*good, wrong, gave_up])) == (gave_up.hash,)


def test_where_good_ends_differ_every_run_is_finished() -> None:
    """A third of the good runs end otherwise."""
    good = [errand(number, "buy" if number < 4 else "return", success=True) for number in range(6)]
    assert unfinished(Pool("shop", [*good, errand(8, "leave", success=False)])) == ()


def test_few_good_runs_tell_no_end() -> None:
    """Four may end alike by chance."""
    good = [errand(number, "buy", success=True) for number in range(4)]
    assert unfinished(Pool("shop", [*good, errand(8, "leave", success=False)])) == ()
