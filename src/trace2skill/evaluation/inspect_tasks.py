"""Inspect AI tasks as suites, its runs of a model as solver, and its logs as runs (extra `evals`).

The only file that knows Inspect.
"""

import tempfile
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from trace2skill.errors import InputError, SettingError
from trace2skill.evaluation.journal import Run, kept_answer
from trace2skill.evaluation.solver import Result, Solver, SolverError
from trace2skill.evaluation.suite import Suite, Task

if TYPE_CHECKING:
    from inspect_ai import Task as InspectTask
    from inspect_ai.log import EvalLog, EvalSample
    from inspect_ai.model import Model

_ONE_AT_A_TIME = threading.Lock()
"""Inspect refuses to evaluate twice at a time in one process."""


def inspected(
    make: "Callable[[], InspectTask]",
    model: "str | Model",
    *,
    scorer: str | None = None,
    log_dir: str | None = None,
    **options: Any,  # noqa: ANN401 - whatever `inspect_ai.eval` takes
) -> tuple[Suite, Solver]:
    """The suite of an Inspect task's samples, and the solver that has a model do them as Inspect does.

        suite, solve = inspected(my_task, "openai/gpt-4.1-mini", temperature=0.7)

    then `trace2skill validate SKILL --suite agent.py:suite --solver agent.py:solve`. The guidance is the
    first system message; solvers, tools, sandbox and scorers are the task's own; who wrote a task is the
    `author` in its sample's metadata. One run is made at a time.

    Args:
        make: Makes the Inspect task, anew for each run; what `@task` decorates.
        model: The model, as `inspect_ai.eval` takes it.
        scorer: Whose score counts; the first one's by default.
        log_dir: Where Inspect writes its logs; a temporary folder by default.
        **options: Further arguments of `inspect_ai.eval`, among them those of generation.

    Raises:
        SettingError: inspect-ai is not installed.
        InputError: Two samples have the same input.
    """
    try:
        import inspect_ai
    except ImportError as error:
        raise SettingError(
            "Inspect tasks need inspect-ai, which is not installed: pip install 'trace2skill[evals]'"
        ) from error
    made = make()
    authors = {sample.id: str((sample.metadata or {}).get("author", "")) for sample in _numbered(made)}
    samples = {_text(sample.input): sample.id for sample in made.dataset}
    if len(samples) < len(made.dataset):
        raise InputError(f"two samples of the task {made.name!r} have the same input; leave one out")
    suite = Suite(
        made.name, tuple(Task(str(sample), text, author=authors[sample]) for text, sample in samples.items())
    )

    def solve(task: str, guidance: str, seed: int) -> Result:
        with _ONE_AT_A_TIME, tempfile.TemporaryDirectory() as folder:
            again = make()
            _numbered(again)
            [log] = inspect_ai.eval(
                again,
                model=model,
                solver=_guided(again, guidance),
                sample_id=samples[task],
                epochs=1,
                seed=seed,
                display="none",
                log_dir=log_dir or folder,
                **options,
            )
            if log.status != "success" or not log.samples:
                raise SolverError(
                    f"Inspect ended with {log.status}: {log.error.message if log.error else 'no sample'}"
                )
            return result_of(log.samples[0], scorer, model=log.eval.model)  # read from the file only now

    return suite, solve


def _numbered(task: "InspectTask") -> Any:  # noqa: ANN401 - Inspect's dataset
    """The task's samples; those without an id get their number, as Inspect does."""
    for number, sample in enumerate(task.dataset, 1):
        if sample.id is None:
            sample.id = number
    return task.dataset


def _guided(task: "InspectTask", guidance: str) -> Any:  # noqa: ANN401 - Inspect's solver
    from inspect_ai.model import ChatMessageSystem
    from inspect_ai.solver import Generate, TaskState, chain, solver

    def guided() -> Any:  # noqa: ANN401 - Inspect's solver
        async def tell(state: TaskState, generate: Generate) -> TaskState:  # noqa: ARG001 - the protocol
            if guidance:
                state.messages.insert(0, ChatMessageSystem(content=guidance))
            return state

        return tell

    registered: Any = solver(guided)
    return chain(registered(), task.solver)


def _text(given: Any) -> str:  # noqa: ANN401 - a sample's input: text, or messages
    if isinstance(given, str):
        return given
    return "\n\n".join(f"{message.role}: {message.text}" for message in given)


def result_of(sample: "EvalSample", scorer: str | None = None, *, model: str = "") -> Result:
    """What Inspect says of one sample.

    Args:
        sample: The sample, from a log.
        scorer: Whose score counts; the first one's by default.
        model: The model that the log names.

    Raises:
        SolverError: The sample ended with an error, has no such score, or one that is no number from 0 to 1.
    """
    from inspect_ai.scorer import value_to_float

    if sample.error:
        raise SolverError(f"sample {sample.id!r} ended with an error: {sample.error.message}")
    scores: Mapping[str, Any] = sample.scores or {}
    name = scorer or next(iter(scores), "")
    if name not in scores:
        raise SolverError(f"sample {sample.id!r} has no score {name!r}; it has {', '.join(scores) or 'none'}")
    value = scores[name].value
    if isinstance(value, Mapping | list):
        raise SolverError(f"sample {sample.id!r}: the score {name!r} is no single value; name another scorer")
    usages = list(sample.model_usage.values())
    costs = [usage.total_cost for usage in usages if usage.total_cost is not None]
    return Result(
        success=value_to_float()(value),
        answer=sample.output.completion,
        cost=sum(costs) if costs and len(costs) == len(usages) else None,
        tokens=sum(usage.total_tokens for usage in usages),
        turns=sum(message.role == "assistant" for message in sample.messages),
        model=model,
    )


def runs_of(log: "EvalLog", arm: str, scorer: str | None = None) -> list[Run]:
    """The runs in a log that Inspect wrote, under the name of an arm, for `comparison.compare`.

    Samples that ended with an error are no runs.

    Args:
        log: The log, with its samples.
        arm: The name of what the model was given.
        scorer: Whose score counts; the first one's by default.

    Raises:
        SolverError: A sample has no such score, or one that is no number from 0 to 1.
    """
    runs = []
    for sample in log.samples or ():
        if sample.error:
            continue
        found = result_of(sample, scorer, model=log.eval.model)
        assert found.success is not None
        runs.append(
            Run(
                key=f"{log.eval.eval_id}/{sample.id}/{sample.epoch}",
                suite=log.eval.task,
                task=str(sample.id),
                arm=arm,
                seed=sample.epoch,
                success=found.success,
                cost=found.cost,
                tokens=found.tokens,
                turns=found.turns,
                model=found.model,
                seconds=sample.total_time or 0.0,
                answer=kept_answer(found.answer),
            )
        )
    return runs
