"""Real servers on loopback for tests: Chroma, and Postgres where its programs are installed."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def chroma(folder: Path, command: list[str] | None = None) -> Iterator[str]:
    """The address of a Chroma server over the folder, with what its command is given beside host and port."""
    port = free_port()
    program = str(Path(sys.executable).with_name("chroma"))
    process = subprocess.Popen(
        [program, *(command or ["run"]), "--host", "127.0.0.1", "--port", str(port), "--path", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _programs() -> Path | None:
    """The folder of `initdb` and `pg_ctl`, which Debian keeps off the path."""
    found = shutil.which("pg_ctl")
    folders = [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((each for each in folders if (each / "initdb").exists()), None)


@contextmanager
def postgres(user: str) -> Iterator[str]:
    """The address of a Postgres server in a folder of its own; the test is skipped without its programs."""
    programs = _programs()
    if programs is None:
        pytest.skip("needs Postgres: its programs initdb and pg_ctl")
    # Postgres refuses to run as root; its packages bring a user of their own, who has to reach the folder.
    owner = "postgres" if os.geteuid() == 0 else None
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        if owner:
            shutil.chown(folder, owner)

        def run(*command: str) -> None:
            subprocess.run(command, user=owner, check=True, cwd=folder, stdout=subprocess.DEVNULL)

        files, control = f"{folder}/files", str(programs / "pg_ctl")
        run(str(programs / "initdb"), "-D", files, "-U", user, "-A", "trust", "--no-sync")
        options = f"-p {port} -k '' -c listen_addresses=127.0.0.1 -c fsync=off"
        run(control, "-D", files, "-w", "-o", options, "-l", f"{folder}/log", "start")
        try:
            yield f"postgresql://{user}@127.0.0.1:{port}/postgres"
        finally:
            run(control, "-D", files, "-m", "immediate", "stop")
