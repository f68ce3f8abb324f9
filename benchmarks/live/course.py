"""A course: runs to distil from, tasks that none of them is about, and what else a reader may be given."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trace2skill.evaluation.arms import Arm, arm, fixed, of_skill
from trace2skill.evaluation.suite import Suite, Task
from trace2skill.store.library import Library
from trace2skill.traces.model import Action, Step, StepOutcome, Tool, Trace

ARMS = ("none", "placebo", "raw", "skill", "policy")
RAW_RUNS = 3


@dataclass(frozen=True)
class Asked:
    """One task.

    Attributes:
        id: Its name within the suite.
        request: What is wanted, in the words of the recorded runs; skills are looked up by it.
        body: What else is known.
        score: Judges an answer, from 0 to 1.
        answer: One that scores 1.
    """

    id: str
    request: str
    body: str
    score: Callable[[str], float]
    answer: str

    @property
    def text(self) -> str:
        """The request and what is known."""
        return f"{self.request}\n\n{self.body}"


@dataclass(frozen=True)
class Course:
    """All that a suite is made of.

    Attributes:
        name: Of the suite.
        how: How tasks are answered, the same for all of them.
        asked: The tasks that are scored.
        runs: Recorded runs on other tasks.
        others: Runs of another house, or another trade, for the placebo.
        policy: What somebody who knows the house would write down.
    """

    name: str
    how: str
    asked: Sequence[Asked]
    runs: Sequence[Trace]
    others: Sequence[Trace]
    policy: str

    @property
    def suite(self) -> Suite:
        """The tasks for `trace2skill eval`, each with all that is needed to answer it alone."""
        tasks = (
            Task(
                each.id,
                f"{each.request}\n\n{self.how}\n\n{each.body}",
                score=_scored(each),
                author="a program",
            )
            for each in self.asked
        )
        return Suite(self.name, tuple(tasks))


def _scored(asked: Asked) -> Callable[[object], float]:
    return lambda answer: asked.score(str(answer))


def distilled(runs: Iterable[Trace], folder: Path) -> Path:
    """The folder, with a library distilled from runs."""
    from trace2skill.graph.run import distill

    distill(list(runs), library=folder)
    return folder


def arms(course: Course, library: Path, another: Path) -> dict[str, Arm]:
    """The arms of a page by name.

    Args:
        course: The course.
        library: Distilled from its runs.
        another: Distilled from its other runs; the first skill in it is the placebo.
    """
    with Library(another, create=False) as other:
        strange = of_skill(min((each.skill for each in other.skills()), key=lambda skill: skill.name))
    found = Library(library, create=False)
    return {
        "none": fixed("none", ""),
        "placebo": fixed("placebo", strange.guidance(asked_of(course.asked[0]))),
        "raw": arm(f"raw:{RAW_RUNS}", found, None),
        "skill": arm("retrieved", found),
        "policy": fixed("policy", course.policy),
    }


def asked_of(asked: Asked) -> Task:
    """A task as skills and runs are looked up for it: by the request alone."""
    return Task(asked.id, asked.request)


def tool(name: str, description: str, /, **properties: Any) -> Tool:  # noqa: ANN401 - JSON Schema
    """A tool all of whose arguments are required."""
    return Tool(
        name=name,
        description=description,
        parameters={"type": "object", "properties": properties, "required": list(properties)},
    )


def steps(done: Iterable[tuple[str, dict[str, Any], Any]]) -> tuple[Step, ...]:
    """Tools, arguments and observations as the steps of an agent, all of which went well."""
    return tuple(
        Step(index=at, action=Action(tool=name, arguments=given), observation=seen, outcome=StepOutcome.OK)
        for at, (name, given, seen) in enumerate(done)
    )
