"""Prompt texts: one Markdown file each, with variables that are checked."""

from functools import cache
from importlib.resources import files
from string import Template


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
