"""The index on a Chroma server, and settings of the embedded one."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.store.skills import indexed, wanted
from trace2skill.errors import LibraryError, SettingError
from trace2skill.skills.model import Skill
from trace2skill.store.index import Chroma
from trace2skill.store.library import Library
from trace2skill.store.records import Change, Commit


def add(skill: Skill) -> Commit:
    """A commit that adds the skill."""
    return Commit(changes=(Change(skill=skill, operation="add"),))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Chroma server on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        str(Path(sys.executable).with_name("chroma")),
        "run",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    folder = tmp_path_factory.mktemp("server")
    process = subprocess.Popen(
        [*command, "--path", str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait()


def test_a_server_can_hold_the_index_of_several_libraries(
    server: str, tmp_path: Path, make_skill: Callable[..., Skill]
) -> None:
    """Each has its own documents there; no folder is made beside the library file."""
    for name in ("one", "two"):
        with Library(tmp_path / name, chroma=server) as library:
            library.commit(add(make_skill(name)))
            library.commit(add(make_skill(f"{name}-more")))
    for name in ("one", "two"):
        with Library(tmp_path / name, chroma=server) as library:
            assert indexed(library) == wanted(library)
            assert library.reindex() == 4
            assert indexed(library) == wanted(library)
        assert not (tmp_path / name / "index").exists()


def test_a_server_that_is_down_stops_the_commit(tmp_path: Path, make_skill: Callable[..., Skill]) -> None:
    """Before anything is written, with what to start."""
    with Library(tmp_path, chroma="http://127.0.0.1:9") as library:
        with pytest.raises(LibraryError, match=r"http://127\.0\.0\.1:9 cannot be used.*chroma run"):
            library.commit(add(make_skill("one")))
        assert library.skills() == []


@pytest.mark.parametrize(
    "address", ["localhost", "localhost:8000", "ftp://host", "http://host:port", "http://"]
)
def test_an_address_that_is_none_is_refused(tmp_path: Path, address: str) -> None:
    """With the form it should have."""
    with pytest.raises(SettingError, match="http://HOST:PORT"):
        Chroma(tmp_path, address)


def test_a_folder_that_stays_unusable_is_named() -> None:
    """Wiping does not help on a read-only disk."""
    unusable = Chroma(Path("/proc/nowhere/index"))
    message = "the search index in /proc/nowhere/index cannot be used"
    with pytest.raises(LibraryError, match=message), unusable.open():
        pass


def test_a_failed_opening_does_not_spoil_the_next(tmp_path: Path) -> None:
    """Within one process, once the cause is gone."""
    (tmp_path / "index").touch()
    chroma = Chroma(tmp_path / "index")
    with pytest.raises(LibraryError), chroma.open():
        pass
    chroma.wipe()
    with chroma.open() as shelves:
        assert shelves["skill"].ids() == set()


def test_an_index_that_cannot_be_wiped_is_named() -> None:
    """Half of it left would pass for an index."""
    with pytest.raises(LibraryError, match="the search index in /proc/self/fdinfo cannot be used"):
        Chroma(Path("/proc/self/fdinfo")).wipe()
