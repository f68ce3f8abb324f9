"""Conditions on what somebody said last."""

from tests.building import act, run, say
from trace2skill.claims.parse import parse_claim, parse_predicate
from trace2skill.claims.view import View
from trace2skill.evidence.measure import measure
from trace2skill.traces.model import Actor


def test_the_latest_utterance_is_matched_in_lower_case() -> None:
    """It holds from the step after it until the next utterance of the same actor."""
    view = View(run(say("I want a REFUND"), act("look"), say("thanks", Actor.AGENT), say("ok"), act("pay")))
    said = parse_predicate('matches(user.said, "refund|money back")')
    assert view.truth(said).tolist() == [False, True, True, True, False, False]
    assert view.truth(parse_predicate('matches(agent.said, "thanks")')).tolist()[-1]


def test_a_rule_about_words_is_measured() -> None:
    """An opportunity is a stretch on which the words hold."""
    claim = parse_claim({"kind": "rule", "when": 'matches(user.said, "refund")', "then": "pay()"})
    rows = list(measure([claim], [run(say("A refund!"), act("pay")), run(say("A refund!"), act("look"))]))
    assert [(row.opportunities, row.held) for row in rows] == [(1, 1), (1, 0)]
