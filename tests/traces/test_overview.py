"""The overview of a set of traces."""

from typing import Any

from trace2skill.traces.model import Action, Actor, ModelJudgement, Outcome, Source, Step, StepOutcome, Trace
from trace2skill.traces.overview import overview


def run(identity: str, label: str, *steps: Step, **fields: Any) -> Trace:
    """A labelled trace."""
    outcome = Outcome(label=label, origin="judge")
    return Trace(id=identity, task="t", outcome=outcome, steps=steps, source=Source(format="x"), **fields)


def act(index: int, tool: str, outcome: StepOutcome = StepOutcome.OK, actor: Actor = Actor.AGENT) -> Step:
    """A step that calls a tool."""
    return Step(index=index, actor=actor, action=Action(tool=tool), outcome=outcome)


def test_everything_is_counted() -> None:
    """Outcomes, tools by actor with error rates, families, lengths, tasks."""
    seen = overview(
        [
            run("a", "success", act(0, "open"), act(1, "open", StepOutcome.ERROR), family="f"),
            run("b", "failure", act(0, "open", StepOutcome.UNKNOWN, Actor.USER), task_key="other"),
        ]
    )
    assert (seen.traces, seen.steps, seen.distinct_tasks, seen.steps_median, seen.steps_max) == (
        2,
        3,
        2,
        1.5,
        2,
    )
    assert seen.outcomes == {"failure": 1, "success": 1}
    assert seen.families == {"": 1, "f": 1}
    assert seen.actors == {"agent": 2, "user": 1}
    assert [(use.actor, use.calls, use.errors, use.error_rate, use.traces) for use in seen.tools] == [
        ("agent", 2, 1, 0.5, 1),
        ("user", 1, 0, None, 1),
    ]


def test_the_largest_count_comes_first() -> None:
    """In JSON too, whatever the order of the traces."""
    seen = overview([run("a", "failure"), run("b", "success"), run("c", "success")])
    assert list(seen.model_dump(mode="json")["outcomes"]) == ["success", "failure"]


def test_nothing_read_is_an_overview_too() -> None:
    """No traces, no error."""
    assert overview([]).steps_median == 0


def test_who_told_the_outcomes_is_counted_apart() -> None:
    """Labels of the data, rules, models and nobody, by origin and format."""
    outcomes = [
        Outcome(label="success", origin="reward >= 1"),
        Outcome(label="failure", origin="reward >= 1"),
        Outcome(label="failure", origin="rule tests: pytest failed"),
        Outcome(label="success", origin="model m", judgement=ModelJudgement(model="m")),
        Outcome(label="success", origin="model's score success >= 1"),
        Outcome(origin="model m cannot tell", judgement=ModelJudgement(model="m")),
        Outcome(origin="no rule decides"),
    ]
    source = Source(format="x")
    seen = overview(Trace(id=str(at), outcome=each, source=source) for at, each in enumerate(outcomes))
    assert [(told.told_by, told.origin, told.success, told.failure, told.unknown) for told in seen.told] == [
        ("the data", "reward >= 1", 1, 1, 0),
        ("a rule", "rule tests: pytest failed", 0, 1, 0),
        ("a model", "model m", 1, 0, 0),
        ("a model", "model's score success >= 1", 1, 0, 0),
        ("nobody", "model m cannot tell", 0, 0, 1),
        ("nobody", "no rule decides", 0, 0, 1),
    ]
