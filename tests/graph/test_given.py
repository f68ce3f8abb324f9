"""What a library, an embedding and traces may be given as, from Python."""

import asyncio
from pathlib import Path
from typing import Any

import chromadb
import pytest
from langgraph.checkpoint.memory import InMemorySaver

from tests.graph.errands import contents, doors, lamps
from tests.graph.scripted import call, scripted
from trace2skill import Wanted, adistill, aguidance, asolve, guidance
from trace2skill.errors import InputError, LibraryError, SettingError
from trace2skill.graph.run import distill, merge, resume_run
from trace2skill.graph.solve import solve
from trace2skill.store.library import Library


class Lengths:
    """An embedding of the caller's own: texts by their length."""

    id = "lengths"

    def embed(self, texts: list[str]) -> list[list[float]]:
        """Two numbers a text."""
        return [[float(len(text)), 1.0] for text in texts]


def test_a_library_may_be_an_object(tmp_path: Path) -> None:
    """Its folder and its embedding are used, also after a reindex; no folder is named after the object."""
    distill(doors(), library=tmp_path / "library")
    with Library(tmp_path / "library", embedding=Lengths()) as library:
        library.reindex()
        distill(lamps(), library=library)
        assert {hit.skill for hit in library.search("open", k=2)} == {"house-doors", "house-lamps"}
    assert [path.name for path in tmp_path.iterdir()] == ["library"]


def test_an_embedding_may_be_an_object(tmp_path: Path) -> None:
    """The index is made with it, and refused without."""
    distill(doors(), library=tmp_path, embedding=Lengths())
    with pytest.raises(LibraryError, match="made with the embedding lengths"):
        distill(lamps(), library=tmp_path)


def test_libraries_are_merged_as_objects(tmp_path: Path) -> None:
    """Sources and target alike."""
    distill(doors(), library=tmp_path / "source")
    with (
        Library(tmp_path / "source") as source,
        Library(tmp_path / "target", embedding=Lengths()) as target,
    ):
        merge([source], library=target)
    assert contents(tmp_path / "target") == contents(tmp_path / "source")


def test_a_review_of_a_run_with_an_object_needs_the_object(tmp_path: Path) -> None:
    """Without it nothing is saved, and the question stays."""
    distill(doors(), library=tmp_path, embedding=Lengths(), review=True)
    with pytest.raises(SettingError, match="give it again, from Python: resume_run"):
        resume_run(tmp_path, answers="accept")
    assert contents(tmp_path) == {}
    with Library(tmp_path, embedding=Lengths()) as library:
        resume_run(library, answers="accept")
    assert sorted(contents(tmp_path)) == ["house-doors"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"library": 7}, "the path of its folder or as a Library, not as 7"),
        ({"library": None}, "not as None"),
        ({"library": ""}, "not as ''"),
        ({"library": object()}, "not as object"),
        ({"embedding": object()}, "a object is no embedding"),
        ({"embedding": "ghost"}, "unknown embedding 'ghost'"),
    ],
)
def test_anything_else_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], says: str
) -> None:
    """Before anything is read or written."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingError, match=says):
        distill(doors(), **given)
    with pytest.raises(SettingError, match=says):
        solve("Open it.", **given)
    assert list(tmp_path.iterdir()) == []


def test_traces_are_paths_or_traces(tmp_path: Path) -> None:
    """One trace is as good as several; what is neither is said."""
    assert distill(doors(1)[0], library=tmp_path).traces.new == 1
    with pytest.raises(InputError, match="not as int"):
        distill([7], library=tmp_path)  # type: ignore[list-item]


def test_a_run_keeps_its_checkpoints_where_it_is_told(tmp_path: Path) -> None:
    """With a checkpointer of the caller's: resumed from it, nothing from before the intake, none left."""
    saver = InMemorySaver()
    distill(doors(), library=tmp_path, checkpoints=saver, review=True)
    assert not list(tmp_path.rglob("checkpoints.sqlite3"))
    assert all("run" in each.checkpoint["channel_values"] for each in saver.list(None))
    with pytest.raises(SettingError, match="has its checkpoints InMemorySaver"):
        resume_run(tmp_path, answers="accept")
    resume_run(tmp_path, answers="accept", checkpoints=saver)
    assert sorted(contents(tmp_path)) == ["house-doors"]
    assert list(saver.list(None)) == []


def test_distilling_is_awaited_and_puts_the_index_where_it_is_told(tmp_path: Path) -> None:
    """A client of Chroma's holds the skills; the folder holds no index."""
    client = chromadb.EphemeralClient()
    asyncio.run(adistill(doors(), library=tmp_path, chroma=client))
    held = {name for each in client.list_collections() for name in each.get(include=[])["ids"]}
    assert "house-doors" in {name.partition("/")[0].partition("@")[0] for name in held}
    assert not (tmp_path / "index").exists()


def test_a_task_is_solved_with_an_embedding_that_is_an_object(tmp_path: Path) -> None:
    """By itself, or as that of an open library."""
    distill(doors(), library=tmp_path, embedding=Lengths())
    with Library(tmp_path, embedding=Lengths()) as library:
        for given in ({"library": library}, {"library": tmp_path, "embedding": Lengths()}):
            found = solve("Open door D9.", threshold=-1.0, **given)
            assert [offer.skill for offer in found.receipt.offered] == ["house-doors"]
            assert guidance("Open door D9.", wanted=Wanted(threshold=-1.0), **given).text == found.guidance


def test_a_thread_keeps_its_conversation(tmp_path: Path) -> None:
    """In the checkpointer that was given; neither makes sense without the other."""
    distill(doors(), library=tmp_path)
    saver, model = InMemorySaver(), scripted("Which one?", "Done.")
    for task in ("Open a door.", "D9, please."):
        solve(task, library=tmp_path, model=model, checkpoints=saver, thread="t1")
    assert [message.text for message in model.asked[1][1:]] == ["Open a door.", "Which one?", "D9, please."]
    with pytest.raises(SettingError, match="checkpoints=, where, and thread="):
        solve("Open it.", library=tmp_path, thread="t1")


def test_asynchronous_tools_run_on_the_loop_of_who_awaits(tmp_path: Path) -> None:
    """They may hold connections that belong to it."""
    distill(doors(), library=tmp_path)
    loops: list[asyncio.AbstractEventLoop] = []

    async def peek(door: str) -> str:
        """Look at a door."""
        loops.append(asyncio.get_running_loop())
        return f"{door} is locked"

    async def main() -> asyncio.AbstractEventLoop:
        model = scripted(call("peek", door="D9"), "Locked.")
        found = await asolve("Open door D9.", library=tmp_path, model=model, tools=[peek])
        assert (await aguidance("Open door D9.", tmp_path)).text == found.guidance
        assert found.answer == "Locked."
        return asyncio.get_running_loop()

    assert loops == [asyncio.run(main())]
