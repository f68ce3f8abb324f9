"""From a text command to a tool with named arguments."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from trace2skill.traces.model import Action

_SLOT = re.compile(r"\{(\w+)(:number)?\}")
_BRACKET = re.compile(r"\s*([\w.-]+)\s*\[(.*?)\]?\s*", re.DOTALL)
_NOT_WORD = re.compile(r"\W+")


@dataclass(frozen=True)
class Command:
    """A compiled template such as `move {object} to {target}`."""

    tool: str
    pattern: re.Pattern[str]
    numbers: frozenset[str]
    specificity: tuple[int, int]

    def match(self, text: str) -> Action | None:
        """The action that `text` stands for, or None when the template does not fit."""
        found = self.pattern.fullmatch(text)
        if found is None:
            return None
        arguments: dict[str, JsonValue] = {
            name: int(value) if name in self.numbers else value for name, value in found.groupdict().items()
        }
        return Action(tool=self.tool, arguments=arguments)


def compile_commands(templates: Mapping[str, Sequence[str]]) -> list[Command]:
    """Compile templates by tool, the one with the most literal text first.

    Where two splits fit, the last one is taken: in `pour {object} in {target}`, "pour cup in sink in bowl" is
    the *cup in sink* into the *bowl*.

    Raises:
        ValueError: A template is empty or names a slot twice.
    """
    commands = [_compile(tool, template) for tool, several in templates.items() for template in several]
    return sorted(commands, key=lambda command: command.specificity, reverse=True)


def default_tool(template: str) -> str:
    """The tool a bare template stands for: its words before the first slot, joined by `_`."""
    return _slug(_SLOT.split(template)[0])


def parse_command(text: str, commands: Sequence[Command]) -> Action:
    """The first command that fits; text that fits none is its first word as tool, the rest as `text`."""
    words = " ".join(text.split())
    for command in commands:
        if action := command.match(words):
            return action
    first, _, rest = words.partition(" ")
    return Action(tool=_slug(first), arguments={"text": rest} if rest else {})


def parse_bracket(text: str, argument: str, names: Mapping[str, str]) -> Action:
    """`click[Buy Now]` is click(target="Buy Now"), a missing `]` forgiven; a bare word is a tool alone.

    `argument` names the argument, `names` overrides that by tool.
    """
    found = _BRACKET.fullmatch(text)
    if found is None:
        return parse_command(text, ())
    tool, inside = _slug(found[1]), found[2].strip()
    return Action(tool=tool, arguments={names.get(tool, argument): inside} if inside else {})


def _compile(tool: str, template: str) -> Command:
    words = " ".join(template.split())
    if not words:
        raise ValueError(f"a template of {tool!r} is empty")
    slots = _SLOT.findall(words)
    names = [name for name, _ in slots]
    if len(set(names)) < len(names):
        raise ValueError(f"the template {template!r} names a slot twice")
    literals = [re.escape(part) for part in _SLOT.sub("\0", words).split("\0")]
    groups = [f"(?P<{name}>{r'[0-9]+' if number else '.+'})" for name, number in slots]
    parts = [text for pair in zip(literals, [*groups, ""], strict=True) for text in pair]
    length = len(_SLOT.sub("", words))
    numbers = frozenset(name for name, number in slots if number)
    return Command(tool, re.compile("".join(parts), re.IGNORECASE), numbers, (length, -len(slots)))


def _slug(text: str) -> str:
    return _NOT_WORD.sub("_", text).strip("_").lower() or "act"
