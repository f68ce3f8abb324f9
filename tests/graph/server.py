"""`langgraph dev` on loopback, for the tests that drive it as a client."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120.0


@contextmanager
def serving(folder: Path, *, keep: bool = False, **environment: str) -> Iterator[str]:
    """The address of a server that has this checkout's graphs; `folder` is its home and working folder.

    Its clients may name folders below that of `folder`; `environment` is added to its variables. With `keep`
    its threads are there again when it is next started in the same folder.
    """
    (folder / "langgraph.json").write_bytes((ROOT / "langgraph.json").read_bytes())
    port = _free_port()
    quiet = {"LANGGRAPH_CLI_NO_ANALYTICS": "1", "LANGGRAPH_NO_VERSION_CHECK": "true"}
    untraced = {"LANGSMITH_TRACING": "false", "LANGCHAIN_TRACING_V2": "false"}
    home = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT)}
    home |= {"TRACE2SKILL_ROOTS": str(folder.parent), **environment}
    command = [sys.executable, "-m", "langgraph_cli", "dev", "--no-browser", "--no-reload"]
    address = ["--host", "127.0.0.1", "--port", str(port), "--n-jobs-per-worker", "4"]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, *address],
            cwd=folder,
            env={**home, **quiet, **untraced},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait(process, f"http://127.0.0.1:{port}", folder / "server.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if not keep:
            shutil.rmtree(folder / ".langgraph_api", ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: "subprocess.Popen[bytes]", address: str, log: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{address}/ok", timeout=2).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise AssertionError(f"langgraph dev did not start:\n{log.read_text()[-3000:]}")
