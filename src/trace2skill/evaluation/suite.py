"""Suites: the tasks that agents are run on, in Python or in the Agent Skills format `evals/evals.json`."""

import hashlib
import importlib.util
import math
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import orjson
from pydantic import Field, ValidationError

from trace2skill.errors import InputError, SettingError
from trace2skill.traces.model import Frozen

T = TypeVar("T")

Score = Callable[[Any], "float | bool"]
"""Takes a solver's answer; returns the success, 0 to 1."""

Grade = Callable[[Any, Sequence[str]], "float | bool | Sequence[bool]"]
"""Takes a solver's answer and a task's assertions; returns the success, or whether each assertion holds."""

REFERENCE = re.compile(r"(?P<module>[\w./\\~-]+\.py|[A-Za-z_]\w*(?:\.\w+)*):(?P<name>[A-Za-z_]\w*)")
"""`package.module:attribute` or `path/to/file.py:attribute`."""


@dataclass(frozen=True)
class Task:
    """One task of a suite.

    Attributes:
        id: Its name within the suite.
        prompt: What the agent is asked to do.
        score: Judges the agent's answer; None if the solver says itself how well it did.
        author: Who wrote the task: a person's name, a model's, or empty if unknown.
        assertions: Statements that a good answer fulfils, for a grader.
        expected: A good answer, in words.
        files: Paths of files that the task is about.
    """

    id: str
    prompt: str
    score: Score | None = None
    author: str = ""
    assertions: tuple[str, ...] = ()
    expected: str = ""
    files: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What the solver is given: the prompt, and the paths of the files."""
        return "\n".join([self.prompt, *(["", "Files:"] if self.files else []), *self.files])

    @property
    def digest(self) -> str:
        """16 hex digits of all that can change a result, as far as it is text."""
        parts = (self.id, self.text, *self.assertions, self.expected)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Suite:
    """Named tasks.

        suite = Suite("sums", [Task("two", "What is 1 + 1?", score=lambda answer: answer == "2")])

    Raises:
        InputError: It has no tasks, two of one id, or a task without prompt.
    """

    name: str
    tasks: Sequence[Task] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        if not self.tasks:
            raise InputError(f"the suite {self.name!r} has no tasks; give it some")
        seen: set[str] = set()
        for task in self.tasks:
            if task.id in seen:
                raise InputError(f"the suite {self.name!r} has two tasks {task.id!r}; give each its own id")
            if not task.prompt.strip():
                raise InputError(f"the task {task.id!r} of the suite {self.name!r} has no prompt; write one")
            seen.add(task.id)

    @property
    def digest(self) -> str:
        """16 hex digits of the tasks, whatever their order."""
        return hashlib.sha256("\n".join(sorted(task.digest for task in self.tasks)).encode()).hexdigest()[:16]


def load_object(reference: str, option: str) -> Any:  # noqa: ANN401 - whatever the user wrote
    """The object of that name, with the working folder among the places that modules are found in.

    Args:
        reference: `package.module:attribute` or `path/to/file.py:attribute`.
        option: The option that it was given to, for messages.

    Raises:
        SettingError: There is no such module, file or attribute.
    """
    found = REFERENCE.fullmatch(reference)
    if found is None:
        raise SettingError(f"{option} {reference!r}: give MODULE:NAME or FILE.py:NAME")
    place, name = found["module"], found["name"]
    module = _from_file(Path(place).expanduser(), option) if place.endswith(".py") else _module(place, option)
    try:
        return getattr(module, name)
    except AttributeError:
        raise SettingError(f"{option}: {place} has no {name!r}; give one of its names") from None


def _module(name: str, option: str) -> Any:  # noqa: ANN401
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.append(folder)
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise SettingError(f"{option}: {name} cannot be imported ({error}); run where it can be") from error


def _from_file(file: Path, option: str) -> Any:  # noqa: ANN401
    known = f"trace2skill_given_{hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:12]}"
    if known in sys.modules:
        return sys.modules[known]
    if not file.is_file():
        raise SettingError(f"{option}: there is no file {file}")
    folder = str(file.resolve().parent)
    if folder not in sys.path:
        sys.path.append(folder)
    spec = importlib.util.spec_from_file_location(known, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[known] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[known]
        raise
    return module


def load_suite(reference: str, grade: Grade | None = None) -> Suite:
    """A suite by name, or from a JSON file in the format of `evals/evals.json`.

    Args:
        reference: `package.module:attribute`, `file.py:attribute`, or a path that ends in `.json`. The
            attribute is a `Suite`, tasks, or a function that returns either.
        grade: Judges answers by the assertions of a JSON file; None if the solver does.

    Raises:
        SettingError: There is nothing of that name, or it is no suite.
        InputError: The file cannot be used; the message names the place.
    """
    if reference.endswith(".json"):
        return read_evals(Path(reference), grade)
    found = load_object(reference, "--suite")
    if callable(found) and not isinstance(found, Suite):
        found = found()
    if isinstance(found, Suite):
        return found
    if isinstance(found, Iterable):
        tasks = tuple(found)
        if tasks and all(isinstance(task, Task) for task in tasks):
            return Suite(reference.rpartition(":")[2], tasks)
    raise SettingError(f"--suite {reference!r} is {type(found).__name__}; give a Suite or a list of Task")


class _Eval(Frozen):
    id: int | str
    prompt: str
    expected_output: str = ""
    files: tuple[str, ...] = ()
    assertions: tuple[str, ...] = ()
    expectations: tuple[str, ...] = Field((), description="what some writers call the assertions")
    author: str = ""


class _Evals(Frozen):
    skill_name: str = ""
    evals: tuple[_Eval, ...] = Field(min_length=1)


def read_evals(file: Path, grade: Grade | None = None) -> Suite:
    """The suite in a file in the format of the Agent Skills evaluation guide, `evals/evals.json`.

    Paths of files in it are relative to its folder, or to the folder above if that is called `evals`.

    Args:
        file: The file.
        grade: Judges answers by the assertions; None if the solver does.

    Raises:
        InputError: It cannot be read, or has another format; the message names the place.
    """
    form = '{"skill_name": ..., "evals": [{"id": 1, "prompt": ..., "assertions": [...]}]}'
    read = validated(file, lambda content: _Evals.model_validate(_plain(content)), form)
    return Suite(read.skill_name or file.stem, tuple(_task(each, file, grade) for each in read.evals))


def validated(file: Path, validate: Callable[[Any], T], form: str) -> T:
    """What a JSON file holds.

    Args:
        file: The file.
        validate: Makes the record of the file's content.
        form: The format, for the message.

    Raises:
        InputError: It cannot be read, or has another format; the message names the line or the place.
    """
    try:
        return validate(orjson.loads(file.read_bytes()))
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror or error})") from error
    except orjson.JSONDecodeError as error:
        raise InputError(f"{file}:{error.lineno}: is not JSON ({error.msg})") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise InputError(
            f"{file}: {f'{place}: ' if place else ''}{first['msg']}; the format is {form}"
        ) from None


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    """The JSON without keys that other writers add."""
    if not isinstance(value, dict):
        return value
    kept = {name: value[name] for name in _Evals.model_fields if name in value}
    if isinstance(kept.get("evals"), list):
        kept["evals"] = [
            {name: one[name] for name in _Eval.model_fields if name in one} if isinstance(one, dict) else one
            for one in kept["evals"]
        ]
    return kept


def _task(read: _Eval, file: Path, grade: Grade | None) -> Task:
    assertions = read.assertions or read.expectations
    root = file.parent.parent if file.parent.name == "evals" else file.parent
    return Task(
        id=str(read.id),
        prompt=read.prompt,
        score=None if grade is None or not assertions else lambda answer: _graded(grade(answer, assertions)),
        author=read.author,
        assertions=assertions,
        expected=read.expected_output,
        files=tuple(str(root / name) for name in read.files),
    )


def _graded(given: "float | bool | Sequence[bool]") -> float:
    if isinstance(given, bool | int | float):
        return float(given)
    held = list(given)
    return sum(held) / len(held) if held else math.nan


def write_evals(suite: Suite, file: Path) -> None:
    """Write the suite's tasks in the format of `evals/evals.json`; scoring functions cannot be written."""
    evals = [
        {
            "id": int(task.id) if task.id.isdecimal() else task.id,
            "prompt": task.prompt,
            "expected_output": task.expected,
            "files": list(task.files),
            "assertions": list(task.assertions),
            "author": task.author,
        }
        for task in suite.tasks
    ]
    body = orjson.dumps({"skill_name": suite.name, "evals": evals}, option=orjson.OPT_INDENT_2)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(body + b"\n")
