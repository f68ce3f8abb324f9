"""Fixtures of the adapters' tests."""

from pathlib import Path

import pytest

from tests.integrations.shelf import make_library


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a library of three skills."""
    return make_library(tmp_path / "library")
