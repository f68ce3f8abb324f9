"""Runs added to a library whose families stand: what is done again, what is not, and what comes of it."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from tests.graph.errands import contents, door, doors, exported, lamps, write
from trace2skill.graph.run import distill, merge
from trace2skill.nodes import settling, shards
from trace2skill.store.folder import FILE
from trace2skill.store.library import Library
from trace2skill.traces.model import Trace, rebuild

KNOWN = doors(40) + lamps(40)


@pytest.fixture(autouse=True)
def standing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Families stand from ten runs on, for four hundred would take long."""
    monkeypatch.setattr(settling, "STANDS_FROM", 10)


def copies(traces: Iterable[Trace]) -> list[Trace]:
    """The same runs, each with an id and a task of its own."""
    return [rebuild(each, id=f"{each.id}~2", task_key=f"{each.task}~2") for each in traces]


def test_copies_of_known_runs_change_no_skill(tmp_path: Path) -> None:
    """They are kept and said to have joined; no version, no byte of an export."""
    distill(KNOWN, library=tmp_path / "library")
    before = exported(tmp_path / "library", tmp_path / "before")
    report = distill([*KNOWN, *copies(doors(4))], library=tmp_path / "library")
    assert (report.families, report.skills, report.joined) == ({}, (), {"doors": 4})
    assert report.traces.new == 4
    assert exported(tmp_path / "library", tmp_path / "after") == before
    with Library(tmp_path / "library") as library:
        assert len(library.trace_hashes()) == 84
        assert not library.trace_facts().keys() & library.increments.joined().keys()


def test_two_increments_come_to_what_one_does(tmp_path: Path) -> None:
    """The same runs are kept with the same counts, whatever came first and however many processes read."""
    first, second = copies(doors(2)), copies(lamps(2))
    found = []
    ways = (("a", 1, [first + second]), ("b", 2, [first, second]), ("c", 1, [second, first]))
    for name, workers, added in ways:
        distill(KNOWN, library=tmp_path / name)
        for each in added:
            distill(each, library=tmp_path / name, workers=workers)
        with Library(tmp_path / name) as library:
            found.append((library.increments.joined(), library.trace_hashes(), contents(tmp_path / name)))
    assert found[0] == found[1] == found[2]


def test_many_new_runs_give_what_one_run_over_all_gives(tmp_path: Path) -> None:
    """More than a tenth: rules, numbers and citations are those of a run over everything, and it is said."""
    distill(KNOWN, library=tmp_path / "grown")
    distill([*KNOWN, *copies(doors(4))], library=tmp_path / "grown")
    added = [*KNOWN, *copies(doors(40))]
    report = distill(added, library=tmp_path / "grown")
    assert report.formed == ("house: 40 of 120 runs are new",)
    distill(added, library=tmp_path / "whole")
    assert contents(tmp_path / "grown") == contents(tmp_path / "whole")
    with Library(tmp_path / "grown") as library:
        assert not library.increments.joined()


def test_a_family_whose_evidence_moves_is_mined_again_alone(tmp_path: Path) -> None:
    """Good runs that leave the unlocking out; the lamps are left as they are."""
    distill(KNOWN, library=tmp_path)
    careless = [rebuild(door(100 + at, unlocked=False), outcome=doors(1)[0].outcome) for at in range(4)]
    assert distill(careless[:1], library=tmp_path).joined == {"doors": 1}
    report = distill([*careless, *copies(lamps(1))], library=tmp_path)
    assert set(report.families) == {"doors"}
    assert report.families["doors"] == 44
    assert report.joined == {"lamps": 1}


def test_again_mines_what_has_joined(tmp_path: Path) -> None:
    """A person need not wait until the evidence moves."""
    distill([*KNOWN, *copies(doors(4))], library=tmp_path / "whole")
    distill(KNOWN, library=tmp_path / "grown")
    distill(copies(doors(4)), library=tmp_path / "grown")
    distill(copies(doors(4)), library=tmp_path / "grown", again=True)
    assert contents(tmp_path / "grown") == contents(tmp_path / "whole")


@pytest.mark.heavy
def test_merging_rests_on_all_runs_whatever_joined(tmp_path: Path) -> None:
    """Libraries united in either order, one with runs that only joined, give the same."""
    distill(KNOWN, library=tmp_path / "left")
    distill(copies(doors(4)), library=tmp_path / "left")
    distill(copies(KNOWN), library=tmp_path / "right")
    for name, order in (("a", ("left", "right")), ("b", ("right", "left"))):
        for source in order:
            merge([tmp_path / source], library=tmp_path / name)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_known_records_are_not_redacted_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By their bytes, whatever the file is called; what was replaced in them is told all the same."""
    secret = rebuild(doors(1)[0], task="The key is sk-" + "4f9aB7Qz" * 6)
    first = distill(write(tmp_path / "runs.jsonl", [*KNOWN, secret]), library=tmp_path / "library")
    (tmp_path / "runs.jsonl").rename(tmp_path / "moved.jsonl")
    monkeypatch.setattr(shards, "redact", None)  # which can therefore not be called
    second = distill(tmp_path / "moved.jsonl", library=tmp_path / "library")
    assert second.up_to_date
    assert second.redactions == first.redactions != {}
    assert (second.traces.read, second.traces.duplicates, second.traces.new) == (81, 81, 0)


def test_a_setting_that_changes_what_is_read_has_records_read_again(tmp_path: Path) -> None:
    """The score that makes a success is one."""
    scored = [rebuild(each, outcome=each.outcome.model_copy(update={"score": 0.5})) for each in doors(8)]
    path = write(tmp_path / "runs.jsonl", scored)
    distill(path, library=tmp_path / "library", success_at=0.4)
    assert distill(path, library=tmp_path / "library", success_at=0.6).traces.new == 8


@pytest.mark.parametrize("joined", [True, False])
def test_nothing_is_left_of_a_run_that_is_forgotten(tmp_path: Path, *, joined: bool) -> None:
    """Whether it has joined or a skill rests on it; when it comes again it is new."""
    extra = copies(doors(2))
    distill(write(tmp_path / "known.jsonl", KNOWN), library=tmp_path / "library")
    path = write(tmp_path / "more.jsonl", extra)
    distill(path, library=tmp_path / "library")
    gone = extra[0] if joined else KNOWN[0]
    with Library(tmp_path / "library") as library:
        library.forget(gone.id)
    with closing(sqlite3.connect(tmp_path / "library" / FILE)) as connection:
        for table in ("seen", "briefs", "joined"):
            sql = f"SELECT count(*) FROM {table} WHERE trace = ?"
            assert connection.execute(sql, (gone.hash,)).fetchone() == (0,)
    assert gone.hash[:12].encode() not in (tmp_path / "library" / FILE).read_bytes()
    assert distill(path if joined else tmp_path / "known.jsonl", library=tmp_path / "library").traces.new == 1


def test_another_share_held_out_is_mined_anew(tmp_path: Path) -> None:
    """The families of a domain stand for the settings they were mined with."""
    distill(KNOWN, library=tmp_path)
    report = distill(KNOWN, library=tmp_path, holdout=0.3)
    assert report.formed == ("house: other tasks are held out",)
    assert set(report.families) == {"doors", "lamps"}
