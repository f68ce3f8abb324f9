"""A setting has one default and one limit: on the command line, in Python, and in the schema of a server."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.cli.conftest import Run
from trace2skill.cli.distill import distill as command
from trace2skill.errors import SettingError
from trace2skill.graph.distill import graph
from trace2skill.graph.run import distill
from trace2skill.llm.settings import ModelSettings
from trace2skill.nodes.settings import DistillSettings

SCHEMA: dict[str, Any] = (graph.get_context_jsonschema() or {})["properties"]
OPTIONS = SCHEMA.keys() & inspect.signature(command).parameters.keys()
LIMITS = {"minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "enum"}


def limits() -> Iterator[tuple[str, str, object]]:
    """Each limit in a server's schema of a setting that the command has, too."""
    for name in sorted(OPTIONS):
        for kind in (SCHEMA[name], *SCHEMA[name].get("anyOf", ())):
            for limit in sorted(kind.keys() & LIMITS):
                yield name, limit, kind[limit]


def in_python(name: str, value: object) -> None:
    """Begin a run with the setting; there are no traces."""
    given: Any = {name: value}
    if name in ModelSettings.model_fields:
        given = {"models": ModelSettings(price=(1, 1), **given)}
    distill("no-such-file", **given)


def test_the_limits_are_in_the_schema() -> None:
    """Of all settings that have one."""
    assert {name for name, _, _ in limits()} == {
        *("batch_tokens", "engine", "holdout", "max_calls", "max_concurrency", "max_cost"),
        *("redact", "requests_per_minute", "unit", "workers"),
    }


@pytest.mark.parametrize(("name", "limit", "edge"), [*limits()])
def test_a_limit_is_everywhere_the_same(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, name: str, limit: str, edge: Any
) -> None:
    """What lies beyond it is refused by name; a value at its edge goes as far as the traces."""
    monkeypatch.chdir(tmp_path)
    beyond = {"minimum": -1, "maximum": 1}
    wrong = "nonsense" if limit == "enum" else edge + beyond.get(limit, 0)
    option = f"--{name.replace('_', '-')}"
    told = run("distill", "no-such-file", "--price", "1,1", option, wrong)
    assert (told.exit_code, option in told.stderr) == (2, True)
    with pytest.raises((SettingError, ValidationError), match=name):
        in_python(name, wrong)
    assert not list(tmp_path.iterdir())
    if limit in beyond:
        assert run("distill", "no-such-file", "--price", "1,1", option, edge).exit_code == 3
        with pytest.raises(Exception, match="no-such-file"):
            in_python(name, edge)


def test_a_default_is_everywhere_the_same() -> None:
    """The command gives none of its own."""
    parameters = inspect.signature(distill).parameters
    fields = DistillSettings.model_fields
    defaults = {name: parameters[name].default for name in fields.keys() & parameters.keys()}
    assert defaults == {name: fields[name].default for name in defaults}
    of_command = {name: inspect.signature(command).parameters[name].default for name in OPTIONS}
    assert of_command.pop("library") == Path(fields["library"].default)
    assert set(of_command.values()) == {None, False}
