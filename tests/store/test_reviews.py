"""Rejections in a library: kept with a commit, in order, and forgotten with their traces."""

from collections.abc import Callable
from pathlib import Path

from trace2skill.claims.model import Claim, claim_id
from trace2skill.evidence.rows import Row, TraceFacts
from trace2skill.skills.model import Skill
from trace2skill.skills.refusals import Refusal, RefusedRule
from trace2skill.store.library import Library
from trace2skill.store.records import Change, Commit
from trace2skill.traces.model import Trace


def refusal(skill: str, *rules: RefusedRule, family: str = "f") -> Refusal:
    """A rejection of a skill with these rules."""
    return Refusal(scope="skill", skill=skill, family=family, rules=rules, time="2026-01-31T10:00:00+00:00")


def test_they_are_kept_in_order(tmp_path: Path) -> None:
    """And count as a change of the library."""
    one, other = (refusal(name, RefusedRule(text="x")) for name in ("one", "other"))
    with Library(tmp_path) as library:
        library.commit(Commit(refused=(other,)))
        before = library.generation
        library.commit(Commit(refused=(one,)))
        assert library.refusals() == [other, one]
        assert library.generation == before + 1


def test_a_saved_skill_answers_them(tmp_path: Path, make_skill: Callable[..., Skill]) -> None:
    """Those of its family stand no longer; they are still known."""
    skill = make_skill("doors", "a rule")
    with Library(tmp_path) as library:
        library.commit(Commit(refused=(refusal("one", family=skill.family), refusal("two", family="else"))))
        library.commit(Commit(changes=(Change(skill=skill, operation="add"),)))
        assert [(each.skill, each.standing) for each in library.refusals()] == [("one", False), ("two", True)]


def test_they_can_be_withdrawn(tmp_path: Path) -> None:
    """By the name of the skill."""
    with Library(tmp_path) as library:
        library.commit(Commit(refused=(refusal("one"), refusal("two"))))
        assert library.withdraw_refusals("one") == 1
        assert [each.skill for each in library.refusals()] == ["two"]


def test_a_forgotten_trace_takes_its_rules_along(
    tmp_path: Path,
    make_trace: Callable[..., Trace],
    make_claim: Callable[..., Claim],
    make_row: Callable[..., Row],
    make_facts: Callable[..., TraceFacts],
) -> None:
    """The sentence of a claim that no trace is left for goes; a rejection of nothing else goes with it."""
    trace, claim = make_trace("t1", value="v"), make_claim("a", "b")
    lost = RefusedRule(claim=claim_id(claim), text="what the trace said")
    with Library(tmp_path) as library:
        library.stage("run", [trace])
        library.commit(
            Commit(
                run="run",
                claims=(claim,),
                rows=(make_row(claim, trace.hash),),
                facts=(make_facts(trace.hash),),
                refused=(refusal("gone", lost), refusal("kept", lost, RefusedRule(text="a note"))),
            )
        )
        library.forget(trace.hash)
        left = library.refusals()
    assert [(each.skill, [rule.text for rule in each.rules]) for each in left] == [("kept", ["a note"])]


def test_a_run_commits_once(tmp_path: Path, make_skill: Callable[..., Skill]) -> None:
    """Repeated after a kill, the commit changes nothing, though the library has moved on."""
    commit = Commit(
        run="r", once=True, changes=(Change(skill=make_skill("doors", "a rule"), operation="add"),)
    )
    with Library(tmp_path) as library:
        first = library.commit(commit, expected_generation=0)
        assert library.commit(commit, expected_generation=0) == first
        assert len(library.history("doors")) == 1
