"""A trace as plain text."""

from trace2skill.traces.model import Action, Actor, Outcome, Source, Step, StepOutcome, Trace
from trace2skill.traces.overview import render_trace


def test_a_trace_is_readable_and_cut() -> None:
    """Speech, thoughts, calls, observations, errors, and marks where text was cut."""
    steps = (
        Step(index=0, actor=Actor.USER, text="open the\ndoor"),
        Step(
            index=1,
            thought="it may be locked",
            action=Action(tool="open", arguments={"object": "door"}),
            observation="You cannot open it, it is locked.",
            outcome=StepOutcome.ERROR,
        ),
    )
    trace = Trace(
        id="r1",
        task="open the door",
        steps=steps,
        outcome=Outcome(label="failure", score=0.0, origin="judge"),
        source=Source(format="x", path="f.jsonl", record="line 3"),
    )
    assert render_trace(trace, limit=20).splitlines() == [
        "trace r1",
        "read from f.jsonl, line 3 as x",
        "outcome failure, score 0 (judge)",
        "task open the door",
        "[0] user: open the / door",
        "[1] agent thinks: it may be locked",
        '[1] agent -> open(object="door")',
        "    error You cannot open it, ... (+13 characters)",
    ]


def test_the_middle_is_left_out() -> None:
    """A long trace shows its start and its end."""
    trace = Trace(id="r", steps=tuple(Step(index=i, text=f"s{i}") for i in range(10)))
    lines = render_trace(trace, max_steps=4).splitlines()[4:]
    assert lines == [
        "[0] agent: s0",
        "[1] agent: s1",
        "... 6 more steps ...",
        "[8] agent: s8",
        "[9] agent: s9",
    ]


def test_control_characters_do_not_reach_the_terminal() -> None:
    """An observation cannot move the cursor or change colours."""
    trace = Trace(id="r", steps=(Step(index=0, observation="a\x1b[31mred\x07"),))
    assert "    = a?[31mred?" in render_trace(trace)
