"""Libraries that become one: in any order the same, twice no more, and the sources stay as they are."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.graph.errands import contents, doors, exported, lamps, write
from trace2skill.errors import InputError, LibraryError
from trace2skill.graph.run import distill, merge, resume_run
from trace2skill.skills.model import ModuleName, Skill, SkillRule
from trace2skill.store.approving import approve
from trace2skill.store.library import Library
from trace2skill.store.records import Change, Commit

WRITTEN = Skill(
    name="house-doors",
    title="Doors",
    description="How to open doors.",
    family="doors",
    human_text="Knock before you enter.",
    rules=(SkillRule(name="P1", module=ModuleName.PROCEDURE, text="Knock first."),),
)


def library_of(folder: Path, *traces: object, written: Skill | None = None) -> Path:
    """A library of these traces, and of what a person wrote."""
    if written:
        with Library(folder) as library:
            library.commit(Commit(changes=(Change(skill=written, operation="import"),)))
    if traces:
        distill(traces, library=folder)  # type: ignore[arg-type]
    return folder


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_merging_is_distilling_everything_at_once(tmp_path: Path) -> None:
    """Also where one family's traces lie in two libraries, and some in both."""
    left = library_of(tmp_path / "left", *doors(6))
    right = library_of(tmp_path / "right", *doors(8)[4:], *lamps())
    whole = library_of(tmp_path / "whole", *doors(8), *lamps())
    report = merge([left, right], trust=True, library=tmp_path / "both")
    assert (report.traces.read, report.traces.new) == (18, 16)
    assert contents(tmp_path / "both") == contents(whole)
    with Library(whole) as one, Library(tmp_path / "both") as other:
        assert one.rows() == other.rows()
        assert one.trace_hashes() == other.trace_hashes()


def test_the_order_of_the_libraries_does_not_matter(tmp_path: Path) -> None:
    """At once in either order, also where two people wrote under one name."""
    left = library_of(tmp_path / "left", *doors(6), written=WRITTEN)
    other = WRITTEN.model_copy(update={"human_text": "Wait."})
    right = library_of(tmp_path / "right", *doors(8)[4:], *lamps(), written=other)
    merge([left, right], trust=True, library=tmp_path / "a")
    merge([right, left], trust=True, library=tmp_path / "b")
    assert exported(tmp_path / "a", tmp_path / "ea") == exported(tmp_path / "b", tmp_path / "eb")


def test_one_after_the_other_in_either_order(tmp_path: Path) -> None:
    """The second merge mines what both have brought."""
    left = library_of(tmp_path / "left", *doors(6))
    right = library_of(tmp_path / "right", *doors(8)[4:], *lamps())
    for name, order in (("a", (left, right)), ("b", (right, left))):
        for source in order:
            merge([source], trust=True, library=tmp_path / name)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_merging_twice_adds_nothing(tmp_path: Path) -> None:
    """No version, no trace, no generation."""
    left = library_of(tmp_path / "left", *doors(), written=WRITTEN)
    merge([left], trust=True, library=tmp_path / "both")
    with Library(tmp_path / "both") as library:
        before = library.generation
    assert merge([left], trust=True, library=tmp_path / "both").up_to_date
    with Library(tmp_path / "both") as library:
        assert library.generation == before


def test_the_sources_are_only_read(tmp_path: Path) -> None:
    """Not a byte and not a file of theirs changes."""
    left = library_of(tmp_path / "left", *doors())
    before = snapshot(left)
    merge([left], trust=True, library=tmp_path / "both")
    assert snapshot(left) == before


def test_a_library_that_is_open_elsewhere_can_be_read(tmp_path: Path) -> None:
    """What its log holds is read too."""
    left = library_of(tmp_path / "left", *doors())
    with Library(left) as opened:
        opened.commit(Commit(changes=(Change(skill=WRITTEN, operation="import"),)))
        merge([left], trust=True, library=tmp_path / "both")
    with Library(tmp_path / "both") as library:
        assert library.skill("house-doors").skill.human_text == WRITTEN.human_text


def test_what_a_person_wrote_comes_along(tmp_path: Path) -> None:
    """Text and notes are kept beside the measured rules."""
    left = library_of(tmp_path / "left", *doors(), written=WRITTEN)
    merge([left], trust=True, library=tmp_path / "both")
    with Library(tmp_path / "both") as library:
        skill = library.skill("house-doors").skill
    assert skill.human_text == WRITTEN.human_text
    assert "Knock first." in [rule.text for rule in skill.rules]
    assert any(rule.finding for rule in skill.rules)


