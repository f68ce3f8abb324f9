"""Which skills of a library fit a task, and which do not: the one place that asks for them."""

from typing import NamedTuple

from trace2skill.store.library import Library
from trace2skill.store.records import StoredSkill


class Match(NamedTuple):
    """A skill that fits; `similarity` is the cosine to the task."""

    stored: StoredSkill
    similarity: float | None


def fitting(library: Library, task: str, limit: int) -> tuple[list[Match], str]:
    """The skills that fit a task, best first, and why there are none.

    Raises:
        LibraryError: The library or its index cannot be used.
    """
    if not task.strip():
        return [], "there is no task to look up"
    found = [Match(library.skill(hit.skill), hit.similarity) for hit in library.search(task, k=limit)]
    return found, "" if found else "no skill fits the task"
