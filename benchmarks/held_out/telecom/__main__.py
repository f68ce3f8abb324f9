"""Held-out success on tau2 telecom: skills distilled from train demonstrations, executed on other tasks.

    python -m benchmarks.held_out.telecom --samples 74 40 20 10 5 --seeds 5 --out results.jsonl
    python -m benchmarks.held_out.telecom --samples 74 --compositions 60 --stratified --rules visible policy
    python -m benchmarks.held_out.telecom --table results.jsonl

A demonstration is the benchmark's gold plan between two sweeps of the read tools; its family is not told.
Beside the executor stand: doing nothing, random calls, the replay of the likest demonstration (by ticket and
first readings), and the ceiling (the share of tasks all of whose gold calls occur in the sample).
With `--rules visible` the executor has only the rules that a skill shows to a reader.
"""

import argparse
import asyncio
import sys
from pathlib import Path

from benchmarks.held_out.telecom.bench import Bench, Result, share
from benchmarks.held_out.telecom.course import Course
from benchmarks.held_out.telecom.table import tables


def main() -> None:
    """Measure, one JSON record a line, and print the tables."""
    parser = _parser()
    arguments = parser.parse_args()
    if arguments.stratified and not arguments.compositions:
        parser.error("--stratified needs --compositions N")
    if arguments.table:
        lines = arguments.table.read_text(encoding="utf-8").splitlines()
        sys.stdout.write(tables([Result.model_validate_json(line) for line in lines]))
        return
    loop = asyncio.new_event_loop()
    course = Course(
        loop, arguments.split, arguments.compositions, arguments.seed, stratified=arguments.stratified
    )
    bench = Bench(loop, course)
    tasks = len(course.tests)
    sys.stdout.write(f"{tasks} tasks; no-op {share(bench.unaided)}, random {share(bench.guess(0))}\n")
    results: list[Result] = []
    for seed in range(arguments.seeds):
        for size in arguments.samples:
            if seed and size >= len(course.demonstrations):
                continue  # there is but one sample of all
            found = bench.measure(size, seed, failed_half=arguments.failed_half, rules=arguments.rules)
            results += found
            if arguments.out:
                with arguments.out.open("a", encoding="utf-8") as out:
                    out.writelines(result.model_dump_json() + "\n" for result in found)
            sys.stdout.writelines(f"{size} {seed} {result.rules} {result.success}\n" for result in found)
            sys.stdout.flush()
    sys.stdout.write(tables(results))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.held_out.telecom", description=(__doc__ or "").partition("\n")[0]
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
    parser.add_argument(
        "--stratified",
        action="store_true",
        help="draw as many compositions of each kind of issue, as far as there are",
    )
    parser.add_argument(
        "--rules",
        nargs="+",
        choices=("policy", "visible"),
        default=["policy"],
        help="what the executor acts on: a skill's whole policy, or only the rules that it shows (policy)",
    )
    parser.add_argument("--seed", type=int, default=0, help="draws compositions and failures (%(default)s)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="append the records to a file")
    parser.add_argument("--table", type=Path, metavar="FILE", help="only print the tables of such a file")
    return parser


if __name__ == "__main__":
    main()
