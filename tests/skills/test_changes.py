"""In how many good runs the rules of a skill account for all that was changed."""

from tests.building import act, run
from tests.skills.findings import agent, fact, finding
from trace2skill.claims.model import Rule
from trace2skill.evidence.policy import Policy
from trace2skill.evidence.rows import Tier
from trace2skill.skills.changes import nothing_else
from trace2skill.skills.compose import compose
from trace2skill.skills.model import Skill
from trace2skill.skills.playbook import PlaybookPart, playbook
from trace2skill.traces.model import Step, Trace

SLOW = Rule(when=fact("line.speed", "slow"), then=agent("set_mode", mode="fast"))
LINE = "In good runs nothing else was changed."


def mended(*more: Step, number: int = 0, success: bool = True) -> Trace:
    """A run that looks, sets the mode, and perhaps does more."""
    steps = (act("get_line", {"line_id": "L1", "speed": "slow"}), act("set_mode", "ok", mode="fast"), *more)
    return run(*steps, name=f"{number} {success}", key=f"task {number}", success=success)


def skill(*runs: Trace) -> Skill:
    """A skill of one rule; an executor follows the same."""
    return compose("lines", [finding(SLOW, tier=Tier.MINED)], runs, policy=Policy(rules=(SLOW,)))


def test_runs_that_did_no_more_are_counted() -> None:
    """Readings change nothing; another mode, another tool and failed runs are told apart."""
    runs = [mended(act("check_speed", "fast"), number=at) for at in range(18)]
    failed = mended(act("sell_line", "sold"), number=30, success=False)
    other = mended(act("set_mode", "ok", mode="slow"), number=18)
    made = skill(*runs, failed, other)
    assert nothing_else(made) == (18, 19)
    assert f"\n\n{LINE} [18 of 19 runs]\n" in playbook(made), "a paragraph, not the end of the last line"


def test_nothing_is_said_of_few_runs_or_where_many_did_more() -> None:
    """Nine runs; or two of twelve in which a tool was called that no rule names, and that is nowhere kept."""
    few = [mended(number=at) for at in range(9)]
    assert nothing_else(skill(*few)) is None
    some = [mended(*[act("send_gift", "ok")] * (at < 2), number=at) for at in range(12)]
    made = skill(*some)
    assert nothing_else(made) is None
    assert LINE not in playbook(made)
    assert "send_gift" not in made.changes.model_dump_json()


def test_a_rule_that_goes_is_no_longer_accounted_for() -> None:
    """Without its rule a skill does not say that good runs did nothing else; nor does a part of it."""
    made = skill(*(mended(number=at) for at in range(12)))
    assert LINE in playbook(made)
    assert LINE not in playbook(made, PlaybookPart())
    assert nothing_else(made.model_copy(update={"rules": ()})) is None


def test_a_skill_without_it_keeps_its_digest() -> None:
    """Skills of before, and those by hand, have no such field."""
    assert "changes" not in skill(mended(success=False)).model_dump()
