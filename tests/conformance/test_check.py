"""Runs against a skill."""

import orjson
import pytest

from tests.building import act, run
from tests.skills.findings import agent, fact, finding
from tests.skills.rules import skill_of
from trace2skill.claims.model import Avoid, Effect, Rule
from trace2skill.conformance.check import conform
from trace2skill.conformance.model import Conformance, Role, TraceConformance, Verdict
from trace2skill.evidence.rows import Tier
from trace2skill.skills.model import Skill
from trace2skill.traces.model import Trace, rebuild

UNLOCK = Rule(when=fact("door.status", "locked"), then=agent("unlock"))
KICK = Avoid(action=agent("kick"))
OPENS = Effect(action=agent("unlock"), after=fact("door.status", "open"))
SKILL = skill_of(finding(UNLOCK), finding(OPENS))


def door(*tools: str, status: str = "locked", name: str = "t") -> Trace:
    """A run that looks at a door, then calls these tools."""
    look = act("look", {"door_id": "D1", "status": status})
    return run(look, *(act(tool) for tool in tools), name=name)


def only(skill: Skill, trace: Trace, **options: object) -> TraceConformance:
    """What becomes of one run."""
    (found,) = conform(skill, [trace], **options).traces  # type: ignore[arg-type]
    return found


def test_a_run_that_kept_every_binding_rule_followed() -> None:
    """The rule was due once."""
    found = only(SKILL, door("unlock"))
    assert (found.verdict, found.deviations) == (Verdict.FOLLOWED, ())
    assert (found.rules[0].rule, found.rules[0].followed, found.rules[0].broken) == ("R1", 1, 0)


def test_a_run_that_left_one_deviated() -> None:
    """The report names rules and steps, in the order of the steps."""
    found = only(skill_of(finding(KICK), finding(UNLOCK)), door("wait", "kick"))
    assert found.verdict is Verdict.DEVIATED
    assert [(one.rule, one.step) for one in found.deviations] == [("R2", 1), ("R1", 2)]


@pytest.mark.parametrize(
    ("trace", "reason"),
    [
        pytest.param(door("unlock", status="open"), "no rule had an opportunity", id="nothing due"),
        pytest.param(door("fly"), "uses none of the skill's tools", id="tools"),
        pytest.param(rebuild(door("unlock"), family="lamps"), "a run of the task family lamps", id="family"),
        pytest.param(rebuild(door("unlock"), domain="air"), "a run of the domain air", id="domain"),
    ],
)
def test_what_is_not_the_skills_business_is_not_applicable(trace: Trace, reason: str) -> None:
    """With the reason; it counts neither for nor against."""
    found = conform(SKILL.model_copy(update={"domain": "house"}), [trace])
    assert (found.traces[0].verdict, found.traces[0].reason) == (Verdict.NOT_APPLICABLE, reason)
    assert found.drift.overall.trials == 0
    assert found.rules[0].traces_idle == 0


def test_a_family_known_better_beats_the_traces_own() -> None:
    """By trace hash."""
    trace = rebuild(door("unlock"), family="lamps")
    assert only(SKILL, trace, families={trace.hash: "mobile data"}).verdict is Verdict.FOLLOWED


def test_advice_is_counted_but_never_left() -> None:
    """A hypothesis makes no deviation."""
    skill = skill_of(finding(UNLOCK, tier=Tier.HYPOTHESIS), finding(KICK))
    found = conform(skill, [door("unlock", name="good"), door("wait", "unlock", "kick", name="bad")])
    assert [trace.verdict for trace in found.traces] == [Verdict.FOLLOWED, Verdict.DEVIATED]
    idle = conform(skill, [door("kick_not", "unlock"), door("wait", name="idle"), door("kick", name="kick")])
    assert [rule.role for rule in idle.rules] == [Role.ADVICE, Role.BINDING]
    assert [one.rule for trace in idle.traces for one in trace.deviations] == ["R2"]
    assert idle.rules[0].traces_broken == 1


def test_a_lower_bar_binds_more() -> None:
    """Four of five bind no one unless asked to."""
    skill = skill_of(finding(UNLOCK, held=4, opportunities=5), finding(KICK))
    assert [one.rule for one in only(skill, door("kick")).deviations] == ["R2"]
    assert [one.rule for one in only(skill, door("kick"), min_hold=0.3).deviations] == ["R1", "R2"]


def test_each_rule_is_compared_with_its_evidence() -> None:
    """12 of 14 when it was distilled, 0 of 6 now: it holds less. The effect was never seen again."""
    skill = skill_of(finding(UNLOCK), finding(OPENS), finding(KICK), notes=("Be polite.",))
    runs = [door("kick", name=f"t{number}") for number in range(6)]
    unlock, opens, kick, note = conform(skill, runs).rules
    assert unlock.known is not None
    assert unlock.now is not None
    assert (unlock.known.hits, unlock.known.trials) == (12, 14)
    assert (unlock.now.hits, unlock.now.trials) == (0, 6)
    assert unlock.weaker
    assert (unlock.traces_followed, unlock.traces_broken, unlock.traces_idle) == (0, 6, 0)
    assert (opens.role, opens.traces_idle, opens.weaker, opens.p) == (Role.WORLD, 6, False, None)
    assert kick.role is Role.BINDING
    assert (note.role, note.tier, note.now) == (Role.NOTE, Tier.CITED, None)


def test_a_skill_followed_less_and_less_is_stale() -> None:
    """Four runs that unlock, four that kick."""
    skill = skill_of(finding(UNLOCK), finding(KICK))
    runs = [door("unlock", name=f"a{n}") for n in range(4)] + [door("kick", name=f"b{n}") for n in range(4)]
    assert conform(skill, runs).drift.verdict == "stale"


def test_a_surprise_is_no_deviation() -> None:
    """Unlocking did not open the door."""
    look = act("look", {"door_id": "D1", "status": "locked"})
    found = only(SKILL, run(look, act("unlock"), look))
    assert [one.rule for one in found.surprises] == ["R2"]
    assert all(one.rule != "R2" for one in found.deviations)


def test_a_skill_of_notes_applies_to_nothing() -> None:
    """No rule can be due."""
    assert only(skill_of(notes=("Be polite.",)), door("unlock")).verdict is Verdict.NOT_APPLICABLE


def test_it_survives_json() -> None:
    """Written and read again it is the same."""
    found = conform(SKILL, [door("unlock"), door("knock"), door("fly")])
    again = Conformance.model_validate_json(orjson.dumps(found.model_dump(mode="json")))
    assert again == found
