"""The tokenizer at hand offline."""

import pytest

from trace2skill.errors import SettingError
from trace2skill.tokenizer import packaged, tokenizer


def test_it_is_read_once() -> None:
    """Counting and embedding share it."""
    assert tokenizer() is tokenizer()


def test_a_missing_file_is_named() -> None:
    """With what to install."""
    with pytest.raises(SettingError, match=r"ghost\.json of the package wordllama; install it"):
        packaged("ghost.json")
