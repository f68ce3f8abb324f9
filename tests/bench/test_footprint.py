"""What a command takes, as the bench of growth watches it."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"
CHILD = "import time; held = b'x' * 60_000_000; time.sleep(2)"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CHILD!r}]); sys.exit(3)"


@pytest.fixture
def footprint(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module, imported as the script imports it."""
    monkeypatch.syspath_prepend(str(BENCH))
    yield importlib.import_module("footprint")
    sys.modules.pop("footprint")


def test_the_memory_of_children_counts(footprint: ModuleType, tmp_path: Path) -> None:
    """The parent holds little, its child sixty megabytes."""
    taken = footprint.footprint([sys.executable, "-c", PARENT], tmp_path / "errors")
    assert taken.status == 3
    assert taken.seconds > 2
    assert taken.megabytes > taken.largest > 55
