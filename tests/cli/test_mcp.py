"""`trace2skill mcp` without what it needs. The server itself: tests/integrations/test_mcp_server.py."""

import subprocess
import sys

HIDDEN = """
import sys
sys.modules["mcp"] = None
from trace2skill.cli.main import main
sys.argv = ["trace2skill", "mcp"]
main()
"""


def test_without_the_sdk_it_names_the_extra() -> None:
    """One message and the exit code of wrong usage, no traceback."""
    command = [sys.executable, "-c", HIDDEN]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 2
    assert "pip install 'trace2skill[mcp]'" in result.stderr
    assert "Traceback" not in result.stderr
