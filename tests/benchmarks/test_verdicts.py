"""When-rules judged by runs: what bears on a rule, what keeps it, what is left out."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest

from tests.building import act, run
from tests.skills.findings import agent, fact
from trace2skill.claims.model import ActionPattern, Rule, Slot
from trace2skill.traces.model import Trace

BENCH = Path(__file__).resolve().parents[2] / "benchmarks"
LAST = frozenset({"hand_over"})
SWITCH = Rule(when=fact("lamp.state", "off"), then=agent("switch"))


@pytest.fixture
def verdicts() -> ModuleType:
    """The module, imported as the script imports it."""
    return importlib.import_module("benchmarks.verdicts")


def shop(state: str, *tools: str) -> Trace:
    """A run that reads one lamp, then does something."""
    look = act("get_lamp", {"lamp_id": "L1", "state": state}, lamp_id="L1")
    return run(look, *(act(tool) for tool in tools), act("get_time"))


def test_a_rule_is_judged_by_the_runs_that_bear_on_it(verdicts: ModuleType) -> None:
    """One keeps it, one breaks it, one hands over first and is left out, one has the lamp on."""
    runs = [
        shop("off", "wait", "switch"),
        shop("off", "wait"),
        shop("off", "hand_over"),
        shop("on", "switch"),
    ]
    verdict = verdicts.verdict(SWITCH, verdicts.views_of(runs, [SWITCH]), LAST)
    assert (verdict.kept, verdict.broken, verdict.left_out) == (1, 1, 1)


def test_a_rule_to_hand_over_is_not_excused_by_handing_over(verdicts: ModuleType) -> None:
    """Kept by the run that does it, broken by the one that does not."""
    rule = Rule(when=SWITCH.when, then=agent("hand_over"))
    verdict = verdicts.verdict(rule, verdicts.views_of([shop("off", "hand_over"), shop("off")], [rule]), LAST)
    assert (verdict.kept, verdict.broken, verdict.left_out) == (1, 1, 0)


@pytest.mark.parametrize(("kept", "broken", "word"), [(4, 0, "untested"), (19, 1, "true"), (18, 1, "false")])
def test_true_takes_five_runs_and_nineteen_of_twenty(
    verdicts: ModuleType, kept: int, broken: int, word: str
) -> None:
    """Four runs decide nothing."""
    assert verdicts.Verdict(SWITCH, kept, broken, 0).word == word


def test_recall_counts_the_changes_that_a_rule_asks_for_there(verdicts: ModuleType) -> None:
    """Of two switches and one wait, one switch comes after the lamp was seen off; the rule is untested."""
    runs = [shop("off", "switch"), shop("on", "switch", "wait")]
    views = verdicts.views_of(runs, [SWITCH])
    found = verdicts.judged([SWITCH], views, views, LAST)
    assert (found.asked_for, found.asked_for_by_true, found.changes) == (1, 0, 3)


def test_a_value_told_in_conversation_is_left_open(verdicts: ModuleType) -> None:
    """Nobody speaks in a gold run, so that it cannot show whose word an argument repeats."""
    told = ActionPattern(tool="switch", arguments=(("lamp", Slot(name="lamp", sources=("utterance",))),))
    rule = verdicts.opened(Rule(when=SWITCH.when, then=told))
    verdict = verdicts.verdict(rule, verdicts.views_of([shop("off", "switch")], [rule]), LAST)
    assert verdict.kept == 1


def test_rules_that_differ_in_free_text_are_one(verdicts: ModuleType) -> None:
    """A summary is anybody's own words."""
    rules = [Rule(when=SWITCH.when, then=agent("hand_over", summary=text)) for text in ("one", "two")]
    found = verdicts.judged(rules, verdicts.views_of([shop("off", "hand_over")], rules), [], LAST)
    assert [(each.kept, each.broken) for each in found.verdicts] == [(1, 0)]
