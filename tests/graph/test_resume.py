"""Runs that stop: what is kept of them, and that going on gives what an undisturbed run gives."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.graph.errands import contents, doors, exported, lamps, write
from tests.graph.killing import killed
from trace2skill.errors import InputError, LibraryError, SettingError
from trace2skill.graph.run import distill, merge, resume_run
from trace2skill.llm.settings import ModelSettings
from trace2skill.mining.pool import Pool
from trace2skill.mining.roster import ROSTER, Analyst
from trace2skill.skills.model import Skill
from trace2skill.store.library import Library
from trace2skill.store.runs import runs

SECRET = "sk-" + "4f9aB7Qz" * 6


class Stop(BaseException):
    """Ends a run as a kill would: nothing in the project catches it."""


def stopping_at(stage: str) -> Any:
    """Progress that stops the run at an event of that stage."""

    def stop(event: dict[str, Any]) -> None:
        if event["stage"] == stage:
            raise Stop

    return stop


def test_killed_runs_go_on_to_the_same_skills(tmp_path: Path) -> None:
    """Killed while mining, checking and after the commit: the same export, and nothing is left over."""
    source = write(tmp_path / "runs.jsonl", doors(16) + lamps(16))
    events: list[Any] = []
    distill(source, library=tmp_path / "whole", progress=events.append)
    wanted = exported(tmp_path / "whole", tmp_path / "wanted")
    plans = [(str(moment), tmp_path / str(moment)) for moment in (5, len(events) - 1, len(events))]
    assert killed(source, plans) == [True, True, True]
    source.unlink()  # what was put aside counts, not the files
    for _, library in plans:
        assert [run.state for run in runs(library)] == ["stopped"]
        report = resume_run(library)
        assert [(change.name, change.operation) for change in report.skills] == [
            ("house-doors", "add"),
            ("house-lamps", "add"),
        ]
        assert exported(library, library / "export") == wanted
        assert [run.state for run in runs(library)] == ["finished"]
        assert list((library / "work").iterdir()) == []
        assert not list((library / "runs").rglob("*.sqlite3*"))


def test_work_that_was_done_is_not_done_again(tmp_path: Path) -> None:
    """A run stopped after mining mines nothing when it goes on."""
    with pytest.raises(Stop):
        distill(doors(), library=tmp_path, progress=stopping_at("measure"))
    stages: list[str] = []
    resume_run(tmp_path, progress=lambda event: stages.append(event["stage"]))
    assert stages
    assert not {"read", "plan", "mine"} & set(stages)


def test_a_run_stopped_while_reading_starts_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its input is known: relative paths are found again from elsewhere."""
    write(tmp_path / "runs.jsonl", doors())
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Stop):
        distill("runs.jsonl", library=tmp_path / "library", progress=stopping_at("read"))
    monkeypatch.chdir("/")
    assert resume_run(tmp_path / "library").traces.new == 8


def test_a_merge_goes_on_too(tmp_path: Path) -> None:
    """Libraries as input are known as well, and settings are kept."""
    distill(doors(), library=tmp_path / "source")
    with pytest.raises(Stop):
        merge([tmp_path / "source"], trust=True, library=tmp_path / "target", progress=stopping_at("compose"))
    resume_run(tmp_path / "target")
    assert contents(tmp_path / "target") == contents(tmp_path / "source")


def test_objects_that_were_not_put_aside_are_not_kept(tmp_path: Path) -> None:
    """Their text is in no file, so the run cannot go on, and says so."""
    with pytest.raises(Stop):
        distill(doors(), library=tmp_path, progress=stopping_at("read"))
    with pytest.raises(LibraryError, match="call distill again"):
        resume_run(tmp_path)


def test_no_secret_of_the_input_is_written(tmp_path: Path) -> None:
    """Neither from traces given as objects, nor from settings."""
    trace = doors(1)[0].model_copy(update={"task": f"The key is {SECRET}"})
    with pytest.raises(Stop):
        distill([trace, *doors()], library=tmp_path, mapping=SECRET, progress=stopping_at("compose"))
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name == "checkpoints.sqlite3" for path in kept)
    assert not [path for path in kept if SECRET.encode() in path.read_bytes()]
    with pytest.raises(SettingError, match="mapping"):
        resume_run(tmp_path)
    assert resume_run(tmp_path, settings={"mapping": None}).succeeded


