"""Explains to the user why a family gives no skill, and estimates how many runs would be enough."""

from collections.abc import Collection, Sequence

from trace2skill.claims.model import Rule
from trace2skill.evidence.rows import Practice, TraceFacts
from trace2skill.evidence.statistics import worth_imitating
from trace2skill.evidence.tiers import DEFAULT, runs_needed
from trace2skill.mining.judge import Rejected
from trace2skill.mining.wanting import FEW_RUNS
from trace2skill.wording.evidence import count

_MANY_TASKS = f"on {DEFAULT.min_tasks} or more tasks per action"


def shortfall(facts: Collection[TraceFacts], rejected: Sequence[Rejected]) -> str:
    """One line: the runs at hand, the objection to the most promising rejected rule, and the runs needed.

    Args:
        facts: The facts of the family's traces.
        rejected: The rejected findings.
    """
    mined = {fact.trace: fact for fact in facts if not fact.held_out}
    worth = worth_imitating(mined)
    good = [fact for fact in mined.values() if fact.label == worth]
    ground = f"{count(len(good), 'good run')} on {count(len({fact.stratum for fact in good}), 'task')}"
    if len(good) < len(mined):
        ground = f"{ground}, of {count(len(mined), 'run')} in all"
    tried = [each for each in rejected if isinstance(each.finding.claim, Rule)]
    if not good:
        return f"{ground}; there is nothing to imitate; {_about(FEW_RUNS)}"
    if not rejected:
        return f"{ground}; no action recurs on enough of them; {_about(FEW_RUNS)}"
    likeliest = min(tried or rejected, key=_unlikely)
    why = f"no condition can be told from chance (the likeliest rule: {likeliest.reason})"
    return f"{ground}; {why if tried else likeliest.reason}; {_enough(likeliest, len(good))}"


def _enough(likeliest: Rejected, good: int) -> str:
    association = likeliest.finding.summary.association
    if good < FEW_RUNS or association is None:
        return _about(FEW_RUNS)
    if not association.other_trials:
        return "good runs in which the action is not called for are needed"
    needed = runs_needed(association, likeliest.finding.selection)
    return _about(needed) if needed else "more runs that do the same are needed"


def _about(runs: int) -> str:
    return f"about {runs} good runs {_MANY_TASKS} are needed"


def _unlikely(rejected: Rejected) -> tuple[float, int, str]:
    practice: Practice = rejected.finding.summary.practice
    return -practice.rate, -practice.kept, rejected.finding.id