def test_what_people_rejected_stays_rejected(tmp_path: Path) -> None:
    """Once, with its reason; a skill that was there stays."""
    left = tmp_path / "left"
    distill(doors() + lamps(), library=left, review=True)
    answers = {"house-doors": {"decision": "reject", "reason": "too loud"}, "house-lamps": "accept"}
    resume_run(left, answers=answers)
    for _ in range(2):
        merge([left], trust=True, library=tmp_path / "both")
    assert list(contents(tmp_path / "both")) == ["house-lamps"]
    with Library(tmp_path / "both") as library, Library(left) as source:
        assert library.refusals() == source.refusals()
        assert len(library.refusals()) == 1
    there = library_of(tmp_path / "there", *doors())
    assert merge([left], trust=True, library=there).refused == ()
    assert list(contents(there)) == ["house-doors", "house-lamps"]


def test_a_rejection_that_stands_no_longer_comes_along_as_such(tmp_path: Path) -> None:
    """Something else was accepted since."""
    left = tmp_path / "left"
    distill(lamps(), library=left, review=True)
    resume_run(left, answers="reject")
    distill(lamps(24), library=left, review=True)
    resume_run(left, answers="accept")
    merge([left], trust=True, library=tmp_path / "both")
    with Library(tmp_path / "both") as library:
        assert [refusal.standing for refusal in library.refusals()] == [False]


def test_a_library_made_before_there_were_reviews(tmp_path: Path) -> None:
    """Its file has no place for rejections, which is no mistake."""
    left = library_of(tmp_path / "left", *doors())
    with closing(sqlite3.connect(left / "library.sqlite3")) as file:
        file.execute("DROP TABLE refusals")
    merge([left], trust=True, library=tmp_path / "both")
    assert list(contents(tmp_path / "both")) == ["house-doors"]


def test_a_folder_without_a_library_is_named(tmp_path: Path) -> None:
    """So is a library without traces."""
    with pytest.raises(LibraryError, match="nowhere"):
        merge([tmp_path / "nowhere"], trust=True, library=tmp_path / "both")
    Library(tmp_path / "empty").close()
    with pytest.raises(InputError, match="no trace"):
        merge([tmp_path / "empty"], trust=True, library=tmp_path / "both")


def test_a_foreign_library_waits(tmp_path: Path) -> None:
    """Changes for a review, people's texts in quarantine; rejections and verdicts are left."""
    left = library_of(tmp_path / "left", *doors(), written=WRITTEN)
    distill(lamps(), library=left, review=True)
    resume_run(left, answers="reject")
    target = tmp_path / "both"
    report = merge([left], library=target)
    assert report.held == ("house-doors",)
    assert [change.name for change in report.waiting] == ["house-doors", "house-lamps"]
    with Library(target) as library:
        assert library.skills() == []
        assert library.refusals() == []
    resume_run(target, report.run, answers="accept")
    with Library(target) as library:
        before = library.skill("house-doors").skill
        assert before.human_text == ""
        held = library.quarantine.held("house-doors")
        assert [(each.origin.door, each.origin.source) for each in held] == [("skills merge", str(left))]
        assert approve(library, "house-doors").skill.human_text == WRITTEN.human_text
        assert {rule.text for rule in before.rules} < {
            rule.text for rule in library.skill("house-doors").skill.rules
        }
    again = merge([left], library=target)
    assert (again.held, again.waiting) == ((), ())


def test_trust_is_remembered_for_the_library_that_was_named(tmp_path: Path) -> None:
    """Not for a copy of it elsewhere, nor for another."""
    left = library_of(tmp_path / "left", *doors(4))
    assert merge([left], trust=True, library=tmp_path / "both").waiting == ()
    distill(doors(8), library=left)
    assert merge([left], library=tmp_path / "both").waiting == ()
    distill(lamps(), library=left)
    shutil.copytree(left, tmp_path / "copy")
    assert merge([tmp_path / "copy", left], library=tmp_path / "both").waiting


def test_what_took_a_trace_in_is_known(tmp_path: Path) -> None:
    """Traces distilled here, given as objects, and merged; a forgotten one is known no more."""
    left = library_of(tmp_path / "left", *doors(4))
    write(tmp_path / "runs.jsonl", lamps(2))
    distill([tmp_path / "runs.jsonl"], library=tmp_path / "both")
    merge([left], trust=True, library=tmp_path / "both")
    with Library(left) as library:
        assert set(library.arrivals().values()) == {"distill, given as objects"}
    with Library(tmp_path / "both") as library:
        doors_of = library.arrivals()
        assert sorted(set(doors_of.values())) == ["distill", f"skills merge, from {left}"]
        assert doors_of.keys() == set(library.trace_hashes())
        forgotten = library.forget(min(doors_of)).trace
        assert forgotten not in library.arrivals()
