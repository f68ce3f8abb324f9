"""A library of skills on several topics, with the runs they came from."""

from collections.abc import Callable

from trace2skill.skills.model import Skill
from trace2skill.store.library import Library
from trace2skill.store.records import Change, Commit
from trace2skill.traces.model import Action, Step, Trace

TOPICS: dict[str, tuple[str, tuple[str, ...]]] = {
    "phone-data": (
        "telecom",
        (
            "My phone has no mobile internet since this morning.",
            "Mobile data does not work on my phone while I travel.",
            "The internet on my phone is very slow, please help.",
            "I have no mobile data although I paid my bill.",
        ),
    ),
    "flight-refund": (
        "airline",
        (
            "Please cancel my flight and give me the money back.",
            "I want a refund for my cancelled flight to Boston.",
            "My flight was cancelled, how do I get a refund?",
            "Cancel the reservation of my flight and refund it.",
        ),
    ),
}


def topical(task: str) -> Trace:
    """A run of one step on a task."""
    return Trace(id=task[:20], task=task, steps=(Step(index=0, action=Action(tool="look")),))


def fill(library: Library, make_skill: Callable[..., Skill], *, tags: tuple[str, ...] = ()) -> None:
    """Commit a skill per topic, distilled from its tasks."""
    changes = []
    for name, (domain, tasks) in TOPICS.items():
        traces = [topical(task) for task in tasks]
        library.stage("run", traces)
        hashes = tuple(sorted(trace.hash for trace in traces))
        skill = make_skill(name, f"rule of {name}", domain=domain, traces=hashes, tags=tags)
        changes.append(Change(skill=skill, operation="add"))
    library.commit(Commit(run="run", changes=tuple(changes)))
