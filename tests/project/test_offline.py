"""Neither the tests nor the main job need a network."""

import asyncio
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_socket import SocketConnectBlockedError

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTATION_ADDRESS = ("192.0.2.1", 80)  # RFC 5737: never assigned


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_a_foreign_host_is_refused() -> None:
    """A connection to anywhere but loopback fails at once."""
    with socket.socket() as client, pytest.raises(SocketConnectBlockedError):
        client.connect(DOCUMENTATION_ADDRESS)


def test_loopback_is_allowed() -> None:
    """A test may serve and connect on loopback, from asyncio too."""

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"here")
        writer.close()
        await writer.wait_closed()

    async def ask() -> bytes:
        async with await asyncio.start_server(reply, "127.0.0.1") as server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            answer = await reader.read()
            writer.close()
            await writer.wait_closed()
            return answer

    assert asyncio.run(ask()) == b"here"


@pytest.mark.heavy
def test_the_main_job_runs_without_a_network(tmp_path: Path) -> None:
    """In an empty network namespace, without a home to fall back on, traces still become skills."""
    isolated = ["unshare", "--map-root-user", "--net"]
    if not shutil.which("unshare") or subprocess.run([*isolated, "true"], check=False).returncode:
        pytest.skip("this machine makes no network namespaces")
    command = [sys.executable, "-m", "trace2skill", "distill", str(ROOT / "examples/telecom/traces.jsonl")]
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    options = ["--library", str(tmp_path / "library"), "--json"]
    result = subprocess.run(
        [*isolated, *command, *options],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"library"}
