"""The bench of conformance, at a small size."""

import random
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from trace2skill.traces.model import Trace
from trace2skill.traces.read import read_traces

BENCH = Path(__file__).resolve().parents[2] / "benchmarks"
RECORDING = BENCH.parent / "examples" / "telecom" / "traces.jsonl"


@pytest.fixture
def planting() -> ModuleType:
    """The module that plants, imported as the script imports it."""
    import importlib

    return importlib.import_module("benchmarks.planting")


@pytest.fixture(scope="module")
def gold() -> list[Trace]:
    """The gold runs of the bundled recording."""
    return [trace for trace in read_traces(RECORDING) if trace.id.endswith("a")]


def tools(trace: Trace) -> list[str]:
    """The tools called, in order."""
    return [step.action.tool for step in trace.steps if step.action]


@pytest.mark.parametrize("kind", ["omitted", "uncalled", "disorder", "forbidden"])
def test_each_kind_changes_one_step(planting: ModuleType, gold: list[Trace], kind: str) -> None:
    """One call less, one more, or the same calls in another order; the steps stay numbered."""
    rng = random.Random(0)
    for trace in gold:
        ground = planting.Ground(None, trace, gold, 0.5)
        planted = getattr(planting, kind)(ground, rng)
        if planted is None:
            continue
        before, after = tools(trace), tools(planted.trace)
        more = {"omitted": -1, "uncalled": 1, "disorder": 0, "forbidden": 1}[kind]
        assert len(after) - len(before) == more
        assert after != before
        assert [step.index for step in planted.trace.steps] == list(range(len(after)))
        if kind != "omitted":
            assert after[planted.places[0]] == planted.tools[0]


@pytest.mark.heavy
def test_deviations_of_the_skill_are_found() -> None:
    """One split, twenty planted each way: of those of the skill at least nine in ten at the right step."""
    command = [sys.executable, "-m", "benchmarks.conformance", "--splits", "1", "--planted", "20"]
    printed = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=300, cwd=BENCH.parent
    ).stdout
    procedure, skill = re.findall(r"\| all \| (\d+) \|.*\| (\d+) \| [\d.]* \|", printed)
    assert int(procedure[0]) == 20
    assert int(skill[0]) == 20
    assert int(skill[1]) >= 18
