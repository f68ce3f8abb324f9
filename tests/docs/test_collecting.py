"""The story of the page on collecting: an instrumented agent, the collector, distil, guidance."""

import re
import threading
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import tool
from langchain_core.utils.function_calling import convert_to_openai_tool
from openinference.instrumentation.langchain import LangChainInstrumentor

from trace2skill import guidance, read_traces
from trace2skill.collector.run import Collector, CollectSettings

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "collecting.md").read_text(encoding="utf-8")
CODE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
DOORS = 8
unlocked: set[str] = set()


@tool
def look(door: str) -> dict[str, str]:
    """Look at a door."""
    return {"door": door, "status": "closed" if door in unlocked else "locked"}


@tool
def unlock(door: str) -> dict[str, str]:
    """Unlock a door."""
    unlocked.add(door)
    return {"door": door, "status": "closed"}


@tool("open")
def open_door(door: str) -> dict[str, str]:
    """Open a door."""
    return {"door": door, "status": "open"} if door in unlocked else {"error": "the door is locked"}


class Scripted(BaseChatModel):
    """A model that uses the tools it was told of one after the other, on the door of the task."""

    script: list[str]

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        """Offer the tools as OpenAI's API does."""
        return self.bind(tools=[convert_to_openai_tool(each) for each in tools])

    def _generate(self, messages: list[Any], *args: Any, **kwargs: Any) -> ChatResult:
        done = sum(isinstance(message, AIMessage) for message in messages)
        (door,) = re.findall(r"D\d+", messages[0].text)
        said = AIMessage("That is all.")
        if done < len(self.script):
            call = {"id": f"{door}-{done}", "name": self.script[done], "args": {"door": door}}
            said = AIMessage("", tool_calls=[call])
        return ChatResult(generations=[ChatGeneration(message=said)])

    @property
    def _llm_type(self) -> str:
        return "scripted"


def is_open(result: Any) -> bool:
    """Whether the last tool opened the door."""
    return '"open"' in str(result["messages"][-2].content)


def test_what_runs_taught_is_told_for_the_next_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight doors, each opened by an agent that unlocks it and left shut by one that does not."""
    code, _ = CODE
    (task,) = re.findall(r'trace2skill solve "(.*)"', PAGE)
    library, told, distilled = tmp_path / "library", [], threading.Event()

    def tell(line: str) -> None:
        told.append(line)
        distilled.set()

    settings = CollectSettings(tmp_path / "spans", port=0, library=library, quiet_after=0.5)
    with Collector(settings, tell) as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "600000")  # all at the end, however slow the machine
        monkeypatch.delenv("TRACE2SKILL_MODEL", raising=False)
        instrumented: dict[str, Any] = {}
        exec(compile(code, "collecting.md", "exec"), instrumented)
        try:
            for door in range(DOORS):
                unlocked.clear()
                for script in (["look", "open"], ["look", "unlock", "open"]):
                    agent = create_agent(Scripted(script=script), [look, unlock, open_door])
                    instrumented["run"](agent, task.replace("D9", f"D{door}"), is_open)
        finally:
            LangChainInstrumentor().uninstrument()
            instrumented["provider"].shutdown()
        assert distilled.wait(60)
        distilled.clear()
    with Collector(settings, tell):  # again in the same folder
        assert distilled.wait(60)
    runs = f"distilled {2 * DOORS} quiet runs"
    assert told[0].partition(":")[0] == f"{runs}, {2 * DOORS} new"
    assert told[1:] == [f"{runs}, 0 new: no skill changed"]
    says_to_unlock(guidance(task, library).text)


def says_to_unlock(text: str) -> None:
    """The guidance has a rule for locked doors."""
    (rule,) = (line for line in text.splitlines() if re.search(r"When .*locked", line))
    assert "unlock" in rule.partition(":")[2]


def test_the_callback_handler_teaches_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same doors, recorded and judged in the program itself."""
    (task,) = re.findall(r'trace2skill solve "(.*)"', PAGE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRACE2SKILL_MODEL", raising=False)
    _, code = CODE
    page: dict[str, Any] = {}
    exec(compile(code, "collecting.md", "exec"), page)
    for door in range(DOORS):
        for script in (["look", "open"], ["look", "unlock", "open"]):
            unlocked.clear()
            agent = create_agent(Scripted(script=script), [look, unlock, open_door])
            page["recorded"](agent, task.replace("D9", f"D{door}"), is_open)
    report = page["learnt"](tmp_path / "library")
    assert (report.succeeded, len(report.skills)) == (True, 1)
    assert page["handler"].path == Path("runs.jsonl")
    labelled = list(read_traces("runs.jsonl", outcomes="runs.outcomes.jsonl"))
    assert {trace.outcome.origin for trace in labelled} == {"explicit feedback"}
    says_to_unlock(guidance(task, tmp_path / "library").text)
