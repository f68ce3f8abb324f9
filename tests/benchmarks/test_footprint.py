"""What a command takes, as the bench of growth watches it."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

BENCH = Path(__file__).resolve().parents[2] / "benchmarks"
CHILD = "import time; held = b'x' * 60_000_000; time.sleep(2)"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CHILD!r}]); sys.exit(3)"


@pytest.fixture
def footprint() -> ModuleType:
    """The module, imported as the script imports it."""
    return importlib.import_module("benchmarks.footprint")


def test_the_memory_of_children_counts(footprint: ModuleType, tmp_path: Path) -> None:
    """The parent holds little, its child sixty megabytes."""
    taken = footprint.footprint([sys.executable, "-c", PARENT], tmp_path / "errors")
    assert taken.status == 3
    assert taken.seconds > 2
    assert taken.megabytes > taken.largest > 55
