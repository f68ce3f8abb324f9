"""Prompt texts: one Markdown file each, with variables that are checked."""

from functools import cache
from hashlib import sha256
from importlib.resources import files
from string import Template

VERSION = 4
"""Of all prompt texts together; raise it when one of them changes. Reports of runs name it."""


def prompt(name: str, **variables: str) -> str:
    """The text of `prompts/<name>.md` with its `$variables` filled in.

    Raises:
        ValueError: The text wants other variables than those given.
    """
    template = Template(_text(name))
    wanted = set(template.get_identifiers())
    if wanted != variables.keys():
        raise ValueError(f"the prompt {name} takes {sorted(wanted)}, not {sorted(variables)}")
    return template.substitute(variables).strip()


@cache
def _text(name: str) -> str:
    return files(__package__).joinpath(f"{name}.md").read_text(encoding="utf-8")


def names() -> list[str]:
    """The names of all prompts, sorted."""
    entries = (entry.name for entry in files(__package__).iterdir())
    return sorted(name.removesuffix(".md") for name in entries if name.endswith(".md"))


def fingerprint() -> str:
    """A hash of all prompt texts; it changes whenever one of them does."""
    return sha256("\x1f".join(f"{name}\n{_text(name)}" for name in names()).encode()).hexdigest()[:16]
