"""A library of skills on several topics, with the runs they came from."""

from collections.abc import Callable

import chromadb

from trace2skill.skills.model import Skill
from trace2skill.store.documents import documents
from trace2skill.store.embeddings import resolve_embedding
from trace2skill.store.indexing import KINDS
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


def indexed(library: Library) -> set[str]:
    """Ids of the documents in the library's Chroma index."""
    with library._index._chroma().open() as shelves:
        return {name for shelf in shelves.values() for name in shelf.ids()}


def wanted(library: Library) -> set[str]:
    """Ids of the documents that belong there."""
    return {each.id for kind in KINDS for each in documents(library.skills(), kind)}


def nearest(library: Library, collection: str, text: str, most: int) -> list[str]:
    """Ids of the documents that Chroma itself finds nearest, as any other user of its folder may ask."""
    with chromadb.PersistentClient(library.path / "index") as client:
        vectors = resolve_embedding().embed([text])
        found = client.get_collection(collection, embedding_function=None).query(vectors, n_results=most)
        return found["ids"][0]
