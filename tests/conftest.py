"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

# How long an example takes says more of the machine's load than of the code.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_traces() -> Path:
    """The folder of real traces that may lie beside the checkout; tests that need it skip without it."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "traces"
    if not folder.is_dir():
        pytest.skip("no ../shared/traces beside this checkout")
    return folder


@pytest.fixture(scope="session")
def bundled_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled telecom traces, distilled once for all test processes. Do not change its skills."""
    from trace2skill import distill

    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder = shared / "bundled-library"
    with FileLock(shared / "bundled-library.lock"):
        if not folder.is_dir():
            distill(ROOT / "examples" / "telecom" / "traces.jsonl", library=shared / "bundled-unfinished")
            (shared / "bundled-unfinished").rename(folder)
    return folder
