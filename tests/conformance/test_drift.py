"""A skill over time."""

from datetime import UTC, datetime, timedelta

from tests.building import act, run
from trace2skill.conformance.check import drift, in_time
from trace2skill.traces.model import Trace


def at(hour: int | None, name: str, *, zone: bool = True) -> Trace:
    """A run that began at that hour; a later step comes first to show that the earliest time counts."""
    start = datetime(2026, 1, 1, hour or 0, tzinfo=UTC if zone else None)
    times = (start + timedelta(minutes=5), start) if hour is not None else (None, None)
    return run(*(act("a").model_copy(update={"time": time}) for time in times), name=name)


def test_a_fall_from_all_to_none_is_stale() -> None:
    """Four against four."""
    found = drift([True] * 4 + [False] * 4, by_time=True)
    assert (found.verdict, found.ordered_by) == ("stale", "time")
    assert (found.overall.hits, found.overall.trials) == (4, 8)
    assert (found.earlier.hits, found.later.hits) == (4, 0)
    assert found.overall.low < 0.5 < found.overall.high


def test_a_rise_is_steady() -> None:
    """Only a fall makes a skill stale."""
    assert drift([False] * 4 + [True] * 4, by_time=False).verdict == "steady"


def test_a_fall_that_chance_explains_is_steady() -> None:
    """Four of four, then three of four."""
    assert drift([True] * 7 + [False], by_time=True).verdict == "steady"


def test_six_runs_are_too_few() -> None:
    """Not even from all to none would be significant; no run at all is too few as well."""
    assert drift([True] * 3 + [False] * 3, by_time=True).verdict == "too few runs"
    assert drift([], by_time=True).verdict == "too few runs"


def test_runs_are_ordered_by_their_first_time() -> None:
    """A time without a zone is taken for UTC."""
    late, early = at(5, "late", zone=False), at(2, "early")
    assert in_time([late, early]) == ([early, late], True)


def test_a_run_without_a_time_leaves_the_order_as_given() -> None:
    """Part of an order is none."""
    runs = [at(5, "late"), at(None, "never"), at(2, "early")]
    assert in_time(runs) == (runs, False)
