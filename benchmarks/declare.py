"""What mining costs here and with pm4py's DECLARE, on the same runs.

    python3 -m venv pm4py && pm4py/bin/pip install pm4py
    python -m benchmarks.declare pm4py/bin/python [--set telecom] [--count 1000] [--repeat 3]
                                 [--traces FOLDER]

pm4py is under the AGPL: it is no dependency, and runs in an environment and a process of its own. It gets the
runs' calls as an event log (case, tool, order) and, once it has done so with three of them, for what it loads
late, discovers and checks a DECLARE model, which is about the order of calls alone. Here the same runs are
distilled in this process, and of that counts what the nodes take that learn and measure: facts, decision
lists, mined claims, their measurement on every run, and what is loaded late. Both in CPU seconds, in turn, as
many times as `--repeat` says; the median of each is printed, and all values behind it.
"""

import argparse
import csv
import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.growth import SETS, TRACES, real_traces, resampled
from benchmarks.stages import of_a_run
from trace2skill.traces.model import Trace, to_json

OURS = ("decide", "mine", "join", "measure")
THEIRS = """
import contextlib, io, json, sys, time
import pandas
with contextlib.redirect_stdout(io.StringIO()):
    import pm4py
log = pandas.read_csv(sys.argv[1], dtype=str)
log["time:timestamp"] = pandas.to_datetime(log["time:timestamp"], utc=True)
few = log[log["case:concept:name"].isin(log["case:concept:name"].unique()[:3])]
pm4py.conformance_declare(few, pm4py.discover_declare(few))
begun = time.process_time()
model = pm4py.discover_declare(log)
found = time.process_time()
checked = pm4py.conformance_declare(log, model)
done = time.process_time()
rules = sum(map(len, model.values()))
print(json.dumps([found - begun, done - found, rules, len(checked)]))
"""


def event_log(traces: Sequence[Trace], path: Path) -> int:
    """Write the runs' calls as an event log in CSV; the number of events."""
    events = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["case:concept:name", "concept:name", "time:timestamp"])
        for trace in traces:
            for step in trace.steps:
                if step.action:
                    minutes, seconds = divmod(step.index, 60)
                    rows.writerow([trace.id, step.action.tool, f"2026-01-01T00:{minutes:02}:{seconds:02}Z"])
                    events += 1
    return events


def theirs(python: str, log: Path) -> tuple[float, float, int, int]:
    """CPU seconds of discovery and of conformance checking, the rules found, the cases checked."""
    done = subprocess.run([python, "-c", THEIRS, str(log)], check=True, capture_output=True, text=True)  # noqa: S603
    discovery, conformance, rules, cases = json.loads(done.stdout.splitlines()[-1])
    return discovery, conformance, rules, cases


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("python", help="of an environment with pm4py")
    parser.add_argument("--set", default="telecom", choices=SETS)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--traces", type=Path, default=TRACES)
    given = parser.parse_args()
    taken: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        some = resampled(real_traces(given.set, given.traces))
        traces = [trace for trace, _ in zip(some, range(given.count), strict=False)]
        log, runs = folder / "log.csv", folder / "runs.jsonl"
        events = event_log(traces, log)
        runs.write_bytes(b"".join(to_json(trace) + b"\n" for trace in traces))
        for number in range(given.repeat):
            discovery, conformance, rules, cases = theirs(given.python, log)
            nodes, _ = of_a_run(runs, folder / str(number))
            for name, seconds in (
                (f"pm4py: {rules:,} DECLARE rules discovered", discovery),
                (f"pm4py: {cases:,} cases checked", conformance),
                *((f"here: {node}", nodes[node]) for node in OURS if nodes[node] > 0),
                ("pm4py, both", discovery + conformance),
                ("here, all", sum(nodes[node] for node in OURS)),
            ):
                taken.setdefault(name, []).append(seconds)
    print(f"| {given.set}, {len(traces):,} runs, {events:,} calls | CPU s | each time |\n|---|---|---|")  # noqa: T201
    for name, values in taken.items():
        print(f"| {name} | {median(values):.1f} | {', '.join(f'{value:.1f}' for value in values)} |")  # noqa: T201


if __name__ == "__main__":
    main()
