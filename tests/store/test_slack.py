"""What Chroma leaves in its files besides vectors."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.store.skills import nearest
from trace2skill.skills.model import Skill
from trace2skill.store.index import blank
from trace2skill.store.library import Library
from trace2skill.store.records import Change, Commit

LEFT = b"what the memory held before"


def dirtied(index: Path) -> list[Path]:
    """Write something where no vector is, at the end of every segment's vectors; the files."""
    files = sorted(index.glob("*/data_level0.bin"))
    for path in files:
        content = path.read_bytes()
        path.write_bytes(content[: -len(LEFT)] + LEFT)
    return files


@pytest.fixture
def library(tmp_path: Path, make_skill: Callable[..., Skill]) -> Library:
    """Two skills of two rules, indexed."""
    with Library(tmp_path) as opened:
        skills = [make_skill(name, f"restart the {name}", "look at it") for name in ("router", "phone")]
        opened.commit(Commit(changes=tuple(Change(skill=skill, operation="add") for skill in skills)))
        return opened


def test_what_no_vector_occupies_is_blanked(library: Library) -> None:
    """By whoever uses the index next, and the index finds what it found before."""
    before = nearest(library, "rules", "restart the router", 4)
    files = dirtied(library.path / "index")
    assert files
    with Library(library.path) as opened:
        opened.check_index()
    assert nearest(library, "rules", "restart the router", 4) == before
    assert not [path for path in files if LEFT in path.read_bytes()]


def test_vectors_stay(tmp_path: Path, make_skill: Callable[..., Skill]) -> None:
    """Also of an index so large that Chroma writes them down."""
    skills = [make_skill(f"s{number}", *(f"text {number} {at}" for at in range(60))) for number in range(20)]
    with Library(tmp_path) as library:
        library.commit(Commit(changes=tuple(Change(skill=skill, operation="add") for skill in skills)))
        written = [path.read_bytes() for path in sorted((tmp_path / "index").glob("*/data_level0.bin"))]
        blank(tmp_path / "index")
        assert [
            path.read_bytes() for path in sorted((tmp_path / "index").glob("*/data_level0.bin"))
        ] == written
        assert any(any(content) for content in written)
        assert len(nearest(library, "rules", "text 7 7", 50)) == 50


@pytest.mark.parametrize("header", [b"", b"\x00" * 52, b"\xff" * 100])
def test_a_form_not_known_is_left_alone(library: Library, header: bytes) -> None:
    """A later Chroma may write otherwise."""
    files = dirtied(library.path / "index")
    for path in files:
        path.with_name("header.bin").write_bytes(header)
    blank(library.path / "index")
    assert all(LEFT in path.read_bytes() for path in files)
