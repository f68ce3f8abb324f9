"""Inspect tasks as suites, with a model that Inspect mocks; needs the extra `evals`."""

from collections import defaultdict
from typing import Any

import pytest

from tests.evaluation.agents import runner
from trace2skill.errors import InputError, SettingError
from trace2skill.evaluation.arms import NONE, fixed
from trace2skill.evaluation.comparison import compare
from trace2skill.evaluation.gate import GateSettings, judge
from trace2skill.evaluation.inspect_tasks import inspected, runs_of

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def inspect_ai() -> Any:
    """The package; it is slow to import."""
    return pytest.importorskip("inspect_ai", reason="inspect-ai is not installed: the extra `evals`")


def capitals(inspect_ai: Any) -> Any:
    """A task of six samples, half of them with an id."""
    from inspect_ai.dataset import Sample
    from inspect_ai.scorer import includes

    names = ["France", "Spain", "Italy", "Peru", "Chile", "Cuba"]
    samples = [
        Sample(
            input=f"The capital of {name}?",
            target="Paris",
            id=name if number < 3 else None,
            metadata={"author": "Ada"},
        )
        for number, name in enumerate(names)
    ]
    return lambda: inspect_ai.Task(dataset=samples, scorer=includes(), name="capitals")


def knowing(inspect_ai: Any) -> Any:
    """A model that answers Paris if its instructions say so."""
    from inspect_ai.model import ModelOutput, ModelUsage, get_model

    def reply(messages: Any, tools: Any, choice: Any, config: Any) -> ModelOutput:
        told = any(message.role == "system" and "Paris" in message.text for message in messages)
        output = ModelOutput.from_content("mockllm/model", "Paris" if told else "Lima")
        output.usage = ModelUsage(input_tokens=9, output_tokens=1, total_tokens=10)
        return output

    return get_model("mockllm/model", custom_outputs=reply)


@pytest.mark.heavy
def test_a_skill_is_judged_on_an_inspect_task(inspect_ai: Any) -> None:
    """The guidance reaches the model, the task's scorer judges, turns are counted."""
    suite, solve = inspected(capitals(inspect_ai), knowing(inspect_ai))
    assert [task.id for task in suite.tasks] == ["France", "Spain", "Italy", "4", "5", "6"]
    assert {task.author for task in suite.tasks} == {"Ada"}
    found = judge(
        NONE,
        fixed("skill", "Always say Paris."),
        runner=runner(solve, suite=suite),
        tasks=suite.tasks,
        settings=GateSettings(check_pairs=2),
    )
    assert (found.verdict, found.control, found.treatment) == ("helps", 0, 1)
    assert (found.saved, found.spent) == ("tokens", (10, 10))


@pytest.mark.heavy
def test_logs_are_compared(inspect_ai: Any, tmp_path: Any) -> None:
    """Two logs that Inspect wrote of the same task, two epochs each."""
    from inspect_ai.solver import chain, generate, system_message

    runs: dict[str, dict[str, list[Any]]] = {}
    for arm, solver in (
        ("without", generate()),
        ("with", chain(system_message("Say Paris."), generate())),
    ):
        [log] = inspect_ai.eval(
            capitals(inspect_ai)(),
            model=knowing(inspect_ai),
            solver=solver,
            epochs=2,
            display="none",
            log_dir=str(tmp_path),
        )
        runs[arm] = defaultdict(list)
        for run in runs_of(log, arm):
            runs[arm][run.task].append(run)
    assert {len(each) for tasks in runs.values() for each in tasks.values()} == {2}
    found = compare("with", runs["with"], "without", runs["without"])
    assert (found.better, found.tied, found.success.mean) == (6, 0, 1)


@pytest.mark.heavy
def test_samples_of_one_input_are_refused(inspect_ai: Any) -> None:
    """A solver knows a sample by its text."""
    from inspect_ai.dataset import Sample

    with pytest.raises(InputError, match="the same input"):
        inspected(lambda: inspect_ai.Task(dataset=[Sample(input="a"), Sample(input="a")]), "mockllm/model")


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the extra that brings it."""
    import sys

    monkeypatch.setitem(sys.modules, "inspect_ai", None)
    with pytest.raises(SettingError, match=r"trace2skill\[evals\]"):
        inspected(lambda: None, "mockllm/model")
