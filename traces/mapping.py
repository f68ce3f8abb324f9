"""The mapping file: how step logs of any field names are read. docs/trace-format.md describes every key."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from trace2skill.errors import InputError
from trace2skill.traces.commands import Command, compile_commands, default_tool
from trace2skill.traces.model import Frozen


def _regex(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression ({error})") from error
    return pattern


def _by_tool(value: object) -> object:
    """Accept a bare list of templates, or a template instead of a list of one."""
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
    """`[trace]`: where the parts of a trace stand in a record. Several fields for `task_key` are joined."""

    steps: Path_
    id: Path_ | None = None
    task: Path_ | None = None
    task_key: Path_ | list[Path_] | None = None
    family: Path_ | None = None
    domain: Path_ | None = None
    initial_observation: Path_ | None = None
    score: Path_ | None = None
    success: Path_ | None = None


class StepFields(Frozen):
    """`[step]`: where the parts of a step stand. Give `action` (text) or `tool` (with `arguments`)."""

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
    """`[action]`: how a text action becomes a tool with arguments, and which tools are no actions."""

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
    """`[observation]`: what means an error, and what is removed because it tells the result."""

    errors: tuple[Regex, ...] = ()
    strip: tuple[Regex, ...] = ()


class OutcomeRules(Frozen):
    """`[outcome]`: whether the success field decides, or the score against a threshold."""

    success: Literal["field", "score"] | None = None
    success_at: float = 1.0


class Constants(Frozen):
    """`[constant]`: values that no field holds."""

    family: str | None = None
    domain: str | None = None


class Mapping(Frozen):
    """A whole mapping file."""

    format: str = "step-log"
    trace: TraceFields
    step: StepFields
    action: ActionRules = ActionRules()
    observation: ObservationRules = ObservationRules()
    outcome: OutcomeRules = OutcomeRules()
    constant: Constants = Constants()

    @model_validator(mode="after")
    def _outcome_has_its_field(self) -> "Mapping":
        if self.outcome.success == "field" and self.trace.success is None:
            raise ValueError('outcome.success = "field" needs trace.success')
        if self.outcome.success == "score" and self.trace.score is None:
            raise ValueError('outcome.success = "score" needs trace.score')
        return self


def load_mapping(path: Path) -> Mapping:
    """Read and check a mapping file.

    Raises:
        InputError: The file cannot be read, is no TOML, or a key is wrong; names file, key and fix.
    """
    try:
        return Mapping.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
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
    model: type[Frozen] = Mapping
    for part in location[:-1]:
        inner = model.model_fields[str(part)].annotation if str(part) in model.model_fields else None
        if isinstance(inner, type) and issubclass(inner, Frozen):
            model = inner
    return sorted(model.model_fields)
