"""The desk that no model knows: what settles a ticket, and that its document says all that is needed."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks.held_out.counter.__main__ import table
from benchmarks.held_out.counter.arms import ARMS, policy
from benchmarks.held_out.counter.convention import draw
from benchmarks.held_out.counter.course import asked, bad, shown
from benchmarks.held_out.counter.desk import Desk
from benchmarks.held_out.counter.pages import page, read_replies, settled
from benchmarks.held_out.counter.tickets import due
from benchmarks.held_out.counter.transfer import mixed
from benchmarks.held_out.paired import paired
from trace2skill.errors import InputError
from trace2skill.traces.model import Action, Label

DESK = draw(3)
ASKED = asked(DESK, 24)


@pytest.mark.parametrize("seed", [3, 4])
def test_what_is_due_settles_a_ticket_and_nothing_less(seed: int) -> None:
    """Nothing done settles none, and neither does any of the due calls left out."""
    desk = draw(seed)
    for ticket in asked(desk, 24):
        calls = due(desk, ticket)
        assert Desk(desk, ticket).do(calls).reward() == 1
        for at in range(len(calls)):
            assert Desk(desk, ticket).do([*calls[:at], *calls[at + 1 :]]).reward() == 0


def test_order_and_decoys_count() -> None:
    """The restart does nothing before the repair that waits for it; a tool that repairs nothing spoils it."""
    ticket = next(each for each in ASKED if due(DESK, each)[-1].tool == DESK.restart)
    *first, staged, restart = due(DESK, ticket)
    assert Desk(DESK, ticket).do([*first, restart, staged]).reward() == 0
    assert (
        Desk(DESK, ticket).do([Action(tool=next(iter(DESK.decoys))), *first, staged, restart]).reward() == 0
    )


def test_a_failed_run_failed() -> None:
    """Every spoiled run is scored as a failure by the desk itself."""
    assert {bad(DESK, each).outcome.label for each in shown(DESK, 20)} == {Label.FAILURE}


def test_every_fourth_run_fails() -> None:
    """A quarter of the runs, and the others as they would be without."""
    runs, without = mixed(DESK, 12, 4), mixed(DESK, 12, 0)
    assert [at for at, each in enumerate(runs) if each.outcome.label is Label.FAILURE] == [3, 7, 11]
    assert [each.hash for each in runs[:3]] == [each.hash for each in without[:3]]


def test_the_document_tells_all(tmp_path: Path) -> None:
    """Whoever reads nothing but a page with the document on it settles every ticket."""
    for kind in range(3):
        text = page(DESK, [each for each in ASKED if each.kind == kind], policy(DESK))
        (tmp_path / f"{kind}.reply").write_text(json.dumps(_follow(text)), encoding="utf-8")
    assert all(settled(DESK, ASKED, read_replies(tmp_path)))


def test_a_reply_that_holds_no_calls_is_named(tmp_path: Path) -> None:
    """The message names the file."""
    (tmp_path / "01.reply").write_text('{"t5000": [{"name": "x"}]}', encoding="utf-8")
    with pytest.raises(InputError, match=r"01\.reply"):
        read_replies(tmp_path)


def test_an_arm_that_nobody_answered_has_no_figures(tmp_path: Path) -> None:
    """Of two arms one is answered."""
    key = {"folders": {name: name for name in ARMS}, "tokens": {name: [1, 3] for name in ARMS}}
    (tmp_path / "policy").mkdir()
    calls = {each.id: [call.model_dump() for call in due(DESK, each)] for each in ASKED}
    (tmp_path / "policy" / "01.reply").write_text(json.dumps(calls), encoding="utf-8")
    shown_as = table(DESK, ASKED, tmp_path, key).splitlines()
    assert "| none | not answered | 2 |  |  |" in shown_as
    assert "| policy | 24/24 (0.86 to 1.00) | 2 |  |  |" in shown_as


def test_a_paired_difference_has_an_exact_interval() -> None:
    """24 of 24 against none: the difference cannot be 100 points for sure."""
    assert paired([True] * 24, [False] * 24) == "+100 points (+67 to +100), p = 1.2e-07"


def _follow(text: str) -> dict[str, list[dict[str, Any]]]:
    document, _, tickets = text.partition("# Tools")
    rules = re.findall(r"^- If (.*?): call (.*)\.$", document, re.MULTILINE)
    return {
        block.split()[0]: _calls(block, rules) for block in re.split(r"^# (?=t\d)", tickets, flags=re.M)[1:]
    }


def _calls(block: str, rules: list[tuple[str, str]]) -> list[dict[str, Any]]:
    handle = re.search(r"ob\d+", block)
    assert handle
    read = [json.loads(line.partition(" -> ")[2]) for line in block.splitlines() if " -> " in line]
    known = {k: v for each in read if each.get("handle", handle[0]) == handle[0] for k, v in each.items()}
    calls = []
    for when, do in rules:
        above = re.match(r"(\w+) of the line is above its (\w+)", when)
        equal = re.findall(r"(\w+) = (\w+)", when)
        if not (known[above[1]] > known[above[2]] if above else all(known[k] == v for k, v in equal)):
            continue
        given: dict[str, Any] = dict(re.findall(r"(desk|option)=(\w+)", do))
        given |= {"line": known["line"]} if "on the line" in do else {}
        if size := re.search(r"with ([\d.]+) units", do):
            given["units"] = float(size[1])
        calls.append({"tool": re.split(r"\W", do)[0], "arguments": given})
        calls += [{"tool": tool, "arguments": {}} for tool in re.findall(r"then (\w+)", do)]
        if "nothing else" in do:
            break
    return calls
