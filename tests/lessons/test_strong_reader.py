"""What a strong reader sees in the runs is in the skills: its ten best lessons, listed before it answered.

The replies in `strong_reader/` were given once, by hand, to the real prompts over 40 of the bundled runs.
What decided failed runs was answered for the family whose failed runs are read by themselves.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field

from tests.graph.scripted import ScriptedModel
from trace2skill import Library, ModelSettings, distill, read_traces
from trace2skill.nodes.report import Report
from trace2skill.skills.playbook import to_markdown

pytestmark = pytest.mark.heavy

HERE = Path(__file__).parent / "strong_reader"
RUNS = Path(__file__).parents[2] / "examples" / "telecom" / "traces.jsonl"
KINDS = {"You study": "read", "You edit": "write", "You are the critic": "critique"}
FAMILIES = {
    "mms": "unable to send MMS",
    "data": "unable to use their phone to browse",
    "calls": "unable to make or receive",
}
LESSONS = {
    1: ("data", r"find the line whose phone number is the one in the task and pass that line's id"),
    2: ("mms", r"Reset the APN settings before the reboot, never after it"),
    3: ("calls", r"Do not transfer with a general excuse while .* have not even been tried"),
    4: ("calls", r"When the SIM is locked with a PIN, transfer to a human"),
    5: ("calls", r"the SIM is merely not detected: have the user reseat it first"),
    6: ("data", r"Abroad, roaming must be on twice, on the account .* and on the phone"),
    7: ("mms", r"Faults are stacked"),
    8: ("data", r"do not toggle the phone, which would switch it off"),
    9: ("mms", r"grant each missing one, sms as well as storage"),
    10: ("data", r"test again until it says excellent"),
}
"""Where each lesson of `lessons.md` stands, by its number."""


class RecordedReader(ScriptedModel):
    """Gives the reply that was given to the page of this kind about this family."""

    replies: list[AIMessage] = Field(default_factory=list)

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        system, body = messages[0].text, "\n".join(message.text for message in messages[1:])
        kind = next(name for opening, name in KINDS.items() if system.startswith(opening))
        family = max(FAMILIES, key=lambda name: body.count(FAMILIES[name]))
        for name, own in {"mms": "mms", "data": "mobile-data", "calls": "no-service"}.items():
            if kind == "critique" and f"telecom-{own}-repair" in body:
                family = name
        if kind == "read" and "Give at most" not in body:
            kind = "failures"
        reply = (HERE / f"{kind}-{family}.json").read_text()
        return ChatResult(generations=[ChatGeneration(message=AIMessage(reply))])


@pytest.fixture(scope="module")
def distilled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, dict[str, str]]:
    """The report, and the page of each skill by its name."""
    folder = tmp_path_factory.mktemp("strong") / "library"
    runs = [run for at, run in enumerate(read_traces(RUNS)) if at % 9 in (0, 2, 4, 6, 8)]
    models = ModelSettings(structured="prompt", max_concurrency=1)
    report = distill(runs, library=folder, model=RecordedReader(), models=models)
    with Library(folder) as library:
        return report, {each.skill.name: to_markdown(each.skill, 1) for each in library.skills()}


def test_the_ten_best_lessons_stand(distilled: tuple[Report, dict[str, str]]) -> None:
    """As insights or as rules that code measured, each marked with what it rests on."""
    report, pages = distilled
    assert report.reading["unusable_answers"] == 0
    assert len(pages) == 3
    family = {"mms": "mms", "data": "data", "calls": "service"}
    stands = {
        number: re.search(words, " ".join(page.split()))
        for number, (name, words) in LESSONS.items()
        for skill, page in pages.items()
        if family[name] in skill
    }
    assert [number for number in LESSONS if not stands.get(number)] == []
    assert all(page.count("[insight: ") > 5 for page in pages.values())


def test_what_decided_each_failed_run_stands(distilled: tuple[Report, dict[str, str]]) -> None:
    """Five failed calls, each with a quote of a run that went well, so that each rests on two runs at least.

    The nine failed runs of the other families, of which the replies say nothing, are counted.
    """
    report, pages = distilled
    assert report.reading["failures"] == 14
    assert report.reading["dropped"]["failure cause: none given for a failed run"] == 9
    page = " ".join(next(page for name, page in pages.items() if "service" in name).split())
    causes = json.loads((HERE / "failures-calls.json").read_text())["causes"]
    marks = [re.search(re.escape(each["cause"]) + r" \[insight: (\d) runs\]", page) for each in causes]
    assert [mark is not None and int(mark[1]) >= 2 for mark in marks] == [True] * 5
