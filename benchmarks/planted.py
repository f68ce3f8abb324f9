"""Runs with one cause planted among things that do not matter, and how often it is found."""

from collections.abc import Iterator, Sequence

import numpy as np

from trace2skill.claims.model import Claim
from trace2skill.evidence.measure import measure
from trace2skill.evidence.statistics import FDR_LEVEL
from trace2skill.mining.lifts import family_tests
from trace2skill.mining.pool import Pool, trace_facts
from trace2skill.mining.pool_summary import RowTester, summarised
from trace2skill.traces.model import Action, Actor, Label, Outcome, Step, Trace

TRIALS = 4
NULLS = 12
"""Things that planted runs do at random, none of which matters, beside the one that does."""


def planted(tasks: int, seed: int) -> list[Trace]:
    """Runs that do `cause` and a dozen idle things by the toss of a coin, then finish.

    Tasks differ in difficulty (log odds, standard deviation 1); the cause multiplies the odds by ten.
    """
    draw = np.random.default_rng(seed)
    runs = []
    for task in range(tasks):
        base = draw.normal(0.0, 1.0)
        for trial in range(TRIALS):
            does = draw.random(1 + NULLS) < 0.5
            odds = np.exp(base + np.log(10) * (does[0] - 0.5))
            names = ["cause", *(f"idle_{number}" for number in range(NULLS))]
            done = [name for name, chosen in zip(names, does, strict=True) if chosen]
            runs.append(
                _run(f"{task}-{trial}", f"task {task}", done, success=draw.random() < odds / (1 + odds))
            )
    return runs


def _run(name: str, task: str, done: Sequence[str], *, success: bool) -> Trace:
    steps = tuple(
        Step(index=at, actor=Actor.AGENT, action=Action(tool=tool), observation="done")
        for at, tool in enumerate([*done, "finish"])
    )
    outcome = Outcome(label=Label.SUCCESS if success else Label.FAILURE)
    return Trace(id=name, task=task, task_key=task, steps=steps, outcome=outcome)


def power_table(pools_each: int) -> Iterator[str]:
    """How often a cause with an odds ratio of ten is found, among things that do not matter."""
    yield "| planted, odds ratio 10 | pools | found at q < .1 | false among those found | trace sets tested |"
    yield "|---|---|---|---|---|"
    for tasks in (25, 50):
        hits, false, tested = 0, [], []
        for seed in range(pools_each):
            runs = planted(tasks, seed)
            pool = Pool("planted", runs)
            tests = family_tests(pool)
            chosen = [claim for claims in tests.chosen.values() for claim in claims]
            found = ["cause" in str(claim) for claim in chosen if _q(pool, claim) < FDR_LEVEL]
            hits += any(found)
            false.append(found.count(False) / max(1, len(found)))
            tested.append(len(tests.results))
        rates = f"{hits / pools_each:.2f} | {np.mean(false):.2f} | median {np.median(tested):.0f}"
        yield f"| {tasks} tasks of {TRIALS} runs | {pools_each} | {rates} |"
    yield "\nSimulated for 20 preselected claims, 25 and 50 tasks: .78 and .98."


def _q(pool: Pool, claim: Claim) -> float:
    facts = {trace.hash: trace_facts(trace, pool.family) for trace in pool.traces}
    stone = RowTester(summarised(pool), facts, pool.stratified_by)
    test = stone.test(claim, stone.codes(list(measure([claim], pool.traces))))
    return test.q if test else 1.0
