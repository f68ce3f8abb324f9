"""What pages count themselves: transitions, periods of conformance, receipts."""

from collections import Counter
from pathlib import Path

from tests.building import act, run, say
from trace2skill.conformance.model import Conformance, Drift, Rate, TraceConformance, Verdict
from trace2skill.store.library import Library
from trace2skill.store.records import SkillUse
from trace2skill.ui.desk import SkillCard, standing
from trace2skill.ui.over_time import by_time, by_version
from trace2skill.ui.transitions import FIRST, LAST, Activity, transition_graph
from trace2skill.ui.use import by_skill, counts, receipts

A, B, C = (Activity("agent", name) for name in "abc")


def test_transitions_count_runs_and_times() -> None:
    """Talk is no action; a run counts once for an edge however often it takes it."""
    graph = transition_graph(
        [run(act("a"), say("well"), act("b"), act("a"), act("b")), run(act("a"))], least=0
    )
    found = {(each.before, each.after): (each.runs, each.times) for each in graph.transitions}
    assert found == {(FIRST, A): (2, 2), (A, B): (1, 2), (B, A): (1, 1), (B, LAST): (1, 1), (A, LAST): (1, 1)}
    assert [each.activity for each in graph.activities] == [FIRST, A, B, LAST]


def test_repeats_are_no_edges() -> None:
    """An action done twice in a row is told apart from what follows another."""
    graph = transition_graph([run(act("a"), act("a"), act("a"))], least=0)
    assert [(each.before, each.times) for each in graph.repeats] == [(A, 2)]
    assert all(each.before != each.after for each in graph.transitions)


def test_rare_actions_are_taken_out_of_the_runs() -> None:
    """What stood on either side of them then follows, and how many there were is told."""
    rare = [run(act("a"), act("c"), act("b"))]
    graph = transition_graph(rare + [run(act("a"), act("b")) for _ in range(9)], least=20)
    assert graph.left_out == 1
    assert {(each.before, each.after): each.runs for each in graph.transitions}[A, B] == 10


def test_every_action_keeps_a_way_in_and_out() -> None:
    """Even where no edge of it is common."""
    runs = [run(act("a"), act(str(number)), act("b"), act(str(number))) for number in range(4)]
    graph = transition_graph(runs, least=25)
    assert {each.after for each in graph.transitions} >= {each.activity for each in graph.activities} - {
        FIRST
    }
    assert {each.before for each in graph.transitions} >= {each.activity for each in graph.activities} - {
        LAST
    }


def test_runs_without_actions_are_none() -> None:
    """Nothing to draw."""
    assert transition_graph([run(say("hello"))]).runs == 0


def _check(*verdicts: Verdict) -> Conformance:
    traces = tuple(
        TraceConformance(trace=f"t{at:02}", id=f"t{at:02}", verdict=verdict, steps=1)
        for at, verdict in enumerate(verdicts)
    )
    rate = Rate(hits=0, trials=0, low=0, high=1)
    drift = Drift(ordered_by="time", overall=rate, earlier=rate, later=rate, verdict="steady")
    return Conformance(skill="s", skill_hash="", min_hold=0.5, traces=traces, rules=(), drift=drift)


def test_periods_are_equal_groups_in_order() -> None:
    """Of at least five runs to which the skill applies, named by their days."""
    found = _check(*[Verdict.FOLLOWED] * 6, Verdict.NOT_APPLICABLE, *[Verdict.DEVIATED] * 6)
    days = {f"t{at:02}": f"2026-01-{at + 1:02}" for at in range(13)}
    periods = by_time(found, days)
    assert [(each.label, each.rate.hits, each.rate.trials) for each in periods] == [
        ("2026-01-01 to 2026-01-06", 6, 6),
        ("2026-01-08 to 2026-01-13", 0, 6),
    ]


def test_runs_belong_to_the_version_that_first_rests_on_them() -> None:
    """Those of no version come last."""
    found = _check(Verdict.FOLLOWED, Verdict.DEVIATED, Verdict.FOLLOWED)
    periods = by_version(found, [(1, ["t01"]), (2, ["t01", "t00"])])
    assert [(each.label, [run.trace for run in each.runs]) for each in periods] == [
        ("new in version 1", ["t01"]),
        ("new in version 2", ["t00"]),
        ("in no version", ["t02"]),
    ]


USAGE = [
    SkillUse(receipt="r1", event="offered", skill="s", version=1, score=0.5),
    SkillUse(receipt="r1", event="used", skill="s", version=1, score=0.5),
    SkillUse(receipt="r1", event="harmed", skill="s", version=1),
    SkillUse(receipt="r2", event="abstained", note="nothing is near"),
    SkillUse(receipt="r1", event="helped", skill="s", version=1),
    SkillUse(receipt="r3", event="offered", skill="s", version=2, score=0.4),
]


def test_of_feedback_the_last_counts() -> None:
    """Once for each receipt, by version and for all versions together."""
    assert [tuple(each) for each in counts(USAGE)] == [("s", 1, 1, 1, 1, 0), ("s", 2, 1, 0, 0, 0)]
    assert tuple(by_skill(USAGE)["s"]) == ("s", 0, 2, 1, 1, 0)


def test_the_latest_receipts_first() -> None:
    """At most so many, each with all its lines."""
    assert [(each.receipt, len(each.lines)) for each in receipts(USAGE, 2)] == [("r3", 1), ("r2", 1)]
    assert [each.receipt for each in receipts(USAGE, 9)] == ["r3", "r2", "r1"]


def test_a_list_says_what_the_skills_say(house: Path) -> None:
    """Without reading their rules: helped, harmed and retired ones alike."""
    with Library(house) as library:
        stored = library.skills(status=None)
        cards = [SkillCard.of(each) for each in library.outlines()]
        assert [card.name for card in cards] == library.names() == [each.skill.name for each in stored]
    assert {card.standing for card in cards} == {"validated", "rejected"}
    for card, each in zip(cards, stored, strict=True):
        assert (card.status, card.standing) == (each.status, standing(each))
        assert (card.version, card.rules, card.traces) == (
            each.version,
            len(each.skill.rules),
            len(each.skill.traces),
        )
        assert dict(card.tiers) == Counter(str(rule.tier) for rule in each.skill.rules)
