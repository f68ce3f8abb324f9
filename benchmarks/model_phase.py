"""What distilling with a model takes: calls, tokens, and wall time beside the ideal.

    python -m benchmarks.model_phase [--only tau2-70]

A scripted model in a process of its own answers each call after a quarter of a second. Tokens are counted by
one tokenizer over what the server received and replied. The ideal is the critical path at that latency: the
rounds one after another, each as long as its calls take at the concurrency.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.model_runs import ROOT, Exchange, exchanges, rounds, scripted_model, tau2, tau_bench, webshop
from trace2skill.store.library import Library
from trace2skill.tokenizer import count

DELAY, CONCURRENCY, SAMPLED = 0.25, 128, 0.02


class Official(NamedTuple):
    """The official Trace2Skill code with a stub model at the same latency and concurrency."""

    calls: int
    prompt_tokens: int
    seconds: float


# Published measurements of that code; not run here.
OFFICIAL = {70: Official(90, 425_000, 3.0), 323: Official(407, 1_940_000, 4.7)}

Input = Callable[[Path], list[str]]
SETS: dict[str, tuple[int, Input]] = {
    "tau2-70": (70, lambda folder: tau2(folder, 70)),
    "webshop-tau-323": (323, lambda folder: [*tau_bench(folder, 73), *webshop()]),
    "telecom-72": (72, lambda _: [str(ROOT / "examples" / "telecom" / "traces.jsonl")]),
}


class Run(NamedTuple):
    """A run's report, the server's log, the steps in its library, the processor time it took by when."""

    report: dict[str, Any]
    log: list[Exchange]
    steps: int
    processor: list[tuple[float, float]]

    def busy(self, begin: float, end: float) -> float:
        """Seconds of the processor between two times, by the nearest samples."""
        before, after = (
            min(self.processor, key=lambda sample: abs(sample[0] - at))[1] for at in (begin, end)
        )
        return after - before


def measured(given: Sequence[str], folder: Path, options: Sequence[str] = ()) -> Run:
    """Distil in a process of its own."""
    library, log = folder / "library", folder / "log.jsonl"
    with scripted_model(log, DELAY) as url, (folder / "report.json").open("wb") as sink:
        command = [
            sys.executable,
            "-m",
            "trace2skill",
            "distill",
            *given,
            "--library",
            str(library),
            "--json",
        ]
        asking = ["--model", "openai:m", "--base-url", url, "--max-concurrency", str(CONCURRENCY)]
        process = subprocess.Popen([*command, *asking, *options], stdout=sink)  # noqa: S603 - our own
        processor = list(_sampled(process))
    if process.returncode:
        sys.exit(f"the run failed with exit code {process.returncode}")
    with Library(library, create=False) as opened:
        steps = sum(len(trace.steps) for trace in opened.traces(opened.trace_hashes()))
    report = json.loads((folder / "report.json").read_bytes())
    return Run(report, exchanges(log), steps, processor)


def _sampled(process: subprocess.Popen[bytes]) -> Iterator[tuple[float, float]]:
    """When, and how many seconds of the processor a process had taken by then, until it ends."""
    tick = os.sysconf("SC_CLK_TCK")
    while process.poll() is None:
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(") ")[2].split()
        yield time.time(), (int(fields[11]) + int(fields[12])) / tick
        time.sleep(SAMPLED)


def told(name: str, records: int, run: Run) -> list[str]:
    """The lines about one run."""
    prompts = sum(count(each.prompt) for each in run.log)
    answers = sum(count(each.reply) for each in run.log)
    schemas = sum(count(each.schema) for each in run.log)
    reading = run.report["reading"]
    lines = [f"\n{name}: {records} records, {run.steps} steps, {len(run.report['families'])} families"]
    asked, ideal = 0.0, 0.0
    for group in rounds(run.log):
        taken = _wall(group)
        least = math.ceil(len(group) / CONCURRENCY) * DELAY
        asked, ideal = asked + taken, ideal + least
        tokens = sum(count(each.prompt) for each in group)
        lines.append(
            f"  {group[0].kind:9} {len(group):4} calls {tokens:8,} tokens {taken:6.2f} s, ideal {least:.2f} s"
        )
    whole = _wall(run.log)
    lines += [
        f"  in all    {len(run.log):4} calls {prompts:8,} prompt tokens, {answers:,} of answers "
        f"({schemas:,} of JSON schemas besides)",
        f"  asking {asked:.2f} s, {asked / ideal:.2f} x the ideal of {ideal:.2f} s; first request to last "
        f"reply {whole:.2f} s ({whole / ideal:.2f} x), {run.busy(*_ends(run.log)):.2f} s of the processor; "
        f"the run {run.report['seconds']:.1f} s and {run.processor[-1][1]:.1f} s",
        f"  steps shown {reading['steps'] / run.steps:.1%}, uncut {reading['steps_uncut'] / run.steps:.1%}; "
        f"{prompts / records:,.0f} prompt tokens a record",
    ]
    if official := OFFICIAL.get(records):
        lines.append(
            f"  official: {official.calls} calls ({len(run.log) / official.calls:.2f} x), "
            f"{official.prompt_tokens:,} prompt tokens ({prompts / official.prompt_tokens:.2f} x), "
            f"{official.seconds} s"
        )
    return lines


def _ends(log: Sequence[Exchange]) -> tuple[float, float]:
    return min(each.asked for each in log), max(each.replied or each.asked for each in log)


def _wall(log: Sequence[Exchange]) -> float:
    begin, end = _ends(log)
    return end - begin


def main() -> None:
    """Measure each set."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", choices=SETS)
    given = options.parse_args()
    for name, (records, paths) in SETS.items():
        if given.only in {None, name}:
            with tempfile.TemporaryDirectory() as scratch:
                run = measured(paths(Path(scratch)), Path(scratch))
            print("\n".join(told(name, records, run)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
