"""Which rules of a skill bind."""

import pytest

from tests.skills.findings import AIRPLANE, EXCELLENT, HARMS, RETRY, TOGGLE, agent, fact, finding, user
from tests.skills.rules import skill_of
from trace2skill.claims.model import AllOf, AnyOf, Guard, Known, Rule
from trace2skill.conformance.checks import MIN_HOLD, Check, checks
from trace2skill.conformance.model import Role
from trace2skill.evidence.finding import Finding
from trace2skill.evidence.rows import Contrast, Tier


def check_of(only: Finding) -> Check:
    """The check of a skill's only rule."""
    (check,) = checks(skill_of(only), MIN_HOLD)
    return check


@pytest.mark.parametrize(
    ("only", "role"),
    [
        pytest.param(finding(AIRPLANE, held=12, opportunities=14), Role.BINDING, id="steady"),
        pytest.param(finding(AIRPLANE, held=4, opportunities=5), Role.ADVICE, id="too few"),
        pytest.param(finding(AIRPLANE, held=8, opportunities=14), Role.ADVICE, id="too loose"),
        pytest.param(finding(AIRPLANE, tier=Tier.HYPOTHESIS), Role.ADVICE, id="hypothesis"),
        pytest.param(finding(AIRPLANE, tier=Tier.HYPOTHESIS, lift=HARMS), Role.BINDING, id="warning"),
        pytest.param(finding(RETRY, held=2, opportunities=14), Role.BINDING, id="prohibition"),
        pytest.param(finding(EXCELLENT), Role.BINDING, id="stop condition"),
        pytest.param(finding(TOGGLE), Role.WORLD, id="effect"),
    ],
)
def test_the_evidence_decides_the_role(only: Finding, role: Role) -> None:
    """A rule binds when runs surely kept it more often than not; what runs cannot keep is the world's."""
    assert check_of(only).role is role


def test_a_warning_was_followed_where_its_claim_broke() -> None:
    """12 of 14 runs kept the claim, so two followed the warning."""
    check = check_of(finding(AIRPLANE, lift=HARMS))
    assert check.warns
    assert check.known == (2, 14)


def test_a_condition_that_always_goes_with_its_action_is_required_for_it() -> None:
    """12 of 12 occasions had the condition: the action asks for it, where it is known."""
    sure = Contrast(hits=12, trials=14, other_hits=0, other_trials=20)
    assert check_of(finding(AIRPLANE, association=sure)).converse == Guard(
        action=AIRPLANE.then,
        require=AnyOf(parts=(AIRPLANE.when,)),
        scope=AllOf(parts=(Known(key="status_bar"),)),
    )


@pytest.mark.parametrize(
    "association",
    [
        None,
        Contrast(hits=12, trials=14, other_hits=12, other_trials=20),
        Contrast(hits=2, trials=2, other_hits=0, other_trials=20),
        Contrast(hits=12, trials=14),
    ],
)
def test_without_such_evidence_nothing_is_required(association: Contrast | None) -> None:
    """Done otherwise too, seen too seldom, or never known otherwise."""
    assert check_of(finding(AIRPLANE, association=association)).converse is None


def test_another_rule_may_call_for_the_action() -> None:
    """Either condition will do; a rule for other arguments is no rival."""
    sure = Contrast(hits=12, trials=14, other_hits=0, other_trials=20)
    first = Rule(when=fact("mode", "2g"), then=user("set_mode", mode="4g"))
    second = Rule(when=fact("signal", "none"), then=user("set_mode", mode="4g"))
    other = Rule(when=fact("mode", "4g"), then=user("set_mode", mode="2g"))
    skill = skill_of(
        finding(first, association=sure), finding(second, association=sure), finding(other, association=sure)
    )
    converse = checks(skill, MIN_HOLD)[0].converse
    assert converse is not None
    assert converse.require == AnyOf(parts=(first.when, second.when))


def test_a_tool_of_another_actor_is_no_rival() -> None:
    """What the agent does is not called for by a rule on the user."""
    sure = Contrast(hits=12, trials=14, other_hits=0, other_trials=20)
    theirs = Rule(when=fact("mode", "2g"), then=user("reset"))
    ours = Rule(when=fact("mode", "3g"), then=agent("reset").model_copy(update={"actor": "agent"}))
    converse = checks(skill_of(finding(theirs, association=sure), finding(ours)), MIN_HOLD)[0].converse
    assert converse is not None
    assert converse.require == AnyOf(parts=(theirs.when,))
