"""`skills search`: which skills, or rules, fit a task."""

import json
from pathlib import Path

from tests.cli.conftest import Run


def test_the_best_skill_comes_first(run: Run, library: Path) -> None:
    """As a table and as JSON."""
    text = run("skills", "search", "open a locked door", "--library", library).stdout
    assert text.index("house-doors") < text.index("house-lamps")
    hits = json.loads(run("skills", "search", "light a lamp", "-k", 1, "--library", library, "--json").stdout)
    assert [hit["skill"] for hit in hits] == ["house-lamps"]


def test_single_rules_can_be_searched(run: Run, library: Path) -> None:
    """Each hit names its rule."""
    result = run("skills", "search", "unlock", "--rules", "--library", library, "--json")
    hits = json.loads(result.stdout)
    assert all(hit["rule"] for hit in hits)
    assert hits[0]["skill"] == "house-doors"
