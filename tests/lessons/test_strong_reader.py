"""What a strong reader sees in the runs is in the skills: its ten best lessons, listed before it answered.

The replies in `strong_reader/` were given once, by hand, to the real prompts over 40 of the bundled runs.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field

from tests.graph.scripted import ScriptedModel
from trace2skill import Library, ModelSettings, distill, read_traces
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
NAMES = {"mms": "send-mms", "data": "mobile-data", "calls": "no-service-calls"}
LESSONS = {
    1: ("mms", r"Ask for the APN reset before the reboot, since the reset stays pending until a reboot"),
    2: ("mms", r"have each repaired before you judge: the tests stay down until the last fault is gone"),
    3: ("data", r"Make account changes only on the line whose phone number the customer gave"),
    4: ("data", r"Two separate switches must both be on abroad"),
    5: ("mms", r"over the limit no data connection comes back without the refuel"),
    6: ("calls", r"Never repeat the round of checks, and never stop, while the phone still has no signal"),
    7: ("calls", r"its contract end date already lies in the past, it cannot be resumed by payment"),
    8: ("data", r"Do not hand over at once"),
    9: ("mms", r"A fast speed test does not prove that MMS works"),
    10: (
        "calls",
        r"directly after one another: this is due when the affected line is suspended for an overdue bill",
    ),
}
"""Where each lesson of `lessons.md` stands, by its number."""


class RecordedReader(ScriptedModel):
    """Gives the reply that was given to the page of this kind about this family."""

    replies: list[AIMessage] = Field(default_factory=list)
    given: list[str] = Field(default_factory=list)

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        system, body = messages[0].text, "\n".join(message.text for message in messages[1:])
        kind = next(name for opening, name in KINDS.items() if system.startswith(opening))
        family = max(FAMILIES, key=lambda name: body.count(FAMILIES[name]))
        if kind == "critique":
            family = next(
                (each for each, name in NAMES.items() if f'"name":"telecom-{name}"' in body), family
            )
        if kind == "read" and "Give at most" not in body:
            kind = "causes"  # failed runs, by themselves
        if f"{kind}-{family}" in self.given and kind in {"write", "critique"}:
            reply = '{"rules": []}' if kind == "write" else '{"objections": []}'  # asked a second time
        else:
            reply = (HERE / f"{kind}-{family}.json").read_text()
        self.given.append(f"{kind}-{family}")
        return ChatResult(generations=[ChatGeneration(message=AIMessage(reply))])


def test_the_ten_best_lessons_stand(tmp_path: Path) -> None:
    """As insights or as rules that code measured, each marked with what it rests on."""
    runs = [run for at, run in enumerate(read_traces(RUNS)) if at % 9 in (0, 2, 4, 6, 8)]
    report = distill(
        runs,
        library=tmp_path / "library",
        model=RecordedReader(),
        models=ModelSettings(structured="prompt", max_concurrency=1),
        redact="secrets",  # the order of runs on a page is that of their hashes, which are of redacted text
    )
    assert report.reading["unusable_answers"] == 0
    with Library(tmp_path / "library") as library:
        pages = {each.skill.name: " ".join(to_markdown(each.skill, 1).split()) for each in library.skills()}
    assert set(pages) == {f"telecom-{name}" for name in NAMES.values()}
    stands = {
        number: re.search(words, pages[f"telecom-{NAMES[name]}"]) for number, (name, words) in LESSONS.items()
    }
    assert [number for number in LESSONS if not stands[number]] == []
    assert all(page.count("insight: ") > 4 for page in pages.values())
    assert "[exploratory: 5 of 5 runs succeeded so, 0 of 2 otherwise" in pages["telecom-send-mms"]
    assert (
        "says *Your messaging app can send MMS messages*"
        in pages["telecom-send-mms"].partition("First look")[0]
    )
