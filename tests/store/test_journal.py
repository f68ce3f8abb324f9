"""The journal of usage: nothing waits, nothing is lost, nothing counts twice."""

import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from trace2skill.store import journal
from trace2skill.store.journal import Journal
from trace2skill.store.library import FILE, Library
from trace2skill.store.records import Commit, SkillUse


def line(number: int, skill: str | None = "mend-data") -> SkillUse:
    """A line of the receipt of this number."""
    return SkillUse(receipt=f"r{number}", event="offered", skill=skill, version=1)


def in_table(library: Library) -> int:
    """The lines that the library's file itself holds."""
    with sqlite3.connect(library.path / FILE) as connection:
        return int(connection.execute("SELECT count(*) FROM usage").fetchone()[0])


def test_lines_are_taken_into_the_library_when_it_is_written(library: Library) -> None:
    """Before and after they are listed alike, and the files go."""
    for number in range(3):
        library.record_usage([line(number), line(number, "other")])
    before = library.usage()
    assert in_table(library) == 0
    library.commit(Commit())
    assert in_table(library) == 6
    assert library.usage() == before
    assert [each.receipt for each in library.usage("other")] == ["r0", "r1", "r2"]
    assert list((library.path / journal.FOLDER).iterdir()) == []


def test_a_report_goes_down_while_another_writes(library: Library) -> None:
    """Their transaction is open all the while; what they write meanwhile has its place before it."""
    other = sqlite3.connect(library.path / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    library.record_usage([line(1)])
    assert library.usage() == [line(1)]
    other.execute("COMMIT")
    other.close()


def test_a_kill_between_folding_and_dropping_doubles_nothing(library: Library) -> None:
    """The library knows which files it has; they go with the next write."""
    library.record_usage([line(1)])
    kept = {path: path.read_bytes() for path in (library.path / journal.FOLDER).iterdir()}
    library.commit(Commit())
    for path, content in kept.items():
        path.write_bytes(content)
    assert library.usage() == [line(1)]
    library.record_usage([line(2)])
    library.commit(Commit())
    assert library.usage() == [line(1), line(2)]
    assert in_table(library) == 2
    assert list((library.path / journal.FOLDER).iterdir()) == []


def test_a_fold_while_somebody_reads_is_seen_once(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice over between the files and the table, so that the name of the first file is forgotten."""
    library.record_usage([line(1)])
    read, folds = Journal.read, iter((1, 2))

    def interrupted(self: Journal) -> dict[str, list[SkillUse]]:
        found = read(self)
        if next(folds, None):
            with Library(library.path) as other:
                other.commit(Commit())
                other.commit(Commit())
        return found

    monkeypatch.setattr(Journal, "read", interrupted)
    assert library.usage() == [line(1)]


def test_many_reports_are_folded_without_a_commit(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless somebody is writing; then they wait for the next time."""
    monkeypatch.setattr(journal, "MANY", 4)
    other = sqlite3.connect(library.path / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for number in range(4):
        library.record_usage([line(number)])
    other.execute("COMMIT")
    other.close()
    assert in_table(library) == 0
    for number in range(4, 8):
        library.record_usage([line(number)])
    assert in_table(library) == 8


def test_what_a_dead_process_began_is_cleared_away(library: Library) -> None:
    """A day later; before that it may still be at work."""
    library.record_usage([line(1)])
    dead, alive = (library.path / journal.FOLDER / name for name in (".dead", ".alive"))
    dead.write_bytes(b"[{")
    alive.write_bytes(b"[{")
    os.utime(dead, (0, 0))
    library.commit(Commit())
    assert not dead.exists()
    assert alive.exists()


def test_threads_and_folds_at_once_lose_nothing(library: Library) -> None:
    """Eight threads report while the library is committed to again and again."""

    def report(thread: int) -> None:
        for number in range(25):
            library.record_usage([line(1000 * thread + number)])

    threads = [threading.Thread(target=report, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    with Library(library.path) as other:
        while any(thread.is_alive() for thread in threads):
            other.commit(Commit())
    assert sorted(each.receipt for each in library.usage()) == sorted(
        f"r{1000 * thread + number}" for thread in range(8) for number in range(25)
    )


REPORTER = """
import sys
from pathlib import Path
from trace2skill.store.journal import Journal
from trace2skill.store.records import SkillUse

journal = Journal(Path(sys.argv[1]))
for number in range(100_000):
    journal.add([SkillUse(receipt=f"k{number}", event="offered", skill="s", version=1)])
    print(number, flush=True)
"""


def test_a_killed_process_loses_no_report(library: Library) -> None:
    """Whatever it said that it had put down is there, and whole."""
    command = [sys.executable, "-c", REPORTER, str(library.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reporter:
        assert reporter.stdout is not None
        for said in reporter.stdout:
            if int(said) >= 50:
                break
        reporter.kill()
        last = [int(each) for each in reporter.stdout.read().split("\n") if each.strip().isdigit()]
    known = {each.receipt for each in library.usage()}
    assert {f"k{number}" for number in range(max([50, *last]) + 1)} <= known
    assert library.path.joinpath(journal.FOLDER).is_dir()
    library.commit(Commit())
    assert {each.receipt for each in library.usage()} == known


def test_an_empty_file_after_a_power_cut_says_nothing(tmp_path: Path) -> None:
    """It is passed over, and goes."""
    with Library(tmp_path) as library:
        library.record_usage([line(1)])
        (tmp_path / journal.FOLDER / "0-0.json").write_bytes(b"")
        library.commit(Commit())
        assert library.usage() == [line(1)]
        assert list((tmp_path / journal.FOLDER).iterdir()) == []
