"""kill -9: what was acknowledged is in the files."""

import random
import re
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import orjson
import pytest

from tests.collector.posting import request, tool
from trace2skill.traces.read import Intake

CLIENTS = 4


def started(out: Path, *options: str) -> tuple[subprocess.Popen[str], int]:
    """The command at work, and its port."""
    command = [sys.executable, "-m", "trace2skill", "collect", "--out", str(out), "--port", "0", *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    line = process.stderr.readline()
    (port,) = re.findall(r"http://127\.0\.0\.1:(\d+) into", line) or pytest.fail(line)
    return process, int(port)


def killed_after(out: Path, batches: int, delay: float) -> set[str]:
    """The traces acknowledged by a collector that is killed while four clients send.

    Each batch is one trace, of up to 200 kB. The kill comes `delay` seconds after so many were acknowledged.
    """
    process, port = started(out)
    acknowledged: set[str] = set()
    enough = threading.Event()

    def send(client: int) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=20)
        sizes = random.Random(client)
        with suppress(OSError, HTTPException):
            for number in range(10_000):
                sent = tool(
                    client * 10_000 + number, gen_ai__tool__call__result="x" * sizes.randrange(200_000)
                )
                body = orjson.dumps(request(sent))
                connection.request("POST", "/v1/traces", body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                assert answer.status == 200
                acknowledged.add(sent["traceId"])
                if len(acknowledged) >= batches:
                    enough.set()
        connection.close()

    threads = [threading.Thread(target=send, args=(client,)) for client in range(CLIENTS)]
    for thread in threads:
        thread.start()
    assert enough.wait(60)
    threading.Event().wait(delay)
    process.kill()
    process.communicate()
    for thread in threads:
        thread.join()
    return acknowledged


def lost(out: Path, acknowledged: set[str]) -> set[str]:
    """What was acknowledged and is not read."""
    source = Intake(out)
    return acknowledged - {trace.id for trace in source}


def test_a_killed_collector_has_lost_nothing_acknowledged(tmp_path: Path) -> None:
    """And another goes on in the same folder."""
    first = killed_after(tmp_path, 30, 0)
    assert len(first) >= 30
    assert lost(tmp_path, first) == set()


def test_a_torn_line_is_passed_over(tmp_path: Path) -> None:
    """As a kill in the middle of a write leaves it."""
    whole = orjson.dumps(request(tool(1)))
    (tmp_path / "spans-1.jsonl").write_bytes(whole + b"\n" + orjson.dumps(request(tool(2)))[:-20])
    assert lost(tmp_path, {f"{1:032x}"}) == set()


@pytest.mark.faults
@pytest.mark.parametrize("kill", range(20))
def test_kills_at_random_moments_lose_nothing(tmp_path: Path, kill: int) -> None:
    """Twenty of them."""
    acknowledged = killed_after(tmp_path, 10, random.Random(kill).uniform(0.0, 0.5))
    assert lost(tmp_path, acknowledged) == set()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly(tmp_path: Path, sent: signal.Signals) -> None:
    """With its counts, and exit code 0."""
    process, port = started(tmp_path, "--max-body", "1MB")
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(
        "POST", "/v1/traces", orjson.dumps(request(tool(1))), {"Content-Type": "application/json"}
    )
    assert connection.getresponse().status == 200
    process.send_signal(sent)
    _, told = process.communicate(timeout=20)
    connection.close()
    assert process.returncode == 0
    assert told.splitlines()[-1] == "1 span in 1 request kept"
