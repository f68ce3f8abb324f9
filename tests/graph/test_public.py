"""The public names of the package."""

from importlib.metadata import version

import pytest

import trace2skill
from trace2skill import graph
from trace2skill.store.library import Library


def test_every_public_name_is_there() -> None:
    """Each is loaded when asked for; nothing else is promised."""
    for name in trace2skill.__all__:
        assert getattr(trace2skill, name).__name__ in {name, name.partition("_")[0]}
    assert set(trace2skill.__all__) <= set(dir(trace2skill))
    assert trace2skill.Library is Library


def test_the_version_is_that_of_the_installed_package() -> None:
    """Looked up when asked for."""
    assert trace2skill.__version__ == version("trace2skill")


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As of any module; sub-packages stay what they are."""
    with pytest.raises(AttributeError, match="ghost"):
        _ = trace2skill.ghost
    assert trace2skill.graph is graph
