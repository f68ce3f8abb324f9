"""`trace2skill distill`: what it prints, what it exits with."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.graph.errands import contents, door, doors, lamps, write


def test_the_report_is_for_a_person(run: Run, runs: Path, tmp_path: Path) -> None:
    """Counts, one line a skill, and how to read one."""
    result = run("distill", runs, "--library", tmp_path / "library")
    assert result.exit_code == 0
    assert "16 traces read, 16 new, 0 duplicates." in result.stdout
    assert "house-doors" in result.stdout
    assert "trace2skill skills show house-doors" in result.stdout
    assert result.stderr == ""


def test_json_is_the_whole_report(run: Run, runs: Path, tmp_path: Path) -> None:
    """Stdout is one JSON value."""
    result = run("distill", runs, "--library", tmp_path / "library", "--json")
    report = json.loads(result.stdout)
    assert report["traces"]["new"] == 16
    assert [change["name"] for change in report["skills"]] == ["house-doors", "house-lamps"]


def test_the_same_again_is_said_to_be_nothing_new(run: Run, runs: Path, tmp_path: Path) -> None:
    """Nothing to do is no failure."""
    run("distill", runs, "--library", tmp_path / "library")
    result = run("distill", runs, "--library", tmp_path / "library")
    assert result.exit_code == 0
    assert "Nothing new" in result.stdout


def test_a_run_that_saves_nothing_fails(run: Run, tmp_path: Path) -> None:
    """Exit code 1, a sentence on stderr, and for each family why and what would be enough."""
    idle = [lamp.model_copy(update={"steps": ()}) for lamp in lamps(4)]
    useless = write(tmp_path / "useless.jsonl", [*(door(n, unlocked=False) for n in range(4)), *idle])
    result = run("distill", useless, "--library", tmp_path / "library")
    assert result.exit_code == 1
    assert "nothing was saved" in result.stderr
    assert "doors: 0 good runs on 0 tasks, of 4 runs in all; there is nothing to imitate" in result.stdout
    assert "lamps: 2 good runs on 2 tasks, of 4 runs in all; no action recurs" in result.stdout
    assert result.stdout.count("about 10 good runs on 3 or more tasks per action are needed") == 2


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("no-such-file",), 3, "no-such-file"),
        (("{runs}", "--model", "openai:m"), 5, "needs the variable OPENAI_API_KEY"),
        (("{runs}", "--model", "nonsense"), 2, "PROVIDER:MODEL"),
        (("{runs}", "--map", "no-map.toml"), 3, "no-map.toml"),
        (("{runs}", "--library", "{runs}"), 4, "--library DIR"),
        (("{runs}", "--embedding", "ghost"), 2, "--embedding"),
        (("{runs}", "--workers", "0"), 2, "--workers"),
        ((), 2, "PATH"),
    ],
)
@pytest.mark.usefixtures("keyless")
def test_a_mistake_is_one_message(
    run: Run, runs: Path, words: tuple[str, ...], code: int, message: str
) -> None:
    """No stack trace: what is wrong, how to mend it, the exit code of its kind, and nothing is begun."""
    given = [word.format(runs=runs) for word in words]
    library = () if "--library" in given else ("--library", runs.parent / "library")
    result = run("distill", *given, *library)
    assert result.exit_code == code
    assert message in result.stderr
    assert "Traceback" not in result.output
    assert not (runs.parent / "library").exists()


@pytest.fixture
def keyless(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key of a model in the environment."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def test_a_folder_without_a_file_is_said(run: Run, tmp_path: Path) -> None:
    """It holds no traces; nothing was rejected."""
    (tmp_path / "empty").mkdir()
    for command in ("distill", "traces"):
        result = run(
            command, tmp_path / "empty", *(["--library", tmp_path / "l"] if command == "distill" else [])
        )
        assert result.exit_code == 3
        assert "there is no file in it, so no trace" in result.stderr
    assert not (tmp_path / "l").exists()


@pytest.mark.parametrize(
    ("record", "says"),
    [
        ('{"log": []}', "trace.steps names 'events', which is absent in the first record"),
        ('{"events": 7}', "trace.steps names 'events', which is no list in the first record"),
        ('{"events": [{"did": "x"}]}', "step.action names 'do', which no step of the first record has"),
        ("7", "the first record is not an object"),
    ],
)
def test_a_mapping_that_does_not_fit_is_told_where(run: Run, tmp_path: Path, record: str, says: str) -> None:
    """Not that a mapping was needed."""
    (tmp_path / "log.jsonl").write_text(record)
    (tmp_path / "map.toml").write_text('[trace]\nsteps = "events"\n[step]\naction = "do"\n')
    result = run("traces", tmp_path / "log.jsonl", "--map", tmp_path / "map.toml")
    assert result.exit_code == 3
    assert says in result.stderr
    assert "need a mapping" not in result.stderr


def test_strict_stops_at_the_first_broken_record(run: Run, runs: Path, tmp_path: Path) -> None:
    """Without it the record is skipped and named; with it the run ends."""
    runs.write_bytes(runs.read_bytes() + b"{broken\n")
    lenient = run("distill", runs, "--library", tmp_path / "lenient")
    strict = run("distill", runs, "--library", tmp_path / "strict", "--strict")
    assert (lenient.exit_code, strict.exit_code) == (0, 3)
    assert "line 17" in lenient.stdout
    assert "line 17" in strict.stderr


def test_an_option_beats_the_environment(
    run: Run, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TRACE2SKILL_LIBRARY is the library's default, nothing more."""
    monkeypatch.setenv("TRACE2SKILL_LIBRARY", str(tmp_path / "environment"))
    run("distill", runs)
    run("distill", runs, "--library", tmp_path / "option")
    assert contents(tmp_path / "environment") == contents(tmp_path / "option")


def test_a_bad_variable_is_named(run: Run, runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says which variable holds the value that cannot be used."""
    monkeypatch.setenv("TRACE2SKILL_EMBEDDING", "ghost")
    result = run("distill", runs)
    assert result.exit_code == 2
    assert "TRACE2SKILL_EMBEDDING" in result.stderr


@pytest.mark.heavy
def test_an_interrupted_run_says_what_it_kept(tmp_path: Path) -> None:
    """Ctrl-C: exit code 130, one sentence, and a library that can be used."""
    traces = write(tmp_path / "runs.jsonl", doors(600))
    command = [
        sys.executable,
        "-m",
        "trace2skill",
        "distill",
        str(traces),
        "--library",
        str(tmp_path / "library"),
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "library" / "work").is_dir():
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate()
    assert process.returncode == 130
    assert complaint.startswith("interrupted: nothing of this run was saved")
    assert "Traceback" not in complaint
    assert contents(tmp_path / "library") == {}
