"""Nodes called by themselves."""

from pathlib import Path

import pytest
from langgraph.runtime import Runtime

from trace2skill.nodes.settings import DistillSettings


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime[DistillSettings]:
    """A run whose library lies in the test's folder."""
    return Runtime(context=DistillSettings(library=str(tmp_path)))
