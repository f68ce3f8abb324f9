"""Runs with one cause planted among things that do not matter."""

from collections.abc import Sequence

import numpy as np

from trace2skill.traces.model import Action, Actor, Label, Outcome, Step, Trace

TRIALS = 4
NULLS = 12
"""Things that planted runs do at random, none of which matters, beside the one that does."""


def planted(tasks: int, seed: int) -> list[Trace]:
    """Runs that do `cause` and a dozen idle things by the toss of a coin, then finish.

    Tasks differ in difficulty (log odds, standard deviation 1); the cause multiplies the odds by ten.
    """
    draw = np.random.default_rng(seed)
    runs = []
    for task in range(tasks):
        base = draw.normal(0.0, 1.0)
        for trial in range(TRIALS):
            does = draw.random(1 + NULLS) < 0.5
            odds = np.exp(base + np.log(10) * (does[0] - 0.5))
            names = ["cause", *(f"idle_{number}" for number in range(NULLS))]
            done = [name for name, chosen in zip(names, does, strict=True) if chosen]
            runs.append(
                _run(f"{task}-{trial}", f"task {task}", done, success=draw.random() < odds / (1 + odds))
            )
    return runs


def _run(name: str, task: str, done: Sequence[str], *, success: bool) -> Trace:
    steps = tuple(
        Step(index=at, actor=Actor.AGENT, action=Action(tool=tool), observation="done")
        for at, tool in enumerate([*done, "finish"])
    )
    outcome = Outcome(label=Label.SUCCESS if success else Label.FAILURE)
    return Trace(id=name, task=task, task_key=task, steps=steps, outcome=outcome)
