"""The lift tests of a family, and the choices they are laid out from."""

from random import Random

from tests.building import act, run
from trace2skill.claims.model import ActionPattern, Avoid, Milestones
from trace2skill.evidence.statistics import FDR_LEVEL
from trace2skill.mining.analyse import analyse
from trace2skill.mining.lifts import family_tests
from trace2skill.mining.pool import Pool
from trace2skill.mining.roster import ROSTER, Analyst
from trace2skill.traces.model import Label, Outcome, Trace


def shop(tasks: int, *, matters: bool) -> list[Trace]:
    """Four runs a task that pay after checking or without; where it matters, those that checked succeed."""
    draw = Random(7)
    runs = []
    for task in range(tasks):
        for trial in range(4):
            checks = trial % 2 == 0
            steps = [act("open", {"shop": "open"})]
            steps += [act("weigh", {"weight": "light"})] if checks else [act("sing", "la")]
            steps += [act("pay", "ok")]
            success = checks if matters else draw.random() < 0.5
            runs.append(run(*steps, name=f"{task}-{trial}", key=f"task {task}", success=success))
    return runs


def test_what_is_laid_out_does_not_depend_on_which_runs_succeeded() -> None:
    """Outcomes swapped within tasks leave the choices as they are."""
    runs = shop(6, matters=True)
    swapped = [
        each.model_copy(update={"outcome": Outcome(label=Label.FAILURE if at % 2 == 0 else Label.SUCCESS)})
        for at, each in enumerate(runs)
    ]
    assert laid_out(runs) == laid_out(swapped)


def laid_out(traces: list[Trace]) -> set[str]:
    """Every choice with its code for each run, by the run's id."""
    pool = Pool("shop", traces)
    names = [view.trace.id for view in pool.views]
    choices = [choice for analyst in ROSTER if analyst.choices for choice in analyst.choices(pool)]
    return {f"{claim} {sorted(zip(names, codes.tolist(), strict=True))}" for claim, codes in choices}


def test_a_planted_cause_is_found_and_earns_its_tier() -> None:
    """Weighing, and not singing, before paying decides the outcome in each of eight tasks."""
    pool = Pool("shop", shop(8, matters=True))
    findings = [finding for analyst in ROSTER for finding in analyse(analyst, pool).findings]
    significant = [each for each in findings if each.q is not None and each.q < FDR_LEVEL]
    assert {each.tier for each in significant} == {"mined"}
    claims = [each.claim for each in significant]
    assert Avoid(action=ActionPattern(tool="sing")) in claims
    assert Milestones(actions=tuple(ActionPattern(tool=tool) for tool in ("open", "weigh", "pay"))) in claims


def test_where_nothing_matters_nothing_is_significant() -> None:
    """The same runs with outcomes drawn by lot."""
    tests = family_tests(Pool("shop", shop(8, matters=False)))
    assert tests.results
    assert all(test.q >= FDR_LEVEL for test in tests.results.values())


def test_everything_tested_is_kept() -> None:
    """One claim for each tested trace set is among the findings or the rejected, with its test."""
    pool = Pool("shop", shop(8, matters=False))
    told = set()
    for analyst in ROSTER:
        analysis = analyse(analyst, pool)
        for finding in [*analysis.findings, *(each.finding for each in analysis.rejected)]:
            told |= {finding.test} if finding.test else set()
    assert told == set(family_tests(pool).results.values())


def test_an_analyst_without_choices_takes_no_tests_from_others() -> None:
    """Its claims are measured; their lift is tested only where another's choice splits the runs alike."""
    silent = Analyst("silent", "nothing", lambda _: [])
    pool = Pool("shop", shop(8, matters=True))
    with_it = family_tests(pool, (*ROSTER, silent))
    assert set(with_it.results) == set(family_tests(pool).results)
