"""Solvers: callables, commands and graphs, and what they may return."""

import json
import sys
from pathlib import Path
from typing import Any, TypedDict

import pytest
from langchain_core.language_models.fake_chat_models import FakeMessagesListChatModel
from langchain_core.messages import AIMessage
from langgraph.graph import END, START, MessagesState, StateGraph

from trace2skill.errors import SettingError
from trace2skill.evaluation.solver import Result, SolverError, asking, load_solver
from trace2skill.evaluation.suite import Task

TASK = Task("two", "What is 1 + 1?", score=lambda answer: answer == "2")
UNSCORED = Task("free", "Do something.")


@pytest.mark.parametrize(
    ("task", "returned", "success"),
    [
        (TASK, "2", 1),
        (TASK, "3", 0),
        (TASK, {"answer": "2", "tokens": 7, "other": 1}, 1),
        (TASK, {"answer": "3", "success": 1}, 0),
        (UNSCORED, True, 1),
        (UNSCORED, 0.25, 0.25),
        (UNSCORED, Result(success=0.5, cost=2), 0.5),
    ],
)
def test_what_a_solver_returns_becomes_a_result(task: Task, returned: object, success: float) -> None:
    """The task's score judges the answer; without one the solver's own word counts."""
    assert asking(lambda text, guidance, seed: returned)(task, "", 0).success == success


@pytest.mark.parametrize(
    ("task", "returned", "told"),
    [
        (UNSCORED, "done", "nobody says how well"),
        (UNSCORED, 2, "success: Input should be less than or equal to 1"),
        (UNSCORED, {"success": 1, "cost": -1}, "cost: Input"),
        (UNSCORED, float("nan"), "free"),
    ],
)
def test_what_is_no_result_is_told(task: Task, returned: object, told: str) -> None:
    """With the task's id."""
    with pytest.raises(SolverError, match=told):
        asking(lambda text, guidance, seed: returned)(task, "", 0)


def program(folder: Path, body: str) -> str:
    """A command that runs a Python program."""
    file = folder / "agent program.py"
    file.write_text(f"import json, sys\ngiven = json.load(sys.stdin)\n{body}\n", encoding="utf-8")
    return f"{sys.executable} '{file}'"


def test_a_command_gets_json_and_gives_json(tmp_path: Path) -> None:
    """Its last line counts, whatever it printed before."""
    body = "print('thinking')\nprint(json.dumps({'answer': json.dumps(given), 'turns': 3, 'success': 1}))"
    found = load_solver(program(tmp_path, body))(
        Task("a", "Do a.", assertions=("It is done",)), "Be careful.", 5
    )
    assert (found.turns, found.success) == (3, 1)
    assert json.loads(found.answer) == {
        "task": "Do a.",
        "task_id": "a",
        "guidance": "Be careful.",
        "seed": 5,
        "assertions": ["It is done"],
        "expected_output": "",
        "files": [],
    }


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("sys.exit('out of credit')", "ended with 1: out of credit"),
        ("print('42')", 'no JSON object: 42; print {"success": 1.0}'),
        ("pass", "ended with 0: nothing on stderr"),
        ("import time\ntime.sleep(60)", "more than 1 s"),
    ],
)
def test_a_command_that_fails_is_no_result(tmp_path: Path, body: str, told: str) -> None:
    """And says why."""
    with pytest.raises(SolverError, match=told):
        load_solver(program(tmp_path, body), timeout=1)(UNSCORED, "", 0)


def test_a_secret_on_a_commands_stderr_is_not_repeated(tmp_path: Path) -> None:
    """What looks like a key is replaced in the message."""
    key = "sk-proj-" + "a1B2c3D4e5F6g7H8" * 3
    with pytest.raises(SolverError) as error:
        load_solver(program(tmp_path, f"sys.exit('wrong key {key}')"))(UNSCORED, "", 0)
    assert key not in str(error.value)


def test_a_command_that_does_not_exist_is_a_mistake() -> None:
    """Nothing is tried again."""
    with pytest.raises(SettingError, match="cannot be started"):
        load_solver("/no/such/program --fast")(UNSCORED, "", 0)


def test_a_graph_of_messages_is_given_the_guidance_as_system_message() -> None:
    """Answer, tokens, turns and model are taken from its messages."""
    seen: list[Any] = []
    reply = AIMessage(
        "2",
        usage_metadata={"input_tokens": 5, "output_tokens": 2, "total_tokens": 7},
        response_metadata={"model_name": "made-up"},
    )
    model = FakeMessagesListChatModel(responses=[reply])

    def respond(state: MessagesState) -> dict[str, Any]:
        seen.extend(state["messages"])
        return {"messages": [model.invoke(state["messages"])]}

    builder = StateGraph(MessagesState)
    builder.add_node("respond", respond)
    builder.add_edge(START, "respond")
    builder.add_edge("respond", END)
    found = asking(builder.compile())(TASK, "Count well.", 3)
    assert [(each.type, each.content) for each in seen] == [
        ("system", "Count well."),
        ("human", "What is 1 + 1?"),
    ]
    assert (found.success, found.answer, found.tokens, found.turns, found.model) == (1, "2", 7, 1, "made-up")


class Given(TypedDict, total=False):
    """The state of a graph that takes guidance as such."""

    task: str
    guidance: str
    seed: int
    success: float
    cost: float


def test_a_graph_with_a_state_of_its_own_is_given_task_guidance_and_seed() -> None:
    """And may say itself how well it did."""

    def work(state: Given) -> Given:
        return {"success": float(state["guidance"] == "Go."), "cost": state["seed"] / 2}

    builder = StateGraph(Given)
    builder.add_node("work", work)
    builder.add_edge(START, "work")
    builder.add_edge("work", END)
    found = asking(builder.compile())(UNSCORED, "Go.", 3)
    assert (found.success, found.cost) == (1, 1.5)


def test_what_is_no_solver_is_refused() -> None:
    """With what it is."""
    with pytest.raises(SettingError, match="is int"):
        asking(3)
    with pytest.raises(SettingError, match="empty"):
        load_solver(" ")
