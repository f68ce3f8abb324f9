"""Plant deviations into clean runs and count how many a conformance check finds, and at the right step.

    python -m benchmarks.conformance [--splits N] [--planted N] [--one-family]

For each split of the bundled telecom tasks in two halves, skills are distilled from every run on one half.
The gold runs on the other half are checked as they are, for false alarms, and with one deviation planted
each, in the two ways that `planting.py` describes.

- *named*: some rule of the skill names the planted action; without one nothing can be found;
- *noticed*: the check shows a deviation that it does not show for the clean run;
- *right rule*: one of these is about the planted action;
- *right step*: of these, one covers the place where it was planted or is missing. An omission is shown as a
  span from where the action was due to where it was too late; *width* is the median length of the spans.
"""

import argparse
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from statistics import median
from typing import NamedTuple

from benchmarks.planting import WAYS, Ground, Planted, plant
from trace2skill import distill, read_traces
from trace2skill.conformance.check import conform
from trace2skill.conformance.checks import MIN_HOLD
from trace2skill.conformance.model import Deviation, TraceConformance, Verdict
from trace2skill.mining.families import members
from trace2skill.skills.model import Skill
from trace2skill.store.library import Library
from trace2skill.traces.model import Label, Trace, rebuild

RECORDING = Path(__file__).resolve().parents[1] / "examples" / "telecom" / "traces.jsonl"
BARS = (0.0, MIN_HOLD, 0.6, 0.7)


class Outcome(NamedTuple):
    """What the check made of a planted deviation; `width` is that of the shortest right span."""

    kind: str
    named: bool
    noticed: bool
    right_rule: bool
    right_step: bool
    width: int


def gold(trace: Trace) -> bool:
    """Whether the run did what the benchmark demands."""
    return trace.id.endswith("a")


def split(traces: Sequence[Trace], seed: int) -> list[tuple[Skill, Trace]]:
    """Distil from half of the tasks; the runs on the other half, each with the skill of its family."""
    keys = sorted({trace.stratum for trace in traces})
    Random(seed).shuffle(keys)  # noqa: S311 - reproducible, no secret
    half = set(keys[: len(keys) // 2])
    train = [trace for trace in traces if trace.stratum in half]
    held = [trace for trace in traces if trace.stratum not in half]
    with tempfile.TemporaryDirectory() as scratch:
        distill(train, library=scratch)
        with Library(scratch, create=False) as library:
            skills = [stored.skill for stored in library.skills()]
    return [pair for skill in skills for pair in _with_runs(skill, train, held)]


def _with_runs(skill: Skill, train: Sequence[Trace], held: Sequence[Trace]) -> Iterator[tuple[Skill, Trace]]:
    own = [trace for trace in train if trace.hash in skill.traces]
    others = [trace for trace in train if trace.hash not in skill.traces]
    families = members(skill.family, own, [*others, *held])
    for trace in held:
        if families[trace.hash] == skill.family:
            yield skill, trace


def checked(skill: Skill, trace: Trace, bar: float) -> TraceConformance:
    """One run of the skill's family, checked."""
    return conform(skill, [trace], families={trace.hash: skill.family}, min_hold=bar).traces[0]


def judge(ground: Ground, planted: Planted, bar: float) -> Outcome:
    """Whether the check finds what was planted."""
    before = Counter(
        (one.rule, one.kind, planted.moved.get(one.step))
        for one in checked(ground.skill, ground.trace, bar).deviations
    )
    new: list[Deviation] = []
    for one in checked(ground.skill, planted.trace, bar).deviations:
        key = (one.rule, one.kind, one.step)
        if before[key]:
            before[key] -= 1
        else:
            new.append(one)
    name = re.compile(rf"\b({'|'.join(planted.tools)})\b")
    about = [one for one in new if name.search(f"{one.expected} {one.done}")]
    there = [one for one in about if any(one.step <= place <= one.until for place in planted.places)]
    return Outcome(
        kind=planted.kind,
        named=any(name.search(rule.text) for rule in ground.skill.rules),
        noticed=bool(new),
        right_rule=bool(about),
        right_step=bool(there),
        width=min((one.until - one.step + 1 for one in there), default=0),
    )


def accused(pairs: Sequence[tuple[Skill, Trace]], bar: float) -> str:
    """How many of the runs to which the skill applies are said to deviate."""
    verdicts = Counter(checked(skill, trace, bar).verdict for skill, trace in pairs)
    left = verdicts[Verdict.DEVIATED]
    return f"{left} of {left + verdicts[Verdict.FOLLOWED]}"


def rows(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """A table line for each kind, and one for all."""
    for kind in [*dict.fromkeys(sorted(one.kind for one in outcomes)), "all"]:
        of = [one for one in outcomes if kind in {one.kind, "all"}]
        counts = [sum(column) for column in list(zip(*of, strict=True))[1:5]]
        widths = [one.width for one in of if one.right_step]
        width = f"{median(widths):g}" if widths else ""
        yield f"| {kind} | {len(of)} | {' | '.join(map(str, counts))} | {width} |"


def main() -> None:
    """Plant, check, print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--splits", type=int, default=5, metavar="N", help="halvings (%(default)s)")
    parser.add_argument("--planted", type=int, default=100, metavar="N", help="per split, way (%(default)s)")
    parser.add_argument("--one-family", action="store_true", help="distil one skill, not one per family")
    arguments = parser.parse_args()
    traces = list(read_traces(RECORDING))
    if arguments.one_family:
        traces = [rebuild(trace, family="telecom") for trace in traces]
    pairs: list[tuple[Skill, Trace]] = []
    planted: dict[str, list[tuple[Ground, Planted]]] = {way: [] for way in WAYS}
    for seed in range(arguments.splits):
        found = split(traces, seed)
        clean = [trace for _, trace in found if gold(trace)]
        grounds = [Ground(skill, trace, clean, MIN_HOLD) for skill, trace in found if gold(trace)]
        pairs += found
        for way in WAYS:
            planted[way] += plant(grounds, way, arguments.planted, seed)
        sys.stderr.write(f"split {seed + 1} of {arguments.splits}: {len(clean)} clean runs\n")
    show(pairs, planted)


def show(
    pairs: Sequence[tuple[Skill, Trace]], planted: Mapping[str, Sequence[tuple[Ground, Planted]]]
) -> None:
    """Print what is found by kind at the default bar, then both sides of it at every bar."""
    lines: list[str] = []
    for way, grown in planted.items():
        lines += ["", f"Deviations of the {way}:", ""]
        lines += ["| kind | planted | named | noticed | right rule | right step | width |"]
        lines += ["|---|---|---|---|---|---|---|"]
        lines += rows([judge(ground, each, MIN_HOLD) for ground, each in grown])
    lines += ["", "| bar | right step, procedure | right step, skill | clean accused | failed accused |"]
    lines += ["|---|---|---|---|---|"]
    clean = [pair for pair in pairs if gold(pair[1])]
    failed = [pair for pair in pairs if pair[1].outcome.label is Label.FAILURE]
    for bar in BARS:
        right = [sum(judge(*each, bar).right_step for each in grown) for grown in planted.values()]
        lines.append(f"| {bar} | {right[0]} | {right[1]} | {accused(clean, bar)} | {accused(failed, bar)} |")
    print("\n".join(lines))  # noqa: T201


if __name__ == "__main__":
    main()
