"""Agents are told the right skill, and nothing when none is for them, however often the topic changes."""

from pathlib import Path

import pytest

from benchmarks.five_agents import CONVERSATION, REMEMBERS, TRACES, WAYS, score
from trace2skill import distill

pytestmark = pytest.mark.heavy
FOLLOW_UPS = sum(turn.follows for turn in CONVERSATION)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of the bundled telecom traces."""
    folder = tmp_path_factory.mktemp("five") / "library"
    distill(TRACES, library=folder)
    return folder


@pytest.mark.parametrize("name", WAYS)
def test_what_an_agent_is_told(library: Path, name: str) -> None:
    """As docs/embedding.md has it: five of six tasks, four of five others, and what follows up is kept."""
    found = score(WAYS[name], library)
    assert found.tasks >= 5, found.wrong
    assert found.follow_ups == (FOLLOW_UPS if WAYS[name] in REMEMBERS else 0), found.wrong
    assert found.others >= 4, found.wrong
