"""Small real traces for tests, built in one line."""

from pydantic import JsonValue

from trace2skill.traces.model import Action, Actor, Label, Outcome, Step, StepOutcome, Trace


def act(
    tool: str,
    observation: JsonValue = None,
    *,
    actor: Actor = Actor.AGENT,
    error: bool = False,
    **arguments: JsonValue,
) -> Step:
    """A step that calls a tool; the index is set by `run`."""
    outcome = StepOutcome.ERROR if error else StepOutcome.OK
    return Step(
        index=0,
        actor=actor,
        action=Action(tool=tool, arguments=arguments),
        observation=observation,
        outcome=outcome,
    )


def say(text: str, actor: Actor = Actor.USER) -> Step:
    """A step that only speaks."""
    return Step(index=0, actor=actor, text=text)


def run(*steps: Step, name: str = "t", success: bool | None = True, task: str = "", key: str = "") -> Trace:
    """A trace of these steps."""
    label = {True: Label.SUCCESS, False: Label.FAILURE, None: Label.UNKNOWN}[success]
    return Trace(
        id=name,
        task=task,
        task_key=key or None,
        steps=tuple(step.model_copy(update={"index": index}) for index, step in enumerate(steps)),
        outcome=Outcome(label=label),
    )
