"""What is exported, imported, merged and exported again keeps its bytes, its origin and its quarantine."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.graph.errands import doors
from tests.store.test_approvals import KNOCKING
from trace2skill import Library, distill
from trace2skill.cli.main import build
from trace2skill.graph.run import merge, resume_run
from trace2skill.skillmd.arrivals import arrived
from trace2skill.store.approvals import Origin
from trace2skill.store.approving import approve
from trace2skill.store.records import Change, Commit, Wanted

TASK = "Open the door of the hall."


def told(*words: object) -> str:
    """What a command of `skills` prints."""
    result = CliRunner().invoke(build(), ["skills", *map(str, words)])
    assert result.exit_code == 0, result.stderr
    return result.stdout


def exported(library: Path, out: Path) -> list[Path]:
    """A folder for each skill that the library gives out."""
    with Library(library) as opened:
        if not opened.skills():
            return []
    told("export", out, "--library", library)
    return sorted(out.iterdir())


def imported(library: Path, folder: Path) -> Origin:
    """Take a folder in; where the library then says that the skill came from."""
    assert "in quarantine" in told("import", folder, "--library", library)
    with Library(library) as opened:
        (held,) = opened.quarantine.held(folder.name)
    assert (held.origin.door, held.origin.source) == ("skills import", str(folder))
    return held.origin


def contents(folders: list[Path]) -> dict[str, bytes]:
    """Every file of skill folders, by the skill and the path in its folder."""
    files = [(folder, path) for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {f"{folder.name}/{path.relative_to(folder)}": path.read_bytes() for folder, path in files}


def offered(library: Path) -> list[str]:
    """What an agent would be given, and what could be exported."""
    with Library(library) as opened:
        retrieved = opened.retrieve(TASK, Wanted()).offered
        return [*(offer.skill for offer in retrieved), *(each.skill.name for each in opened.skills())]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with a distilled skill, and one of a person's own."""
    folder = tmp_path_factory.mktemp("first") / "library"
    distill(doors(), library=folder)
    with Library(folder) as library:
        library.commit(Commit(changes=(Change(skill=KNOCKING, operation="import"),)))
    return folder


def test_every_hop_waits_and_knows_where_it_came_from(first: Path, tmp_path: Path) -> None:
    """Approval at one place is none at the next; digests follow the files, which stay the same bytes."""
    folders = exported(first, tmp_path / "out 1")
    digests = {each.name: arrived(each).digest for each in folders}
    assert len(digests) == 2
    for hop in (2, 3):
        library = tmp_path / f"library {hop}"
        origins = {each.name: imported(library, each) for each in folders}
        assert {name: origin.digest for name, origin in origins.items()} == digests
        assert offered(library) == []
        assert exported(library, tmp_path / f"nothing {hop}") == []
        with Library(library) as opened:
            for name in digests:
                stored = approve(opened, name)
                assert stored.origin
                assert stored.origin.model_copy(update={"accepted": ()}) == origins[name]
        assert set(offered(library)) == set(digests)
        before = contents(folders)
        folders = exported(library, tmp_path / f"out {hop}")
        assert contents(folders) == before


def test_a_merge_frees_nothing(first: Path, tmp_path: Path) -> None:
    """Neither what waits in the other library, nor what was approved there, nor what was changed there."""
    waiting = KNOCKING.model_copy(update={"name": "waiting"})
    distill(doors(), library=tmp_path / "theirs")
    for folder in exported(first, tmp_path / "out"):
        if folder.name == KNOCKING.name:
            imported(tmp_path / "theirs", folder)
    with Library(tmp_path / "theirs") as theirs:
        approve(theirs, KNOCKING.name)
        theirs.quarantine.hold([(waiting, Origin(door="skills import", source="elsewhere"))])
    report = merge([tmp_path / "theirs"], library=tmp_path / "ours")
    assert offered(tmp_path / "ours") == []
    resume_run(tmp_path / "ours", report.run, answers="accept")
    assert set(offered(tmp_path / "ours")) == {"house-doors"}
    with Library(tmp_path / "ours") as ours:
        held = ours.quarantine.held()
        assert [each.skill.name for each in held] == [KNOCKING.name]
        assert held[0].skill == KNOCKING
        assert (held[0].origin.door, held[0].origin.source) == ("skills merge", str(tmp_path / "theirs"))
        assert all(door.startswith("skills merge, from") for door in ours.arrivals().values())
