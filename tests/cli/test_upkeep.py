"""`skills rollback`, `reindex`, `forget`."""

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.graph.errands import doors
from trace2skill.store.library import Library


def test_rollback_makes_a_new_version(run: Run, library: Path) -> None:
    """With the content of the old one."""
    result = run("skills", "rollback", "house-doors", 1, "--library", library)
    assert result.stdout == "house-doors: version 3 has the content of version 1\n"
    with Library(library) as opened:
        assert opened.skill("house-doors").skill == opened.skill("house-doors", 1).skill


def test_reindex_counts_the_documents(run: Run, library: Path) -> None:
    """One per skill and one per rule."""
    documents = json.loads(run("skills", "reindex", "--library", library, "--json").stdout)["documents"]
    with Library(library) as opened:
        assert documents == sum(1 + len(stored.skill.rules) for stored in opened.skills())


def test_forget_asks_first(run: Run, library: Path) -> None:
    """Anything but yes leaves the trace where it is."""
    trace = doors(1)[0].hash
    result = run("skills", "forget", trace, "--library", library, input="n\n")
    assert result.exit_code == 1
    with Library(library) as opened:
        assert trace in opened.trace_hashes()


def test_forget_removes_the_trace(run: Run, library: Path) -> None:
    """From the traces and from the skills; stdout stays JSON."""
    trace = doors(1)[0].hash
    result = run("skills", "forget", trace[:8], "--yes", "--library", library, "--json")
    assert json.loads(result.stdout)["trace"] == trace
    with Library(library) as opened:
        assert trace not in opened.trace_hashes()
        assert trace not in opened.skill("house-doors").skill.traces
