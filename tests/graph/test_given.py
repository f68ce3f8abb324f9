"""What a library, an embedding and traces may be given as, from Python."""

from pathlib import Path
from typing import Any

import pytest

from tests.graph.errands import contents, doors, lamps
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
        merge([source], trust=True, library=target)
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
