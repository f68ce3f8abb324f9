"""When runs count as over."""

from pathlib import Path

from trace2skill.collector.quiet_runs import QuietRuns

A, B = Path("a"), Path("b")


def test_a_run_is_given_once_it_is_quiet() -> None:
    """Once, and not while spans come."""
    runs = QuietRuns()
    runs.seen({"r": ""}, A, 0)
    runs.seen({"r": "", "s": ""}, B, 5)
    assert runs.take_quiet(14, 10) == []
    runs.seen({"s": ""}, B, 15)
    assert [(each.runs, each.files) for each in runs.take_quiet(15, 10)] == [({"r"}, {A, B})]
    assert runs.take_quiet(24, 10) == []
    assert [each.runs for each in runs.take_quiet(25, 10)] == [{"s"}]


def test_runs_of_a_conversation_are_quiet_together() -> None:
    """Also where the first spans of a run did not name it."""
    runs = QuietRuns()
    runs.seen({"r": "", "s": "talk"}, A, 0)
    runs.seen({"r": "talk"}, B, 5)
    runs.seen({"r": ""}, B, 6)
    assert runs.take_quiet(15, 10) == []
    assert [(each.runs, each.files) for each in runs.take_quiet(16, 10)] == [({"r", "s"}, {A, B})]


def test_what_goes_on_is_given_whole_again() -> None:
    """A late span of a run, and a later run of a conversation."""
    runs = QuietRuns()
    runs.seen({"r": "", "s": "talk"}, A, 0)
    assert len(runs.take_quiet(10, 10)) == 2
    runs.seen({"r": "", "t": "talk"}, B, 20)
    assert [(sorted(each.runs), each.files) for each in runs.take_quiet(30, 10)] == [
        (["r"], {A, B}),
        (["s", "t"], {A, B}),
    ]


def test_what_was_put_back_is_given_again() -> None:
    """After the same time."""
    runs = QuietRuns()
    runs.seen({"r": "talk"}, A, 0)
    runs.put_back(runs.take_quiet(10, 10), 10)
    assert runs.take_quiet(19, 10) == []
    assert [each.runs for each in runs.take_quiet(20, 10)] == [{"r"}]
