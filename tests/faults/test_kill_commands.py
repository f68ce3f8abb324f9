"""kill -9 at fifty random moments of merge, forget, import, reindex and pull: nothing is lost."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.graph.errands import contents, doors, lamps, write
from tests.traces.pull.serving import serving
from tests.traces.pull.test_mlflow import Tracking, info
from trace2skill.graph.run import distill
from trace2skill.skillmd.folder import export_skill
from trace2skill.store.library import FILE, Library
from trace2skill.store.records import SkillUse
from trace2skill.traces.read import Intake

pytestmark = pytest.mark.faults

KILLS = 50
KILLER = """
import json, os, random, signal, sys, time
from trace2skill.cli.main import main
import trace2skill.cli.upkeep, trace2skill.graph.run, trace2skill.nodes.measure
import trace2skill.traces.pull.pulling
import scipy.stats, tokenizers, chromadb, bm25s, langgraph.checkpoint.sqlite

def child(arguments):
    pid = os.fork()
    if not pid:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        sys.argv = ["trace2skill", *arguments]
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code or 0
        os._exit(code)
    return pid

kill = sys.argv[1] == "kill"
first, *others = json.loads(sys.stdin.read())
begun = time.monotonic()
_, status = os.waitpid(child(first), 0)
assert status == 0, status
length = time.monotonic() - begun
for number, arguments in enumerate(others):
    pid = child(arguments)
    if kill:
        time.sleep(random.Random(number).uniform(0.0, length))
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    assert kill or status == 0, status
    print("killed" if os.WIFSIGNALED(status) else "done", flush=True)
"""
"""Runs the first command to its end, for its length, and kills the others; forks after the slow imports."""


def ran(how: str, *commands: list[str]) -> int:
    """Run the commands, all but the first to be killed if so told; how many were killed at work."""
    process = [sys.executable, "-W", "ignore", "-c", KILLER, how]
    done = subprocess.run(process, input=json.dumps(commands), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split().count("killed")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of doors with a report in its journal, one of lamps, and a skill to import."""
    folder = tmp_path_factory.mktemp("shelf")
    distill(write(folder / "doors.jsonl", doors(16)), library=folder / "doors")
    distill(write(folder / "lamps.jsonl", lamps(16)), library=folder / "lamps")
    with Library(folder / "doors") as library:
        library.record_usage([SkillUse(receipt="kept", event="abstained")])
    with Library(folder / "lamps") as library:
        (stored,) = library.skills()
        export_skill(stored.skill, stored.version, folder / "skills")
    return folder


def forgotten(shelf: Path) -> str:
    """The trace to forget."""
    with Library(shelf / "doors", create=False) as library:
        return library.trace_hashes()[0]


COMMANDS = ("merge", "forget", "import", "reindex")


def arguments(command: str, shelf: Path, library: Path) -> list[str]:
    """Of a command on a library."""
    given = {
        "merge": [str(shelf / "lamps")],
        "forget": [forgotten(shelf), "--yes"],
        "import": [str(next((shelf / "skills").iterdir()))],
        "reindex": list[str](),
    }
    return ["skills", command, *given[command], "--library", str(library)]


def state(library: Path) -> tuple[dict[str, str], list[str]]:
    """What a library's skills say, and its traces."""
    with Library(library, create=False) as opened:
        return contents(library), opened.trace_hashes()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_killed_command_loses_nothing(tmp_path: Path, shelf: Path, command: str) -> None:
    """The library is as before or as after, whole and searchable, with its receipts; and it goes on."""
    libraries = [shutil.copytree(shelf / "doors", tmp_path / f"{number:02}") for number in range(KILLS + 1)]
    before = state(shelf / "doors")
    given = [arguments(command, shelf, library) for library in libraries]
    assert ran("kill", *given) > KILLS / 4
    after = state(libraries[0])
    assert (after == before) == (command == "reindex")
    again = []
    for library, each in zip(libraries[1:], given[1:], strict=True):
        with closing(sqlite3.connect(library / FILE)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        found = state(library)
        assert found in (before, after)
        if command != "forget" or found == before:  # what is gone cannot be forgotten again
            again.append(each)
    ran("finish", *again)
    for library in libraries:
        assert state(library) == after
        with Library(library, create=False) as opened:
            assert [line.receipt for line in opened.usage()] == ["kept"]
            assert opened.search("open the door")[0].dense_rank
            for stored in opened.skills():
                if command != "import":  # an export comes without its traces
                    assert len(list(opened.traces(stored.skill.traces))) == len(stored.skill.traces)


@pytest.fixture
def tracked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A tracking server with twenty traces."""
    answers = Tracking()
    answers.traces = [info(number) for number in range(20)]
    with serving(answers) as served:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"{served.url}/base/")
        yield


@pytest.mark.usefixtures("tracked")
def test_a_killed_pull_loses_nothing(tmp_path: Path) -> None:
    """Whatever was kept stays, nothing half stands among it, and the next pull brings the rest once."""
    folders = [tmp_path / f"{number:02}" for number in range(KILLS + 1)]
    pulls = [["traces", "mlflow://my%20doors", "--keep", str(folder)] for folder in folders]
    assert ran("kill", *pulls) > KILLS / 4
    wanted = ids(folders[0])
    assert len(wanted) == 20
    assert all(set(ids(folder)) <= set(wanted) for folder in folders)
    ran("finish", *pulls[1:])
    assert all(ids(folder) == wanted for folder in folders)


def ids(folder: Path) -> list[str]:
    """Of the traces in the pages that are kept; none of them may be broken."""
    pages = [path for path in folder.rglob("*.jsonl") if not path.name.startswith(".")]
    intake = Intake(pages) if pages else ()
    found = sorted(trace.id for trace in intake)
    assert not getattr(intake, "problems", ())
    return found
