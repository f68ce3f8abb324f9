"""Solvers: agents under evaluation, as a Python callable, a command or a LangGraph graph."""

import json
import shlex
import subprocess
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from pydantic import Field, ValidationError

from trace2skill.errors import InputError, SettingError
from trace2skill.evaluation.suite import REFERENCE, Task, load_object
from trace2skill.traces.model import Frozen
from trace2skill.traces.redact import redact_text

TIMEOUT = 600.0
"""Seconds that a command may take for one run."""


class Result(Frozen):
    """What came of one run. What is None was not told."""

    success: float | None = Field(None, ge=0, le=1, description="None: the task's score judges the answer")
    answer: Any = None
    cost: float | None = Field(None, ge=0, description="in whatever unit the solver counts")
    tokens: int | None = Field(None, ge=0)
    turns: int | None = Field(None, ge=0)
    model: str = ""


class Solver(Protocol):
    """An agent: a task and guidance in, a result out.

    It may return a `Result`, a dictionary with its fields, a number or bool (the success) or a string (the
    answer). The guidance is empty for none. The seed is the same for all arms of a pair. An exception means
    that there is no result: the run is made again later and counts for nothing.
    """

    def __call__(self, task: str, guidance: str, seed: int, /) -> Any:  # noqa: ANN401 - see above
        """Do the task."""


Ask = Callable[[Task, str, int], Result]
"""Runs a solver on a task under guidance with a seed, and scores it."""


class SolverError(InputError):
    """A run that gave no result; the message says which and why."""


def load_solver(reference: str, timeout: float = TIMEOUT) -> Ask:
    """The solver of that name or, if it does not read as one, the command.

    Raises:
        SettingError: There is no such module or attribute, or it is no solver.
    """
    if not reference.strip():
        raise SettingError("--solver is empty; give MODULE:NAME, FILE.py:NAME or a command")
    if REFERENCE.fullmatch(reference):
        return asking(load_object(reference, "--solver"))
    return command(shlex.split(reference), timeout)


def asking(solver: Any) -> Ask:  # noqa: ANN401 - a callable or a compiled graph
    """A callable or a compiled LangGraph graph as what the harness asks.

    Raises:
        SettingError: It is neither.
    """
    if hasattr(solver, "invoke") and hasattr(solver, "channels"):
        solver = graph_solver(solver)
    if not callable(solver):
        raise SettingError(f"the solver is {type(solver).__name__}; give a function or a compiled graph")

    def ask(task: Task, guidance: str, seed: int) -> Result:
        return scored(task, solver(task.text, guidance, seed))

    return ask


def command(words: list[str], timeout: float = TIMEOUT) -> Ask:
    """A program that reads one JSON object on stdin and writes one, as its last line, on stdout.

    In: `task`, `task_id`, `guidance`, `seed`, and of a task from `evals.json` its `assertions`,
    `expected_output` and `files`. Out: the fields of `Result`.
    """

    def ask(task: Task, guidance: str, seed: int) -> Result:
        given = {
            "task": task.text,
            "task_id": task.id,
            "guidance": guidance,
            "seed": seed,
            "assertions": task.assertions,
            "expected_output": task.expected,
            "files": task.files,
        }
        return scored(task, _answered(words, json.dumps(given), timeout))

    return ask


def _answered(words: list[str], given: str, timeout: float) -> dict[str, Any]:
    try:
        done = subprocess.run(  # noqa: S603 - the person's own command
            words, input=given, capture_output=True, text=True, timeout=timeout, check=False
        )
    except OSError as error:
        raise SettingError(f"the solver {words[0]!r} cannot be started: {error.strerror or error}") from error
    except subprocess.TimeoutExpired:
        raise SolverError(
            f"the solver took more than {timeout:g} s; have it give up earlier, or raise --timeout"
        ) from None
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    if done.returncode or not lines:
        last = (done.stderr.strip().splitlines() or ["nothing on stderr"])[-1]
        raise SolverError(f"the solver ended with {done.returncode}: {redact_text(last)[:300]}")
    try:
        found = json.loads(lines[-1])
    except json.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise SolverError(
            f"the solver's last line is no JSON object: {redact_text(lines[-1])[:200]}; "
            'print {"success": 1.0} or {"answer": "..."}'
        )
    return found


def scored(task: Task, given: Any) -> Result:  # noqa: ANN401 - what a solver returned
    """What a solver returned, as a result with a success.

    Raises:
        SolverError: It is no result, or nobody says how well the run did.
    """
    try:
        result = _result(given)
        success = result.success
        if task.score is not None:
            success = float(task.score(result.answer))
        result = Result.model_validate(result.model_dump() | {"success": success})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise SolverError(f"task {task.id!r}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    if result.success is None or result.success != result.success:
        raise SolverError(
            f"task {task.id!r}: nobody says how well the run did; give the task a score, the file of tasks a "
            "--grader and the task assertions, or have the solver return success"
        )
    return result


def _result(given: Any) -> Result:  # noqa: ANN401
    if isinstance(given, Result):
        return given
    if isinstance(given, bool | int | float):
        return Result(success=float(given))
    if isinstance(given, Mapping):
        return Result.model_validate({key: given[key] for key in Result.model_fields if key in given})
    return Result(answer=given)


def graph_solver(graph: Any) -> Solver:  # noqa: ANN401 - LangGraph is not imported here
    """A compiled LangGraph graph as a solver.

    A graph whose state has `messages` gets the guidance as a system message and the task as a human one; any
    other gets `task`, `guidance` and `seed`. Fields of `Result` in its output are taken; else the answer is
    `answer` or the last message's text, and tokens and turns are counted over its messages. Each run is a
    thread of its own, with the seed as `configurable.seed`.
    """
    talks = "messages" in graph.channels

    def solve(task: str, guidance: str, seed: int) -> dict[str, Any]:
        said = [{"role": "user", "content": task}]
        if guidance:
            said.insert(0, {"role": "system", "content": guidance})
        given: dict[str, Any] = (
            {"messages": said} if talks else {"task": task, "guidance": guidance, "seed": seed}
        )
        config = {"configurable": {"thread_id": uuid.uuid4().hex, "seed": seed}}
        output = graph.invoke(given, config)
        return _of_messages(output.get("messages") or []) | {
            name: output[name] for name in Result.model_fields if name in output
        }

    return solve


def _of_messages(messages: list[Any]) -> dict[str, Any]:
    replies = [each for each in messages if getattr(each, "type", "") == "ai"]
    if not replies:
        return {}
    used = [each.usage_metadata for each in replies if getattr(each, "usage_metadata", None)]
    counted = {"tokens": sum(each["total_tokens"] for each in used)} if used else {}
    named = {getattr(each, "response_metadata", {}).get("model_name", "") for each in replies} - {""}
    model = {"model": min(named)} if named else {}
    return {"answer": str(messages[-1].text), "turns": len(replies)} | counted | model