def test_the_library_may_have_moved_on(tmp_path: Path) -> None:
    """The run is planned anew over what both have brought."""
    with pytest.raises(Stop):
        distill(doors()[:4], library=tmp_path / "both", progress=stopping_at("critique"))
    distill(doors()[4:], library=tmp_path / "both")
    resume_run(tmp_path / "both")
    distill(doors(), library=tmp_path / "whole")
    assert contents(tmp_path / "both") == contents(tmp_path / "whole")


def test_somebody_else_may_have_done_it(tmp_path: Path) -> None:
    """The same traces distilled meanwhile: there is nothing left to do, which is no failure."""
    with pytest.raises(Stop):
        distill(doors(), library=tmp_path, progress=stopping_at("critique"))
    distill(doors(), library=tmp_path)
    report = resume_run(tmp_path)
    assert report.up_to_date
    assert report.succeeded


def test_a_mistake_that_was_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The step that failed is done again, those before it are not."""

    def full(*_: object, **__: object) -> None:
        raise LibraryError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr("trace2skill.nodes.synthesise.compose", full)
        with pytest.raises(LibraryError, match="the disk is full") as caught:
            distill(doors(), library=tmp_path)
    run = runs(tmp_path)[0]
    assert (run.state, run.message) == ("failed", "the disk is full")
    assert f"distill --resume {run.id}" in caught.value.__notes__[0]
    stages: list[str] = []
    resume_run(tmp_path, progress=lambda event: stages.append(event["stage"]))
    assert list(dict.fromkeys(stages)) == ["compose", "critique", "save"]


def test_a_run_goes_on_after_its_environment_broke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stopped it is no mistake of the user's; the step is done again, and the skills are made."""

    def broken(*_: object) -> None:
        raise OSError("cannot allocate memory")

    with monkeypatch.context() as environment:
        environment.setattr("trace2skill.nodes.shards.measure", broken)
        with pytest.raises(OSError, match="cannot allocate memory"):
            distill(doors(), library=tmp_path)
    stages: list[str] = []
    report = resume_run(tmp_path, progress=lambda event: stages.append(event["stage"]))
    assert [change.name for change in report.skills] == ["house-doors"]
    assert not {"read", "plan", "mine"} & set(stages)


def failing_while(broken: dict[str, str]) -> tuple[Analyst, ...]:
    """The usual analysts, of which those cannot work that have a reason."""

    def work(analyst: Analyst) -> Analyst:
        def mine(pool: Pool) -> Any:
            if analyst.name in broken:
                raise MemoryError(broken[analyst.name])
            return analyst.mine(pool)

        return replace(analyst, mine=mine)

    return tuple(map(work, ROSTER))


EVERYBODY = {analyst.name: "no memory" for analyst in ROSTER}


@pytest.mark.parametrize(
    ("stage", "failing"),
    [("mine", {ROSTER[0].name: "no memory"}), ("measure", EVERYBODY)],
)
def test_analysts_that_failed_try_again(tmp_path: Path, stage: str, failing: dict[str, str]) -> None:
    """A run that was stopped since, by whatever broke them, is no worse than an undisturbed one."""
    broken = dict(failing)
    roster = failing_while(broken)
    with pytest.raises(Stop):
        distill(doors(), library=tmp_path / "broken", roster=roster, progress=stopping_at(stage))
    broken.clear()
    report = resume_run(tmp_path / "broken", roster=roster)
    assert report.failures == ()
    distill(doors(), library=tmp_path / "whole")
    assert contents(tmp_path / "broken") == contents(tmp_path / "whole")


def test_analysts_that_fail_again_say_why(tmp_path: Path) -> None:
    """Nothing can be made, each failure is told once, and the traces may be given again."""
    roster = failing_while(EVERYBODY)
    with pytest.raises(Stop):
        distill(doors(), library=tmp_path, roster=roster, progress=stopping_at("critique"))
    report = resume_run(tmp_path, roster=roster)
    assert not report.succeeded
    assert [each.message for each in report.failures] == ["MemoryError: no memory"] * len(ROSTER)
    assert distill(doors(), library=tmp_path).succeeded


