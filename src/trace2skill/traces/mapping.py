"""The mapping file: how step logs with arbitrary field names and text commands are read.

docs/trace-format.md describes the format.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, ValidationError, model_validator

from trace2skill.errors import InputError
from trace2skill.traces.model import Action, Frozen

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
    """Compile the templates of all tools, sorted by length of literal text, longest first.

    Slots match greedily: with `pour {object} in {target}`, the object of "pour cup in sink in bowl" is
    *cup in sink*, the target *bowl*.

    Raises:
        ValueError: A template is empty or names a slot twice.
    """
    commands = [_compile(tool, template) for tool, several in templates.items() for template in several]
    return sorted(commands, key=lambda command: command.specificity, reverse=True)


def default_tool(template: str) -> str:
    """The tool name of a bare template: its words before the first slot, joined by `_`."""
    return _slug(_SLOT.split(template)[0])


def parse_command(text: str, commands: Sequence[Command]) -> Action:
    """The action of the first command that fits.

    If none fits, the first word is the tool and the rest its argument `text`.
    """
    words = " ".join(text.split())
    for command in commands:
        if action := command.match(words):
            return action
    first, _, rest = words.partition(" ")
    return Action(tool=_slug(first), arguments={"text": rest} if rest else {})


def parse_bracket(text: str, argument: str, names: Mapping[str, str]) -> Action:
    """Parse `click[Buy Now]` as click(target="Buy Now"); a missing `]` is tolerated.

    A bare word is a tool without arguments. `argument` is the argument's name; `names` overrides it by tool.
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


def _regex(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression ({error})") from error
    return pattern


def _by_tool(value: object) -> object:
    """Accept a bare list of templates, or a single template in place of a list."""
    if isinstance(value, list) and all(isinstance(template, str) for template in value):
        grouped: dict[str, list[str]] = {}
        for template in value:
            grouped.setdefault(default_tool(template), []).append(template)
        return grouped
    if isinstance(value, dict):
        return {tool: [given] if isinstance(given, str) else given for tool, given in value.items()}
    return value


Path_ = Annotated[str, Field(min_length=1, description="a field, dots lead inside objects: `meta.task`")]
Regex = Annotated[str, AfterValidator(_regex)]
Templates = Annotated[dict[str, list[str]], BeforeValidator(_by_tool)]


class TraceFields(Frozen):
    """`[trace]`: paths of the parts of a trace in a record. Several fields for `task_key` are joined."""

    steps: Path_
    id: Path_ | None = None
    task: Path_ | None = None
    task_key: Path_ | list[Path_] | None = None
    family: Path_ | None = None
    domain: Path_ | None = None
    initial_observation: Path_ | None = None
    instructions: Path_ | None = None
    score: Path_ | None = None
    success: Path_ | None = None


class StepFields(Frozen):
    """`[step]`: paths of the parts of a step. Give `action` (text) or `tool` (with `arguments`)."""

    action: Path_ | None = None
    tool: Path_ | None = None
    arguments: Path_ | None = None
    observation: Path_ | None = None
    thought: Path_ | None = None
    text: Path_ | None = None
    outcome: Path_ | None = None
    actor: Path_ | None = None
    time: Path_ | None = None

    @model_validator(mode="after")
    def _one_action(self) -> "StepFields":
        if (self.action is None) == (self.tool is None):
            raise ValueError("give either action (a text command) or tool (and arguments)")
        return self


class ActionRules(Frozen):
    """`[action]`: how a text action is parsed into a tool with arguments, and which tools are not actions."""

    syntax: Literal["bracket", "commands"] = "commands"
    commands: Templates = Field(default_factory=dict)
    argument: str = "target"
    arguments: dict[str, str] = Field(default_factory=dict)
    thoughts: tuple[str, ...] = ()
    resets: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _templates_compile(self) -> "ActionRules":
        compile_commands(self.commands)
        return self

    def compiled(self) -> list[Command]:
        """The templates, most specific first."""
        return compile_commands(self.commands)


class ObservationRules(Frozen):
    """`[observation]`: patterns that mean an error, and patterns removed because they reveal the outcome."""

    errors: tuple[Regex, ...] = ()
    strip: tuple[Regex, ...] = ()


class OutcomeRules(Frozen):
    """`[outcome]`: whether success is read from a field or from the score and a threshold."""

    success: Literal["field", "score"] | None = None
    success_at: float = 1.0


class Constants(Frozen):
    """`[constant]`: values that no field holds."""

    family: str | None = None
    domain: str | None = None


class MappingFile(Frozen):
    """A whole mapping file."""

    format: str = "step-log"
    trace: TraceFields
    step: StepFields
    action: ActionRules = ActionRules()
    observation: ObservationRules = ObservationRules()
    outcome: OutcomeRules = OutcomeRules()
    constant: Constants = Constants()

    @model_validator(mode="after")
    def _outcome_has_its_field(self) -> "MappingFile":
        if self.outcome.success == "field" and self.trace.success is None:
            raise ValueError('outcome.success = "field" needs trace.success')
        if self.outcome.success == "score" and self.trace.score is None:
            raise ValueError('outcome.success = "score" needs trace.score')
        return self


def load_mapping(path: Path) -> MappingFile:
    """Read and check a mapping file.

    Raises:
        InputError: The file cannot be read, is no TOML, or a key is wrong; names file, key and fix.
    """
    try:
        return MappingFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}). Check the mapping's path.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text. Save the mapping as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not valid TOML ({error}). Mend that line.") from error
    except ValidationError as error:
        raise InputError("\n".join(f"{path}: {fault}" for fault in _faults(error))) from error


def _faults(error: ValidationError) -> list[str]:
    told = []
    for fault in error.errors(include_url=False):
        key = ".".join(map(str, fault["loc"])) or "mapping"
        if fault["type"] == "extra_forbidden":
            known = ", ".join(_known_keys(fault["loc"]))
            told.append(f"{key}: unknown key. Remove it, or use one of: {known}.")
        elif fault["type"] == "missing":
            told.append(f"{key}: missing. Add it.")
        else:
            told.append(f"{key}: {fault['msg']}. Change it; docs/trace-format.md lists what it takes.")
    return told


def _known_keys(location: tuple[int | str, ...]) -> list[str]:
    """The keys allowed beside an unknown one."""
    model: type[Frozen] = MappingFile
    for part in location[:-1]:
        inner = model.model_fields[str(part)].annotation if str(part) in model.model_fields else None
        if isinstance(inner, type) and issubclass(inner, Frozen):
            model = inner
    return sorted(model.model_fields)
