"""`eval triggers`, as a user types it."""

import json
from pathlib import Path

from tests.cli.conftest import Run


def test_queries_are_written_read_back_and_counted(run: Run, library: Path) -> None:
    """A table first; edited by a person, the counts and the authors change; other commands find a suite."""
    done = run("eval", "triggers", "--library", library)
    assert done.exit_code == 0, done.output
    assert all(word in done.stdout for word in ("house-doors", "house-lamps", "generated", "Claude Code"))
    file = library / "evaluations" / "triggers" / "house-doors.json"
    file.write_text('[{"query": "Bake a cake.", "should_trigger": true, "author": "Ada"}]')
    found = json.loads(run("eval", "triggers", "--library", library, "--json").stdout)
    doors = found["triggers"]["skills"][0]
    assert (doors["skill"], doors["authors"]) == ("house-doors", {"Ada": 1})
    assert (doors["recall"]["hits"], doors["recall"]["trials"]) == (0, 1)
    assert doors["wrong"][0]["query"] == "Bake a cake."
    assert [each["budget"] for each in found["listings"]] == [8000, 16000, 8000]
    assert json.loads(file.read_text())[0]["author"] == "Ada"


def test_mistakes_are_told(run: Run, library: Path, tmp_path: Path) -> None:
    """Of a file with its place, of an empty library, of a suite that is none."""
    (tmp_path / "house-doors.json").write_text("[")
    done = run("eval", "triggers", "--library", library, "--queries", tmp_path)
    assert (done.exit_code, "house-doors.json:1: is not JSON" in done.stderr) == (3, True)
    done = run("eval", "trigger", "--solver", "true", "--library", library)
    assert (done.exit_code, "MODULE:NAME" in done.stderr) == (2, True)
