"""`solve` from Python, also against an OpenAI-compatible server."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chat_server import chat_server
from tests.graph.house import TASK, furnish, look
from tests.graph.scripted import scripted
from trace2skill import errors, feedback, solve
from trace2skill.nodes.solve_state import close_guides
from trace2skill.store.library import Library


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a library about doors and lamps."""
    yield furnish(tmp_path_factory.mktemp("house") / "library")
    close_guides()


@pytest.fixture(autouse=True)
def _no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment holds no key."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def test_a_task_is_solved_and_its_outcome_reported(house: Path) -> None:
    """One call each."""
    solution = solve(TASK, library=house, model=scripted("done"))
    assert (solution.answer, solution.receipt.used) == ("done", ("house-doors",))
    feedback(solution.receipt, success=True, library=house)
    with Library(house) as library:
        events = [line.event for line in library.usage() if line.receipt == solution.receipt.id]
    assert events == ["offered", "used", "helped"]


def test_progress_is_told(house: Path) -> None:
    """Each event has its stage."""
    events: list[dict[str, Any]] = []
    solve(TASK, library=house, model=scripted("done"), progress=events.append)
    assert [event["stage"] for event in events] == ["retrieve", "inject", "solve", "receipt"]


def test_what_the_user_can_mend_is_raised(house: Path) -> None:
    """As the error it is."""
    with pytest.raises(errors.InputError, match="the task is empty"):
        solve(" ", library=house)
    with pytest.raises(errors.SettingError, match="nonsense"):
        solve(TASK, library=house, model="nonsense")


def test_an_openai_compatible_server_needs_no_key(house: Path) -> None:
    """The model calls a tool, sees the result, answers."""
    function = {"name": "look", "arguments": json.dumps({"door": "D9"})}
    calls = [{"id": "1", "type": "function", "function": function}]
    with chat_server({"tool_calls": calls}, {"content": "It is locked."}) as chat:
        solution = solve(TASK, library=house, model="openai:m", base_url=chat.url, tools=[look])
    assert solution.answer == "It is locked."
    assert solution.receipt.model == "openai:m"
    assert [each["function"]["name"] for each in chat.asked[0]["tools"]] == ["look"]
    assert chat.asked[1]["messages"][-1]["content"] == "door D9 is locked"


def test_a_server_without_tool_calls_is_held_to_a_schema(house: Path) -> None:
    """The schema travels as `response_format`."""
    with chat_server({"content": '{"action": "finish", "answer": "done"}'}) as chat:
        solution = solve(TASK, library=house, model="openai:m", base_url=chat.url, tool_calls=False)
    assert solution.answer == "done"
    assert chat.asked[0]["response_format"]["type"] == "json_schema"


def test_a_server_that_refuses_is_named_without_its_words(house: Path) -> None:
    """They may quote a key."""
    with chat_server({"content": ""}, status=401) as chat, pytest.raises(errors.ModelError) as caught:
        solve(TASK, library=house, model="openai:m", base_url=chat.url)
    assert "401" in str(caught.value)
    assert "sk-secret" not in str(caught.value)
