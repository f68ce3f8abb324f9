"""Held-out success on tau2 telecom: skills distilled from train demonstrations, executed on other tasks.

    python -m trace2skill.evals.telecom --samples 74 40 20 10 5 --seeds 5 --out results.jsonl
    python -m trace2skill.evals.telecom --table results.jsonl

A demonstration is the benchmark's gold plan between two sweeps of the read tools; its family is not told.
Beside the executor stand: doing nothing, random calls, the replay of the likest demonstration (by ticket and
first readings), and the ceiling (the share of tasks all of whose gold calls occur in the sample).
"""

import argparse
import asyncio
import sys
from pathlib import Path

from trace2skill.evals.telecom.bench import Bench, Result
from trace2skill.evals.telecom.course import Course
from trace2skill.evals.telecom.table import tables


def main() -> None:
    """Measure, one JSON record a line, and print the tables."""
    arguments = _parser().parse_args()
    if arguments.table:
        lines = arguments.table.read_text(encoding="utf-8").splitlines()
        sys.stdout.write(tables([Result.model_validate_json(line) for line in lines]))
        return
    loop = asyncio.new_event_loop()
    course = Course(loop, arguments.split, arguments.compositions, arguments.seed)
    bench = Bench(loop, course)
    tasks = len(course.tests)
    sys.stdout.write(f"{tasks} tasks; no-op {bench.play(lambda _: [])}, random {bench.guess(0)}\n")
    results = []
    for seed in range(arguments.seeds):
        for size in arguments.samples:
            if seed and size >= len(course.demonstrations):
                continue  # there is but one sample of all
            results.append(bench.measure(size, seed, failed_half=arguments.failed_half))
            if arguments.out:
                with arguments.out.open("a", encoding="utf-8") as out:
                    out.write(results[-1].model_dump_json() + "\n")
            sys.stdout.write(f"{size} {seed} {results[-1].success}\n")
            sys.stdout.flush()
    sys.stdout.write(tables(results))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m trace2skill.evals.telecom", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--samples", type=int, nargs="+", default=[74, 40, 20, 10, 5], metavar="K")
    parser.add_argument(
        "--seeds", type=int, default=5, metavar="N", help="samples of each size (%(default)s)"
    )
    parser.add_argument(
        "--split",
        choices=("test", "train"),
        default="test",
        help="score on the test tasks, or on train tasks that are not distilled from (%(default)s)",
    )
    parser.add_argument(
        "--failed-half", action="store_true", help="every second trace of a sample is a failed run"
    )
    parser.add_argument(
        "--compositions",
        type=int,
        default=0,
        metavar="N",
        help="score on N tasks drawn from the full set without the base set",
    )
    parser.add_argument("--seed", type=int, default=0, help="draws compositions and failures (%(default)s)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="append the records to a file")
    parser.add_argument("--table", type=Path, metavar="FILE", help="only print the tables of such a file")
    return parser


if __name__ == "__main__":
    main()
