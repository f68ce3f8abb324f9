"""The index on a Chroma server, and settings of the embedded one."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import chromadb
import pytest

from tests.store.skills import indexed, wanted
from trace2skill.errors import LibraryError, SettingError
from trace2skill.skills.model import Skill
from trace2skill.store.index import Chroma
from trace2skill.store.library import Library
from trace2skill.store.place import note
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


def test_the_library_remembers_its_server(
    server: str, tmp_path: Path, make_skill: Callable[..., Skill]
) -> None:
    """Who writes later, or forgets, reaches the documents there without naming it."""
    with Library(tmp_path, chroma=server) as library:
        library.commit(add(make_skill("one")))
    with Library(tmp_path) as library:
        library.commit(add(make_skill("two")))
    with Library(tmp_path, chroma=f"{server}/") as library:
        assert indexed(library) == wanted(library)
        library.remove("one")
        assert indexed(library) == wanted(library)
    assert not (tmp_path / "index").exists()


def test_an_index_is_moved_by_reindex_alone(
    server: str, tmp_path: Path, make_skill: Callable[..., Skill]
) -> None:
    """Elsewhere it is refused with the way to move it; what it leaves is empty."""
    with Library(tmp_path, chroma=server) as library:
        library.commit(add(make_skill("one")))
        left = library._index._chroma()
    with Library(tmp_path, chroma="folder") as library:
        with pytest.raises(LibraryError, match=r"at http.*, not in its folder; .*skills reindex --chroma"):
            library.commit(add(make_skill("two")))
        assert library.reindex() == 2
        assert indexed(library) == wanted(library)
    assert (tmp_path / "index").is_dir()
    with left.open() as shelves:
        assert shelves["skill"].ids() == set()
    with Library(tmp_path) as library:
        library.commit(add(make_skill("two")))


def test_an_index_moves_away_from_a_server_that_is_gone(
    tmp_path: Path, make_skill: Callable[..., Skill], caplog: pytest.LogCaptureFixture
) -> None:
    """What may be left there is said."""
    with Library(tmp_path) as library:
        library.commit(add(make_skill("one")))
        with library._database.writing() as connection:
            note(connection, "http://127.0.0.1:9")
    with Library(tmp_path, chroma="folder") as library:
        assert library.reindex() == 2
    assert "documents of the library may be left where its index lay" in caplog.text


def test_a_client_can_be_given(server: str, tmp_path: Path, make_skill: Callable[..., Skill]) -> None:
    """It stays open; without it the library says that it lies with one."""
    address = urlsplit(server)
    with chromadb.HttpClient(host=address.hostname or "", port=address.port or 0) as client:
        for name in ("one", "two"):
            with Library(tmp_path, chroma=client) as library:
                library.commit(add(make_skill(name)))
                assert indexed(library) == wanted(library)
        client.heartbeat()
    with Library(tmp_path) as library, pytest.raises(LibraryError, match="give the client again"):
        library.commit(add(make_skill("three")))


def test_what_is_no_client_is_refused(tmp_path: Path) -> None:
    """With what it may be."""
    with pytest.raises(SettingError, match=r"http://HOST:PORT or as a client.*not as int"):
        Library(tmp_path, chroma=7)  # type: ignore[arg-type]


WRITER = """
import sys
from tests.store.test_chroma import add
from trace2skill.skills.model import Skill
from trace2skill.store.library import Library

folder, server, name, skill = sys.argv[1:]
skill = Skill.model_validate_json(skill)
with Library(folder, chroma=server) as library:
    for number in range(3):
        library.commit(add(skill.model_copy(update={"name": f"{name}-{number}"})))
"""


def test_two_processes_write_one_library_on_a_server(
    server: str, tmp_path: Path, make_skill: Callable[..., Skill]
) -> None:
    """Every commit of both is in the library and on the server."""
    skill = make_skill("x").model_dump_json()
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), server, name, skill])
        for name in ("one", "two")
    ]
    assert [writer.wait() for writer in writers] == [0, 0]
    with Library(tmp_path) as library:
        assert len(library.skills()) == 6
        assert indexed(library) == wanted(library)
