"""Whether a run is a skill's business at all."""

from collections.abc import Sequence

from trace2skill.skills.anatomy import actions_of, patterns_of
from trace2skill.skills.checks import Check
from trace2skill.skills.model import Skill
from trace2skill.traces.model import Trace


def foreign(skill: Skill, rules: Sequence[Check], trace: Trace, family: str | None) -> str:
    """Why the skill cannot apply to the run, told before any rule is checked; empty where it can.

    Args:
        skill: The skill.
        rules: Its measured rules.
        trace: The run.
        family: The run's task family, if known.
    """
    if family and family != skill.family:
        return f"a run of the task family {family}"
    if skill.domain and trace.domain and trace.domain != skill.domain:
        return f"a run of the domain {trace.domain}"
    acts = any(actions_of(rule.finding.claim) for rule in rules)
    named = {action.tool for rule in rules for action in patterns_of(rule.finding.claim)}
    used = {step.action.tool for step in trace.steps if step.action}
    return "uses none of the skill's tools" if acts and "*" not in named and not named & used else ""
