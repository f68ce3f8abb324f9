"""What is learnt does not depend on whose runs they were."""

from pathlib import Path

import pytest

from trace2skill.graph.run import distill
from trace2skill.store.library import Library

BUNDLED = Path(__file__).resolve().parents[2] / "examples" / "telecom" / "traces.jsonl"


def learnt(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """Every rule of every skill, and what was measured of it, without the places where it was seen."""
    without = {"held_at", "broken_at"}
    with Library(folder, create=False) as library:
        return {
            stored.skill.name: [
                (rule.text, rule.finding.model_dump_json(exclude=without) if rule.finding else "")
                for rule in stored.skill.rules
            ]
            for stored in library.skills()
        }


@pytest.mark.heavy
def test_rules_and_numbers_are_those_of_the_runs_as_they_were(bundled_library: Path, tmp_path: Path) -> None:
    """Names, numbers and addresses of the bundled example's customers drive no decision."""
    distill([BUNDLED], library=tmp_path, redact="secrets")
    assert learnt(bundled_library) == learnt(tmp_path)
