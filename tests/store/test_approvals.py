"""What was taken from outside is served as it was approved, or not at all."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.graph.errands import doors
from trace2skill.errors import LibraryError
from trace2skill.graph.run import distill
from trace2skill.skills.model import Skill
from trace2skill.store.approvals import Origin
from trace2skill.store.approving import approve
from trace2skill.store.guidance import Guide
from trace2skill.store.library import FILE, Library
from trace2skill.store.records import Change, Commit, Wanted

KNOCKING = Skill(
    name="knocking",
    title="Knocking",
    description="How to knock on a door.",
    when_to_use="Knock on a door.",
    family="knocking",
    human_text="Knock twice. See https://knock.example.",
)
TASK = "Knock on a door."


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """A library with one approved skill from outside."""
    opened = Library(tmp_path / "library")
    opened.quarantine.hold([(KNOCKING, Origin(door="skills import", source="knocking"))])
    approve(opened, "knocking")
    return opened


def write(library: Library, sql: str, *values: object) -> None:
    """Change the file behind the library's back, as a person with an editor would."""
    with closing(sqlite3.connect(library.path / FILE)) as file:
        file.execute(sql, values)
        file.execute("UPDATE library SET generation = generation + 1")
        file.commit()


def unusable(library: Library) -> None:
    """Nothing lists, finds, offers or shows the skill."""
    assert library.skills() == []
    assert library.skills(status=None) == []
    assert library.search(TASK) == []
    assert library.retrieve(TASK, Wanted(status=None)).abstained
    assert Guide(library).guidance(TASK).text == ""
    with pytest.raises(LibraryError, match=r"withheld: .*`skills approve knocking`"):
        library.skill("knocking")
    assert [each.skill.name for each in library.skills(status="withheld")] == ["knocking"]


def test_an_approved_skill_is_offered(library: Library) -> None:
    """With where it came from."""
    assert [offer.skill for offer in library.retrieve(TASK).offered] == ["knocking"]
    stored = library.skill("knocking")
    assert stored.origin
    assert stored.origin.accepted == ("holds an address",)
    assert library.quarantine.held() == []


def test_changed_bytes_are_withheld_until_they_are_approved(library: Library) -> None:
    """Also where whoever changed them wrote a fitting hash."""
    body = "UPDATE versions SET body = replace(body, 'twice', 'never')"
    write(library, body)
    unusable(library)
    changed = KNOCKING.model_copy(update={"human_text": KNOCKING.human_text.replace("twice", "never")})
    write(library, "UPDATE versions SET hash = ?", changed.hash)
    unusable(library)
    assert approve(library, "knocking").skill == changed
    assert library.retrieve(TASK).offered


def test_a_distilled_skill_is_withheld_too_where_its_bytes_changed(tmp_path: Path) -> None:
    """A slip of the disk or of a hand; the others are served."""
    distill(doors(), library=tmp_path)
    with Library(tmp_path) as library:
        assert library.skill("house-doors").origin is None
        write(library, "UPDATE versions SET body = replace(body, 'unlock', 'unhook')")
        assert library.skills() == []
        with pytest.raises(LibraryError, match="its bytes are not those that were saved"):
            library.skill("house-doors")


def test_what_a_later_scan_finds_is_withheld(library: Library) -> None:
    """The approval was for the kinds of text that were known then."""
    write(library, "UPDATE approvals SET origin = replace(origin, '\"holds an address\"', '')")
    unusable(library)
    with pytest.raises(LibraryError, match="it holds an address, which was not known when it was approved"):
        library.skill("knocking")


def test_an_import_that_nobody_approved_is_withheld(library: Library) -> None:
    """However it came into the table."""
    write(library, "DELETE FROM approvals")
    unusable(library)
    approve(library, "knocking")
    assert library.skills()


def test_what_was_changed_in_quarantine_cannot_be_approved(library: Library) -> None:
    """It can be taken out."""
    other = KNOCKING.model_copy(update={"name": "other"})
    library.quarantine.hold([(other, Origin())])
    write(library, "UPDATE quarantine SET body = replace(body, 'twice', 'never')")
    with pytest.raises(LibraryError, match="skills discard other"):
        approve(library, "other")
    assert library.quarantine.discard("other") == 1


def test_an_earlier_version_can_be_returned_to(library: Library) -> None:
    """Past one that is withheld; the withheld one itself cannot."""
    revised = KNOCKING.model_copy(update={"human_text": "Knock once."})
    library.commit(Commit(changes=(Change(skill=revised, operation="import"),)))
    write(library, "UPDATE versions SET body = replace(body, 'once', 'never') WHERE version = 2")
    unusable(library)
    with pytest.raises(LibraryError, match="withheld"):
        library.rollback("knocking", 2)
    assert library.rollback("knocking", 1).skill == KNOCKING


def test_what_was_imported_before_there_were_approvals_is_served(library: Library) -> None:
    """A library that an older version made."""
    folder = library.path
    library.close()
    with closing(sqlite3.connect(folder / FILE)) as file:
        for table in ("approvals", "quarantine", "trusted"):
            file.execute(f"DROP TABLE {table}")
    with Library(folder) as again:
        stored = again.skill("knocking")
    assert stored.origin
    assert stored.origin.door == "an older version"


def test_forgetting_keeps_an_approval_and_frees_nothing_withheld(tmp_path: Path) -> None:
    """An exported skill from elsewhere cites the traces that the library holds too."""
    distill(doors(), library=tmp_path / "source")
    with Library(tmp_path / "source") as source:
        skill, trace = source.skill("house-doors").skill, source.trace_hashes()[0]
    for name, changed in (("kept", False), ("changed", True)):
        distill(doors(), library=tmp_path / name)
        with Library(tmp_path / name) as library:
            imported = skill.model_copy(update={"title": "Doors of elsewhere"})
            library.commit(Commit(changes=(Change(skill=imported, operation="import"),)))
            if changed:
                write(library, "UPDATE versions SET body = replace(body, 'elsewhere', 'nowhere')")
            library.forget(trace)
            for stored in library.history("house-doors"):
                assert trace not in stored.skill.traces
                elsewhere = "nowhere" in stored.skill.title
                assert bool(stored.withheld) == elsewhere
            assert len(library.skills()) == (0 if changed else 1)
