"""What of a SKILL.md is bookkeeping, in the layout with evidence inside and in that with short marks."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest

BENCH = Path(__file__).resolve().parents[2] / "benchmarks"
HEAD = """\
---
name: lamps
description: How to mend lamps.
metadata:
  generator: trace2skill
  version: '1'
---

# Lamps
"""
INSIDE = """
- **C1** (mined) When *lamp = off*: call `switch`.
  - Evidence: held 12 of 14 times in 9 traces (p < .0001)
  - Seen at: `26cb64a9c76b55e0#29`, `355addb2b6113ab9#30`

1. user: `look()` gave `dark` (step `26cb64a9c76b55e0#29`)

## Evidence

Every number was counted by code.
"""
MARKED = """
1. When *lamp = off*: call `switch`. [12 of 14 runs]
- Read `get_lamp` first, see [the manual](manual.md). [few runs]
- It asks for `[a, b]`.

Counted by code; see [references/evidence.md](references/evidence.md).
"""


@pytest.fixture
def skill_text() -> ModuleType:
    """The module, imported as the script imports it."""
    return importlib.import_module("benchmarks.skill_text")


def test_evidence_inside_is_bookkeeping(skill_text: ModuleType) -> None:
    """What is left says what to do."""
    assert skill_text.without_bookkeeping(HEAD + INSIDE).splitlines() == [
        "---",
        "name: lamps",
        "description: How to mend lamps.",
        "---",
        "",
        "# Lamps",
        "",
        "- When *lamp = off*: call `switch`.",
        "",
        "1. user: `look()` gave `dark`",
        "",
    ]


def test_marks_are_bookkeeping_and_links_are_not(skill_text: ModuleType) -> None:
    """Only square brackets at the end of a line."""
    assert skill_text.without_bookkeeping(MARKED).splitlines() == [
        "",
        "1. When *lamp = off*: call `switch`.",
        "- Read `get_lamp` first, see [the manual](manual.md).",
        "- It asks for `[a, b]`.",
        "",
    ]


def test_a_skill_is_measured(skill_text: ModuleType) -> None:
    """Its shares are of the whole file, and a rule is a list item with a mark."""
    text = HEAD + MARKED
    found = skill_text.measured(text)
    assert (found.skill, found.lines, found.quarters) == ("lamps", 15, len(text) // 4)
    assert found.description == len("How to mend lamps.")
    kept = skill_text.tokens(skill_text.without_bookkeeping(text))
    assert found.bookkeeping == round(1 - kept / found.tokens, 4)
    rules = "1. When *lamp = off*: call `switch`.\n- Read `get_lamp` first, see [the manual](manual.md)."
    assert found.sentences == round(skill_text.tokens(rules) / found.tokens, 4)
