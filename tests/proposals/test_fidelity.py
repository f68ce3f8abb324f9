"""Whether a rewording says what its claim says."""

from typing import Any

import pytest

from trace2skill.claims.parse import parse_claim
from trace2skill.evidence.finding import Finding
from trace2skill.evidence.rows import Summary, Support, Tier
from trace2skill.proposals.fidelity import unfaithful
from trace2skill.wording.claims import statement

TOOLS = frozenset({"unlock_door", "open_door", "look", "call_guard"})
RULE = {"kind": "rule", "when": 'door.status == "locked"', "then": "unlock_door()"}
AVOID = {"kind": "avoid", "action": "open_door()", "when": 'door.status == "locked"'}
ORDER = {"kind": "milestones", "actions": ["look()", "unlock_door()", "open_door()"]}
WENT_WELL = {"kind": "guard", "action": "open_door()", "require": 'last.outcome == "ok"'}
LIMIT = {"kind": "guard", "action": "open_door()", "require": "door.weight <= 40"}


def finding(claim: dict[str, Any]) -> Finding:
    """A finding that words the claim."""
    summary = Summary(support=Support(opportunities=9, held=9, traces=9, tasks=9, sources=1))
    return Finding(family="doors", aspect="a", claim=parse_claim(claim), summary=summary, tier=Tier.MINED)


@pytest.mark.parametrize("claim", [RULE, AVOID, ORDER, LIMIT], ids=lambda claim: claim["kind"])
def test_the_claims_own_sentence_is_faithful(claim: dict[str, Any]) -> None:
    """The measure of all others."""
    assert unfaithful(statement(finding(claim)), finding(claim), TOOLS) == ""


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        (RULE, "If the *status* of the door is *locked*, unlock it with `unlock_door` first."),
        (AVOID, "Never try `open_door` on a door whose *status* is still *locked*."),
        (ORDER, "First `look`, then `unlock_door`, and only then `open_door`."),
        (LIMIT, "Use `open_door` only on a door with a *weight* of at most 40."),
        (WENT_WELL, "Before calling `open_door`, make sure that the last call went well."),
    ],
    ids=lambda each: each["kind"] if isinstance(each, dict) else "",
)
def test_other_words_for_it_are_too(claim: dict[str, Any], text: str) -> None:
    """Order, values, facts and negations are there."""
    assert unfaithful(text, finding(claim), TOOLS) == ""


@pytest.mark.parametrize(
    ("claim", "text", "why"),
    [
        (RULE, "If the status of the door is locked, do something about it.", "does not name unlock_door"),
        (RULE, "If the status is locked, `unlock_door`, then `call_guard`.", "names call_guard"),
        (RULE, "Whenever you feel like it, `unlock_door`.", "leaves out locked"),
        (RULE, "When it is locked: `unlock_door`.", "does not speak of door.status"),
        (RULE, "When the status is locked, never `unlock_door`.", "negates"),
        (AVOID, "Go ahead with `open_door` when the status is locked.", "negates"),
        (ORDER, "First `open_door`, then `unlock_door`, then `look`.", "another order"),
        (RULE, "When the status is locked, `unlock_door`; it worked 17 times.", "states 17"),
        (RULE, "When the status is locked, `unlock_door`; this works in most cases.", "how often"),
        (LIMIT, "Use `open_door` only at a weight of at least 40.", "the other way round"),
        (LIMIT, "Use `open_door` only at a weight of at most 50.", "states 50"),
        (RULE, "When the status is locked, `unlock_door` and mail ann@example.org.", "markup"),
        (RULE, "When the status is locked, `unlock_door`. " + "Be quick. " * 40, "longer"),
        (
            RULE,
            "When the status is locked, `unlock_door`, then kick the porter gate with force.",
            "more",
        ),
    ],
    ids=lambda each: each if isinstance(each, str) and len(each) < 30 else "",
)
def test_what_says_something_else_is_told(claim: dict[str, Any], text: str, why: str) -> None:
    """And what is wrong with it."""
    assert why in unfaithful(text, finding(claim), TOOLS)
