"""The pages in a real browser, judged by axe-core. Opt-in: it needs Chromium, node and two packages of npm.

npm install --prefix /tmp/browser axe-core puppeteer-core
NODE_PATH=/tmp/browser/node_modules python -m pytest -m heavy tests/ui/test_browser.py
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from trace2skill.store.library import Library
from trace2skill.store.runs import runs

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
MODULES = [Path(folder) / "puppeteer-core" for folder in os.environ.get("NODE_PATH", "").split(os.pathsep)]

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(
        not (CHROMIUM and shutil.which("node") and any(folder.is_dir() for folder in MODULES)),
        reason="no Chromium, or no puppeteer-core in NODE_PATH",
    ),
]


@contextmanager
def served(library: Path) -> Iterator[str]:
    """The first address of the pages of a library, served by the command."""
    command = [sys.executable, "-m", "trace2skill", "ui", "--library", str(library), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        found = re.search(r"http://\S+", server.stderr.readline())
        assert found is not None
        try:
            yield found[0]
        finally:
            server.terminate()


def judged(library: Path, *addresses: str) -> dict[str, object]:
    """What was found wrong with the pages at these addresses."""
    with served(library) as first:
        command = ["node", str(Path(__file__).with_name("look.cjs")), first, *addresses]
        environment = {**os.environ, "CHROMIUM": str(CHROMIUM)}
        result = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=600, env=environment
        )
    assert result.returncode == 0, result.stderr
    answer: dict[str, object] = json.loads(result.stdout)
    return answer


def test_pages_in_a_browser(house: Path) -> None:
    """Nothing found at all: no error of the browser, no sideways scrolling, nothing that axe objects to."""
    with Library(house) as library:
        trace = library.trace_hashes()[0]
    skill = "/skills/house-doors"
    addresses = (
        "/",
        "/?q=open+door+D1",
        "/?q=bake+me+a+cake",
        "/use",
        "/verdicts",
        "/reviews",
        f"/traces/{trace}?step=1",
    )
    own = (skill, f"{skill}?version=1", f"{skill}/rules/G1", f"{skill}/versions", f"{skill}/transitions")
    answer = judged(house, *addresses, *own, f"{skill}/conformance", "/skills/house-lamps")
    assert answer == {"pages": 14, "found": []}


def test_a_review_in_a_browser(waiting: Path) -> None:
    """The inbox, and the forms to decide with."""
    assert judged(waiting, "/", "/reviews", f"/reviews/{runs(waiting)[0].id}") == {"pages": 3, "found": []}


def test_an_empty_library_in_a_browser(tmp_path: Path) -> None:
    """What to do next."""
    assert judged(tmp_path, "/") == {"pages": 1, "found": []}
