"""What was rejected is known again by its family and rules, whatever the numbers."""

from tests.skills.findings import AIRPLANE, PAY, finding
from tests.skills.rules import skill_of
from trace2skill.skills.consolidate import Proposal
from trace2skill.skills.model import Skill
from trace2skill.skills.refusals import Refusals, basis, refused_rules, refused_skill, said

WHEN = "2026-01-31T10:00:00+00:00"


def proposed(skill: Skill) -> Proposal:
    """A proposal to add the skill."""
    return Proposal(operation="add", skill=skill)


def test_the_same_rules_with_other_numbers_are_the_same() -> None:
    """Nothing material changed."""
    known = Refusals([refused_skill(proposed(skill_of(finding(PAY, held=9))), "no", WHEN)])
    refusal = known.same(proposed(skill_of(finding(PAY, held=12))))
    assert refusal is not None
    assert said(refusal) == "rejected on 2026-01-31: no"


def test_another_rule_makes_another_proposal() -> None:
    """It is told of the earlier one."""
    known = Refusals([refused_skill(proposed(skill_of(finding(PAY))), "no", WHEN)])
    other = proposed(skill_of(finding(PAY), finding(AIRPLANE)))
    assert known.same(other) is None
    assert known.earlier(other) is not None


def test_a_rejection_that_stands_no_longer_is_not_told() -> None:
    """It still keeps the same proposal away."""
    refusal = refused_skill(proposed(skill_of(finding(PAY))), "no", WHEN).model_copy(
        update={"standing": False}
    )
    known = Refusals([refusal])
    assert known.earlier(proposed(skill_of(finding(AIRPLANE)))) is None
    assert known.same(proposed(skill_of(finding(PAY)))) == refusal


def test_another_family_is_not_concerned() -> None:
    """The same claim may be wanted elsewhere."""
    skill = skill_of(finding(PAY))
    known = Refusals([refused_skill(proposed(skill), "no", WHEN)])
    assert known.same(proposed(skill.model_copy(update={"family": "bills"}))) is None


def test_rejected_rules_stay_out() -> None:
    """Out of any later skill of the family."""
    skill = skill_of(finding(PAY), finding(AIRPLANE))
    refusal = refused_rules(skill, skill.rules[:1], "no", WHEN)
    assert refusal is not None
    left = Refusals([refusal]).without_rules(skill)
    assert [rule.text for rule in left.rules] == [skill.rules[1].text]
    assert Refusals([]).without_rules(skill) == skill
    assert refused_rules(skill, (), "no", WHEN) is None


def test_the_basis_names_no_trace() -> None:
    """Equal for equal traces, and nothing can be read out of it."""
    assert basis(("a", "b")) == basis(["a", "b"])
    assert basis(("a", "b")) != basis(("a",))
    assert "a1b2c3d4e5f60718" not in basis(("a1b2c3d4e5f60718",))
