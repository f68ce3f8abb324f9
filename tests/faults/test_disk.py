"""A disk that is full, and folders that may not be written."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.graph.errands import contents, doors, lamps, write
from trace2skill.graph.run import distill
from trace2skill.store.library import FILE

pytestmark = pytest.mark.faults


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes; only root can make one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(disk)], check=False)
    if made.returncode:
        pytest.skip("no tmpfs can be mounted here")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def command(*arguments: object, unprivileged: bool = False) -> "subprocess.CompletedProcess[str]":
    """The command line in a process of its own; unprivileged, it heeds the modes of files even as root."""
    line = [sys.executable, "-m", "trace2skill", *map(str, arguments)]
    if unprivileged and os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("root heeds no modes, and there is no setpriv")
        line = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *line]
    return subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)


def assert_whole(library: Path) -> None:
    """SQLite finds nothing wrong with the file."""
    with closing(sqlite3.connect(f"file:{library / FILE}?mode=ro", uri=True)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize("left", [0, 30_000, 100_000, 400_000, 1_600_000])
def test_a_full_disk_is_said_and_the_library_stays(small_disk: Path, tmp_path: Path, left: int) -> None:
    """With so many bytes left: a message and an exit code, or success; then whole skills, old or new."""
    library = small_disk / "library"
    distill(write(tmp_path / "first.jsonl", doors(8)), library=library)
    before = contents(library)
    source = write(tmp_path / "runs.jsonl", doors(60) + lamps(60))
    distill(source, library=tmp_path / "undisturbed")
    free = shutil.disk_usage(small_disk).free
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"\0" * max(0, free - left))
    done = command("distill", source, "--library", library)
    assert done.returncode in (0, 4), done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 0 or "error: " in done.stderr
    ballast.unlink()  # on a disk that is full SQLite cannot even index its log, to read
    assert_whole(library)
    after = contents(tmp_path / "undisturbed")
    assert contents(library) in (before, after)
    distill(source, library=library)
    assert contents(library) == after


def test_a_read_only_library_is_said(tmp_path: Path) -> None:
    """Distilling fails with a message; what can be read is read; nothing changes."""
    library = tmp_path / "library"
    distill(doors(8), library=library)
    source = write(tmp_path / "runs.jsonl", doors(16))
    modes = {path: path.stat().st_mode for path in (library, *library.rglob("*"))}
    before = {path: path.read_bytes() for path in modes if path.is_file()}
    for path, mode in modes.items():
        path.chmod(mode & ~0o222)
    written = command("distill", source, "--library", library, unprivileged=True)
    shown = command("skills", "list", "--library", library, unprivileged=True)
    for path, mode in modes.items():
        path.chmod(mode)
    assert written.returncode == 4
    assert str(library) in written.stderr
    assert "Traceback" not in written.stderr
    assert shown.returncode in (0, 4)
    assert "Traceback" not in shown.stderr
    assert {path: path.read_bytes() for path in before} == before


def test_a_read_only_place_for_a_new_library_is_said(tmp_path: Path) -> None:
    """The folder that cannot be made is named."""
    place = tmp_path / "place"
    place.mkdir(mode=0o500)
    source = write(tmp_path / "runs.jsonl", doors(8))
    done = command("distill", source, "--library", place / "library", unprivileged=True)
    assert done.returncode == 4
    assert str(place) in done.stderr
    assert "Traceback" not in done.stderr


def test_a_library_in_a_read_only_folder_can_be_merged_from(tmp_path: Path) -> None:
    """A source is only read."""
    library = tmp_path / "library"
    distill(doors(8), library=library)
    for path in (*library.rglob("*"), library):
        path.chmod(path.stat().st_mode & ~0o222)
    done = command("skills", "merge", library, "--trust", "--library", tmp_path / "both", unprivileged=True)
    for path in (library, *library.rglob("*")):
        path.chmod(path.stat().st_mode | 0o200)
    assert done.returncode == 0, done.stderr
    assert contents(tmp_path / "both") == contents(library)
