"""What docs/installing.md says can be taken out of an installation is not missed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import sys

class Gone:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in sys.argv[2].split(","):
            raise ImportError(f"{name} is taken out")

sys.meta_path.insert(0, Gone())
from trace2skill.graph.run import distill
from trace2skill.store.library import Library

distill(sys.argv[1] + "/examples/telecom/traces.jsonl", library=sys.argv[3])
with Library(sys.argv[3]) as library:
    assert library.reindex()
    print(library.search("no mobile data")[0].skill)
"""


@pytest.mark.heavy
def test_a_library_works_without_what_may_be_taken_out(tmp_path: Path) -> None:
    """Distilling, indexing and searching; the names are those of the page."""
    (line,) = re.findall(r"^pip uninstall --yes (.+)$", (ROOT / "docs/installing.md").read_text(), re.M)
    gone = line.replace("-", "_").replace(" ", ",")
    assert "kubernetes" in gone
    command = [sys.executable, "-c", SCRIPT, str(ROOT), gone, str(tmp_path / "library")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "telecom-mobile-data"
