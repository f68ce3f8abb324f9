"""Fixtures shared by all tests."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

# How long an example takes says more of the machine's load than of the code.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

ROOT = Path(__file__).resolve().parents[1]
Make = Callable[[Path], object]

# Modules are compiled once, also for the many processes that tests start, whatever the environment says.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


@pytest.fixture(scope="session")
def shared_traces() -> Path:
    """The folder of real traces that may lie beside the checkout; tests that need it skip without it."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "traces"
    if not folder.is_dir():
        pytest.skip("no ../shared/traces beside this checkout")
    return folder


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Make], Path]:
    """`made_once(name, make)` is a folder that `make` fills once for all processes. Do not change it."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def made(name: str, make: Make) -> Path:
        folder = shared / name
        with FileLock(shared / f"{name}.lock"):
            if not folder.is_dir():
                make(shared / f"{name}-unfinished")
                (shared / f"{name}-unfinished").rename(folder)
        return folder

    return made


@pytest.fixture(scope="session")
def bundled_library(made_once: Callable[[str, Make], Path]) -> Path:
    """The bundled telecom traces, distilled. Do not change its skills."""
    from trace2skill import distill

    traces = ROOT / "examples" / "telecom" / "traces.jsonl"
    return made_once("bundled-library", lambda folder: distill(traces, library=folder))


@pytest.fixture(scope="session")
def two_families(made_once: Callable[[str, Make], Path]) -> Path:
    """A library with `house-doors` in two versions and `house-lamps` in one. Copy it before changing it."""
    from tests.graph.errands import doors, lamps
    from trace2skill import distill

    def furnish(folder: Path) -> None:
        distill(doors(6) + lamps(), library=folder)
        distill(doors(8), library=folder)

    return made_once("two-families", furnish)