def test_a_library_that_cannot_be_read_is_no_analysts_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends the run, which goes on once that is mended."""

    def locked(*_: object) -> None:
        raise LibraryError("the library is locked")

    with monkeypatch.context() as environment:
        environment.setattr("trace2skill.nodes.mine.family_pool", locked)
        with pytest.raises(LibraryError, match="is locked"):
            distill(doors(), library=tmp_path)
    report = resume_run(tmp_path)
    assert (report.failures, [change.name for change in report.skills]) == ((), ["house-doors"])


def test_a_secret_setting_may_lie_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It need not be given again then, and is written nowhere."""
    address = f"http://user:{SECRET}@localhost/v1"
    distill(doors(), library=tmp_path, review=True, models=ModelSettings(base_url=address))
    assert not [
        path for path in tmp_path.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()
    ]
    with pytest.raises(SettingError, match="hold a secret: base_url"):
        resume_run(tmp_path, answers="reject")
    monkeypatch.setenv("TRACE2SKILL_BASE_URL", address)
    assert resume_run(tmp_path, answers="reject").refused


def test_settings_cannot_be_changed_at_a_resume(tmp_path: Path) -> None:
    """They belong to the run: neither the review nor anything else is turned off by the way."""
    distill(doors(), library=tmp_path, review=True)
    with pytest.raises(SettingError, match="keeps the settings it was started with; review cannot"):
        resume_run(tmp_path, answers="reject", settings={"review": False})
    assert contents(tmp_path) == {}


def test_a_mistake_in_the_input_leaves_nothing(tmp_path: Path) -> None:
    """No run to go on with, and no library that was only begun."""
    with pytest.raises(InputError):
        distill(tmp_path / "ghost", library=tmp_path / "library")
    assert list(tmp_path.iterdir()) == []


def test_a_run_at_work_cannot_be_resumed(tmp_path: Path) -> None:
    """Two processes never carry on one run."""
    said: list[str] = []

    def meddle(_pool: Pool) -> list[Any]:
        with pytest.raises(LibraryError) as caught:
            resume_run(tmp_path, runs(tmp_path)[0].id)
        said.append(str(caught.value))
        return []

    distill(doors(2), library=tmp_path, roster=(Analyst("meddler", "mischief", meddle), *ROSTER))
    assert "is running" in said[0]


def test_nothing_to_resume(tmp_path: Path) -> None:
    """A finished run, an unknown one, none at all: each is said."""
    run = distill(doors(2), library=tmp_path).run
    with pytest.raises(LibraryError, match="is finished"):
        resume_run(tmp_path, run)
    with pytest.raises(LibraryError, match="no run ghost"):
        resume_run(tmp_path, "ghost")
    with pytest.raises(LibraryError, match="no run that is failed or stopped or waiting"):
        resume_run(tmp_path)


def test_answers_need_a_question(tmp_path: Path) -> None:
    """A run that was killed takes no answers."""
    with pytest.raises(Stop):
        distill(doors(), library=tmp_path, progress=stopping_at("compose"))
    with pytest.raises(SettingError, match="does not wait"):
        resume_run(tmp_path, answers="accept")
    assert resume_run(tmp_path).succeeded


@pytest.mark.parametrize(
    ("server", "message"),
    [
        ("mysql://h/d", "give postgresql://"),
        ("postgresql://u:secret@127.0.0.1:1/d", "127.0.0.1:1|extra `postgres`"),
    ],
)
def test_a_checkpoint_server_that_cannot_be_used(tmp_path: Path, server: str, message: str) -> None:
    """What to install or to write is said, no password is shown, and no run is left that never began."""
    with pytest.raises(SettingError, match=message) as caught:
        distill(doors(2), library=tmp_path, checkpoints=server)
    assert "secret" not in str(caught.value)
    assert not list(tmp_path.rglob("run.json"))


def test_a_commit_that_was_killed_late_is_not_made_twice(tmp_path: Path) -> None:
    """The versions are those of one commit, whatever else was written meanwhile."""
    with pytest.raises(Stop):
        distill(doors(), library=tmp_path, progress=stopping_at("save"))
    with Library(tmp_path) as library:
        saved = library.generation
        assert isinstance(library.skill("house-doors").skill, Skill)
    assert [(change.operation, change.version) for change in resume_run(tmp_path).skills] == [("add", 1)]
    with Library(tmp_path) as library:
        assert library.generation == saved


def test_checkpoints_begin_after_the_intake(tmp_path: Path) -> None:
    """The first one written already knows the traces by the name of the run alone."""
    with pytest.raises(Stop):
        distill(doors(), library=tmp_path, progress=stopping_at("compose"))
    file = next(tmp_path.rglob("checkpoints.sqlite3"))
    with closing(sqlite3.connect(file)) as connection:
        first = connection.execute("SELECT metadata FROM checkpoints ORDER BY checkpoint_id").fetchone()
    assert json.loads(first[0])["step"] == 1
