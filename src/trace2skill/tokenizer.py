"""How many tokens a text has: the one tokenizer at hand offline, that of the package wordllama."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from trace2skill.errors import SettingError

if TYPE_CHECKING:
    from tokenizers import Tokenizer


FILE = "tokenizers/l2_supercat_tokenizer_config.json"


@cache
def tokenizer() -> "Tokenizer":
    """The tokenizer, read once a process.

    Raises:
        SettingError: The package is not installed, or lacks the file.
    """
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(packaged(FILE)))


def packaged(name: str) -> Path:
    """A file of the installed package: its own loader looks elsewhere and would download.

    Raises:
        SettingError: The package is not installed, or lacks the file.
    """
    spec = find_spec("wordllama")
    file = Path(spec.origin).parent / name if spec and spec.origin else None
    if file is None or not file.is_file():
        raise SettingError(
            f"trace2skill needs the file {name} of the package wordllama; "
            "install it with `pip install --force-reinstall wordllama`"
        )
    return file


def count(text: str) -> int:
    """Tokens of a text, by the tokenizer of Llama 2."""
    return len(tokenizer().encode(text, add_special_tokens=False).ids)
