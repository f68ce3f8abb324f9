"""`trace2skill ui`: what it says when it cannot serve, and that it serves and ends as told."""

import http.client
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run

HIDDEN = """
import sys
sys.modules["starlette"] = None
from trace2skill.cli.main import main
sys.argv = ["trace2skill", "ui"]
main()
"""


def test_without_its_packages_it_names_the_extra() -> None:
    """One message and the exit code of wrong usage, no traceback."""
    command = [sys.executable, "-c", HIDDEN]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 2
    assert "pip install 'trace2skill[ui]'" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_port_that_is_taken(run: Run, tmp_path: Path) -> None:
    """Told before anything is served."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = run("ui", "--library", tmp_path, "--port", taken.getsockname()[1])
    assert result.exit_code == 2
    assert "choose another with --port N" in result.stderr


@pytest.mark.heavy
def test_it_serves_on_loopback_until_interrupted(tmp_path: Path) -> None:
    """The printed address opens the pages; Ctrl-C ends it without a traceback."""
    command = [sys.executable, "-m", "trace2skill", "ui", "--library", str(tmp_path), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        line = server.stderr.readline()
        found = re.search(r"http://(127\.0\.0\.1):(\d+)(/\?key=\S+)", line)
        assert found is not None, line
        connection = http.client.HTTPConnection(found[1], int(found[2]), timeout=30)
        connection.request("GET", found[3])
        assert connection.getresponse().status == 303
        connection.close()
        server.send_signal(signal.SIGINT)
        _, rest = server.communicate(timeout=30)
    assert server.returncode == 0
    assert rest == ""
