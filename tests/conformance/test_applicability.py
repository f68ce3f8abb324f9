"""Whether a run is a skill's business."""

import pytest

from tests.building import act, run
from tests.skills.findings import EXCELLENT, RETRY, agent, finding
from tests.skills.rules import skill_of
from trace2skill.claims.model import Avoid
from trace2skill.conformance.checks import MIN_HOLD, checks, foreign
from trace2skill.skills.model import Skill
from trace2skill.traces.model import rebuild

BOOKING = skill_of(finding(RETRY), domain="airline")


def why_not(skill: Skill, tool: str, *, domain: str | None = None, family: str | None = None) -> str:
    """Of a run that calls one tool."""
    trace = rebuild(run(act(tool)), domain=domain)
    return foreign(skill, checks(skill, MIN_HOLD), trace, family)


@pytest.mark.parametrize(
    ("domain", "family"), [(None, None), ("airline", None), ("airline", "mobile data"), (None, "mobile data")]
)
def test_what_is_unknown_speaks_against_nothing(domain: str | None, family: str | None) -> None:
    """Only what differs does."""
    assert why_not(BOOKING, "book_reservation", domain=domain, family=family) == ""


def test_the_first_reason_found_is_given() -> None:
    """Family, then domain, then tools."""
    assert why_not(BOOKING, "fly", domain="rail", family="trains") == "a run of the task family trains"
    assert why_not(BOOKING, "fly", domain="rail") == "a run of the domain rail"
    assert why_not(BOOKING, "fly", domain="airline") == "uses none of the skill's tools"


def test_a_rule_on_any_tool_or_none_is_everybodys_business() -> None:
    """A wildcard; and a stop condition, which names no action."""
    assert why_not(skill_of(finding(Avoid(action=agent("*")))), "fly") == ""
    assert why_not(skill_of(finding(EXCELLENT)), "fly") == ""
