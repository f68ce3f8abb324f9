"""Grades what a model proposes by the outcome of the runs that keep to it.

A model's proposal is a hypothesis about what separates good runs from failed ones, made from runs whose
outcome it saw. So it is tested on tasks whose runs it was not shown, where there are any; otherwise the same
runs can only say that it is worth exploring.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from trace2skill.claims.model import Avoid, Claim, Closing, Compare, Constant, Effect, Guard, Rule, Term
from trace2skill.claims.model import Sequence as SequenceClaim
from trace2skill.claims.traversal import leaves_of, parts_of
from trace2skill.evidence.rows import Contrast, Grade, LiftTest, Row, Summary, TraceFacts
from trace2skill.evidence.statistics import FDR_LEVEL, LEVEL, Stratification, fdr, outcome_contrast
from trace2skill.evidence.tiers import DEFAULT, raises_success

_LEAST_TASKS = 2

Strata = frozenset[str]


class Graded(NamedTuple):
    """A grade, the success that it rests on, and the test on tasks that the model was not shown."""

    grade: Grade | None = None
    outcome: Contrast | None = None
    test: LiftTest | None = None


UNGRADED = Graded()


def grade_by_outcome(
    claims: Mapping[str, Claim],
    rows: Mapping[str, Sequence[Row]],
    facts: Mapping[str, TraceFacts],
    shown: Mapping[str, Strata],
    by: Stratification,
) -> dict[str, Graded]:
    """What a model's claims earn by the outcome of runs, by claim id.

    The p-values of all claims that can be tested on other tasks are adjusted together (Benjamini and
    Hochberg). What holds at the end of a run is no cause, so that a closing claim is never separating.

    Args:
        claims: The claims by id.
        rows: Their rows by id.
        facts: The runs by hash, held-out ones included.
        shown: For each of the model's claims the tasks that the model was shown when it proposed the claim.
        by: The strata within which runs are compared.
    """
    fresh: dict[str, Contrast] = {}
    tasks: dict[str, int] = {}
    for name in sorted(shown):
        others = {trace: fact for trace, fact in facts.items() if fact.stratum not in shown[name]}
        found = outcome_contrast(claims[name], rows[name], others, by)
        if found and found.p is not None and not isinstance(claims[name], Closing | Effect):
            fresh[name] = found
            tasks[name] = len({others[row.trace].stratum for row in rows[name] if row.trace in others})
    adjusted = dict(zip(fresh, fdr([each.p for each in fresh.values()]), strict=True))
    graded: dict[str, Graded] = {}
    for name in sorted(shown):
        test = None
        if name in fresh:
            p, q = fresh[name].p, adjusted[name]
            assert p is not None
            assert q is not None
            test = LiftTest(p=p, q=q, among=len(fresh), tasks=tasks[name], preselected=True)
        if test and test.q < FDR_LEVEL and _better(fresh[name]):
            graded[name] = Graded(Grade.SEPARATING, fresh[name], test)
            continue
        mined = {trace: fact for trace, fact in facts.items() if not fact.held_out}
        whole = outcome_contrast(claims[name], rows[name], mined, by)
        contradicted = name in fresh and not _better(fresh[name])
        telling = whole is not None and whole.p is not None and whole.p < LEVEL and _better(whole)
        world = isinstance(claims[name], Effect)
        explores = telling and not (contradicted or world or _rests_on_one_number(claims[name]))
        graded[name] = Graded(Grade.EXPLORATORY, whole, test) if explores else Graded(test=test)
    return graded


def is_habit(claim: Claim, summary: Summary, calls_for: Sequence[Rule]) -> bool:
    """Whether good runs keep to a claim, no run shows what happens otherwise, and no rule says the same.

    Args:
        claim: The claim; what is merely not done by anyone is no habit.
        summary: Its summary.
        calls_for: The decision list; a guard whose condition is part of a rule for its action repeats it.
    """
    practice = summary.practice
    if practice.rate < DEFAULT.min_kept or practice.tasks < _LEAST_TASKS:
        return False
    if summary.lift is not None and raises_success(summary.lift) is False:
        return False
    match claim:
        case Guard(action=action, require=require):
            rules = [rule for rule in calls_for if rule.then.tool == action.tool]
            return not any(set(parts_of(require)) <= set(parts_of(rule.when)) for rule in rules)
        case SequenceClaim():
            return summary.support.traces >= DEFAULT.min_chain * summary.support.due
        case Rule() | Avoid() | Effect():
            return False
        case _:
            return True


def _rests_on_one_number(claim: Claim) -> bool:
    """Whether a condition asks for one exact number, which fits a few runs by accident."""
    leaves = (leaf for leaf in leaves_of(claim) if isinstance(leaf, Compare) and leaf.operator in {"=", "!="})
    return any(_is_number(leaf.left) or _is_number(leaf.right) for leaf in leaves)


def _is_number(term: Term) -> bool:
    return isinstance(term, Constant) and isinstance(term.value, int | float) and term.value not in {0, 1}


def _better(contrast: Contrast) -> bool:
    return contrast.hits * contrast.other_trials > contrast.other_hits * contrast.trials
