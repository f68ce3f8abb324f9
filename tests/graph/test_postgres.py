"""Checkpoints and conversations on a real Postgres server, where its programs are installed."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.graph.errands import contents, doors
from tests.graph.scripted import scripted
from trace2skill.graph.run import distill, resume_run
from trace2skill.graph.solve import solve


def _programs() -> Path | None:
    """The folder of `initdb` and `pg_ctl`, which Debian keeps off the path."""
    found = shutil.which("pg_ctl")
    folders = [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((each for each in folders if (each / "initdb").exists()), None)


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The address of a server on loopback, in a folder of its own that its user can reach."""
    programs = _programs()
    if programs is None:
        pytest.skip("needs Postgres: its programs initdb and pg_ctl")
    # Postgres refuses to run as root; its packages bring a user of their own.
    user = "postgres" if os.geteuid() == 0 else None
    folder = tempfile.TemporaryDirectory(prefix="postgres-")
    data = folder.name
    if user:
        shutil.chown(data, user)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def run(*command: str) -> None:
        subprocess.run(command, user=user, check=True, cwd=data, stdout=subprocess.DEVNULL)

    files = f"{data}/files"
    run(str(programs / "initdb"), "-D", files, "-U", "tester", "-A", "trust", "--no-sync")
    options = f"-p {port} -k '' -c listen_addresses=127.0.0.1 -c fsync=off"
    control = str(programs / "pg_ctl")
    run(control, "-D", files, "-w", "-o", options, "-l", f"{data}/log", "start")
    yield f"postgresql://tester@127.0.0.1:{port}/postgres"
    run(control, "-D", files, "-m", "immediate", "stop")
    folder.cleanup()


def test_a_review_waits_on_the_server(postgres: str, tmp_path: Path) -> None:
    """The run is resumed from there, by whoever names the server; nothing lies in the library."""
    distill(doors(), library=tmp_path, checkpoints=postgres, review=True)
    assert not list(tmp_path.rglob("checkpoints.sqlite3"))
    resume_run(tmp_path, answers="accept", checkpoints=postgres)
    assert sorted(contents(tmp_path)) == ["house-doors"]


def test_a_conversation_goes_on_from_the_server(postgres: str, tmp_path: Path) -> None:
    """With each call a connection of its own."""
    distill(doors(), library=tmp_path)
    model = scripted("Which one?", "Done.")
    for task in ("Open a door.", "D9, please."):
        solve(task, library=tmp_path, model=model, checkpoints=postgres, thread="t1")
    assert [message.text for message in model.asked[1][1:]] == ["Open a door.", "Which one?", "D9, please."]
