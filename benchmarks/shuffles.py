"""Outcomes shuffled, mining rerun: how often is something found where there is nothing to find?"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.real_sets import findings, pools, traces_of
from trace2skill.evidence.finding import Finding
from trace2skill.evidence.statistics import FDR_LEVEL, LEVEL
from trace2skill.traces.model import Trace, rebuild

SHUFFLED = ("airline", "telecom")


class Found(NamedTuple):
    """What mining comes to on one set, of claims about outcomes that are no stop conditions.

    `claims` were proposed and measured; `tests` are the trace sets tested; `lifts` the claims that were
    tested and came out at q < .1, `at_all` those with p < .05 whether they were tested or not, which is what
    one would report who tests what was chosen by its outcomes.
    """

    claims: int
    tests: int
    lifts: int
    at_all: int

    @classmethod
    def of(cls, found: Sequence[Finding]) -> "Found":
        """The counts over these findings."""
        causes = [each for each in found if each.summary.lift and not each.stop_condition]
        lifts = [each.summary.lift for each in causes if each.summary.lift]
        tests = {(each.family, each.test) for each in causes if each.test}
        return cls(
            len(causes),
            len(tests),
            sum(each.q is not None and each.q < FDR_LEVEL for each in causes),
            sum(lift.p is not None and lift.p < LEVEL for lift in lifts),
        )


def shuffle_table(folder: Path, shuffles: int, workers: int) -> Iterator[str]:
    """For each set: what is found as it is, and in how many shuffles anything is."""
    yield (
        f"| outcomes shuffled within | shuffles | any lift at q < {FDR_LEVEL} | any p < {LEVEL} of its own "
        "| claims mined | lifts unshuffled |"
    )
    yield "|---|---|---|---|---|---|"
    with ProcessPoolExecutor(workers, get_context("spawn")) as executor:
        for name in SHUFFLED:
            traces = traces_of(folder, name)
            strata = strata_of(traces)
            real = Found.of([each for pool in pools(traces) for each in findings(pool)])
            rerun = partial(mined_again, traces, strata)
            results = list(executor.map(rerun, range(shuffles), chunksize=5))
            cells = [
                f"{name}, {len(set(strata.values()))} strata",
                shuffles,
                sum(found.lifts > 0 for found in results),
                sum(found.at_all > 0 for found in results),
                f"median {np.median([found.claims for found in results]):.0f}",
                real.lifts,
            ]
            yield f"| {' | '.join(map(str, cells))} |"


def strata_of(traces: Sequence[Trace]) -> dict[str, str]:
    """Within what each run, by its hash, is compared: its task, or its family where tasks do not repeat."""
    return {
        trace.hash: trace.stratum if pool.stratified_by == "task" else pool.family
        for pool in pools(traces)
        for trace in pool.traces
    }


def mined_again(traces: Sequence[Trace], strata: Mapping[str, str], seed: int) -> Found:
    """What all analysts find once the outcomes are shuffled: families, pools, claims and tests anew."""
    dealt = shuffled(traces, strata, seed)
    return Found.of([finding for pool in pools(dealt) for finding in findings(pool)])


def shuffled(traces: Sequence[Trace], strata: Mapping[str, str], seed: int) -> list[Trace]:
    """The same runs with the outcomes of each stratum dealt out anew; the seed settles how."""
    draw = np.random.default_rng(seed)
    runs: defaultdict[str, list[Trace]] = defaultdict(list)
    for trace in sorted(traces, key=lambda each: each.hash):
        runs[strata[trace.hash]].append(trace)
    result = []
    for stratum in sorted(runs):
        order = draw.permutation(len(runs[stratum]))
        outcomes = [runs[stratum][at].outcome for at in order]
        result += [
            rebuild(trace, outcome=outcome) for trace, outcome in zip(runs[stratum], outcomes, strict=True)
        ]
    return result
