"""The worked example."""

from tests.building import act, run, say
from tests.skills.findings import PAY, finding
from trace2skill.claims.evidence import Citation
from trace2skill.skills.example import MOST_STEPS, OBSERVATION_LIMIT, worked_example
from trace2skill.skills.model import ModuleName, SkillRule
from trace2skill.traces.model import Actor, Trace

PAID = run(
    say("my line is dead"),
    act("find_customer", {"customer_id": "C1", "full_name": "Ann Lee", "lines": [{"status": "Suspended"}]}),
    act("send_payment_request", "sent", customer_id="C1"),
    act("pay", "ok", actor=Actor.USER),
    task="My line is dead.",
)


def rule_at(trace: Trace, *steps: int) -> SkillRule:
    """A rule that cites these steps."""
    found = finding(PAY, at=tuple(Citation(trace.hash, step) for step in steps))
    return SkillRule(name="C1", module=ModuleName.CONDITIONS, text="x", finding=found)


def test_lines_hold_actor_call_observation_and_citation() -> None:
    """A short run is shown whole, utterances aside; of a record only what the rules read."""
    task, steps = worked_example([rule_at(PAID, 2)], [PAID])
    assert task == "My line is dead."
    assert [(step.actor, step.action) for step in steps] == [
        ("agent", "find_customer()"),
        ("agent", 'send_payment_request(customer_id = "C1")'),
        ("user", "pay()"),
    ]
    assert steps[0].observation == '{"customer_id":"C1","lines":[{"status":"Suspended"}],"…":"…"}'
    assert steps[1].citation == Citation(PAID.hash, 2)


def test_never_from_a_failure() -> None:
    """However much a failed run is cited."""
    failed = run(act("a"), success=False)
    assert worked_example([rule_at(failed, 0)], [failed]) == ("", ())


def test_the_run_that_shows_most_rules_is_taken() -> None:
    """Before a shorter one; among equals the shorter."""
    long = run(act("a"), act("b"), act("c"), name="long")
    short = run(act("a"), act("b"), name="short")
    cited = [rule_at(long, 2)]
    assert worked_example(cited, [short, long])[1][0].citation.trace == long.hash
    assert worked_example([], [short, long])[1][0].citation.trace == short.hash


def test_a_pitfall_is_no_example() -> None:
    """The run that shows what to beware of is not the one to learn from."""
    long, short = run(act("a"), act("b"), name="long"), run(act("a"), name="short")
    pitfall = rule_at(long, 1).model_copy(update={"module": ModuleName.PITFALLS})
    assert worked_example([pitfall], [long, short])[1][0].citation.trace == short.hash


def test_a_long_run_keeps_cited_steps_and_first_calls() -> None:
    """At most twelve steps: the cited ones, then each further tool once, in the order of the run."""
    trace = run(*[act("look") for _ in range(30)], act("open"), act("look"), act("buy"))
    steps = worked_example([rule_at(trace, 31, 25)], [trace])[1]
    shown = [step.citation.step for step in steps]
    assert len(shown) == MOST_STEPS
    assert {25, 30, 31, 32} <= set(shown)
    assert shown == sorted(shown)


def test_long_observations_are_cut_with_a_mark() -> None:
    """One line, at most a fixed number of characters."""
    trace = run(act("read", "word\n" * 200))
    seen = worked_example([], [trace])[1][0].observation
    assert len(seen) <= OBSERVATION_LIMIT
    assert seen.endswith("…")
    assert "\n" not in seen
