"""Fixtures shared by all tests."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_traces() -> Path:
    """The folder of real traces that may lie beside the checkout; tests that need it skip without it."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "traces"
    if not folder.is_dir():
        pytest.skip("no ../shared/traces beside this checkout")
    return folder


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker of the fault tests."""
    config.addinivalue_line("markers", "faults: broken input, kills, full disks; run by `-m faults`")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the fault tests out unless they are asked for."""
    if "faults" not in str(config.option.markexpr):
        left_out = [item for item in items if item.get_closest_marker("faults")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("faults")]
