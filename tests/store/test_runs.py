"""The records of runs: written whole, told alive from dead, swept when old."""

import os
import time
from pathlib import Path

import pytest

from trace2skill.errors import LibraryError
from trace2skill.store.library import Library
from trace2skill.store.runs import RunFolder, runs, sweep, unfinished, without_secrets


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """An empty library."""
    Library(tmp_path).close()
    return tmp_path


def test_a_run_is_running_while_its_lock_is_held(library: Path) -> None:
    """And stopped once nobody holds it."""
    run = RunFolder.new(library, paths=("a",))
    with run.held():
        assert [each.state for each in runs(library)] == ["running"]
    assert [each.state for each in runs(library)] == ["stopped"]


def test_one_process_at_a_time(library: Path) -> None:
    """The second is told."""
    run = RunFolder.new(library)
    with (
        run.held(),
        pytest.raises(LibraryError, match="at work in another process"),
        RunFolder(run.path).held(),
    ):
        pass


def test_the_newest_run_comes_first(library: Path) -> None:
    """And is the one to go on with, if it can."""
    names = ["20260101-000000-aaaa", "20260102-000000-aaaa"]
    for name in names:
        (library / "runs" / name).mkdir(parents=True)
        record = RunFolder.new(library).record().model_copy(update={"id": name})
        RunFolder(library / "runs" / name).save(record)
    assert [each.id for each in runs(library)][-2:] == names[::-1]
    newest = runs(library)[0].id
    assert unfinished(library).path.name == newest
    assert unfinished(library, names[0]).path.name == names[0]


def test_old_runs_are_swept(library: Path) -> None:
    """When what they had staged is swept too; one at work stays."""
    old, busy, young = (RunFolder.new(library) for _ in range(3))
    long_ago = time.time() - 8 * 24 * 3600
    for run in (old, busy):
        os.utime(run.path / "run.json", (long_ago, long_ago))
    with busy.held():
        sweep(library)
    assert {each.id for each in runs(library)} == {busy.path.name, young.path.name}


def test_a_half_made_run_is_no_run(library: Path) -> None:
    """Killed between the folder and the record: nothing to list."""
    (library / "runs" / "20260101-000000-aaaa").mkdir(parents=True)
    assert runs(library) == []


def test_no_library_is_made_by_looking(tmp_path: Path) -> None:
    """A mistake says where there is none."""
    with pytest.raises(LibraryError, match="no library"):
        runs(tmp_path / "ghost")
    assert list(tmp_path.iterdir()) == []


def test_discarding_leaves_what_is_not_the_runs(library: Path, tmp_path: Path) -> None:
    """A library that was there stays; a folder made for the run alone goes."""
    RunFolder.new(library).discard()
    assert not (library / "runs").exists()
    assert (library / "library.sqlite3").exists()
    RunFolder.new(tmp_path / "new").discard()
    assert not (tmp_path / "new").exists()


def test_settings_with_secrets_are_withheld() -> None:
    """Their names are kept, so that they can be asked for."""
    secret = "sk-" + "4f9aB7Qz" * 6
    kept, withheld = without_secrets(
        {"workers": 2, "embedding": "wordllama", "base_url": f"http://h/{secret}"}
    )
    assert kept == {"workers": 2, "embedding": "wordllama"}
    assert withheld == ("base_url",)
