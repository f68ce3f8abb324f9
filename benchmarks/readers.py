"""What reading costs: each reader's speed beside a bare parse of the same file, and memory on large files.

    python -m benchmarks.readers ../shared/traces            # a row for each file
    python -m benchmarks.readers --large FOLDER --megabytes 1000

The first copies small files until there is a megabyte of each and times both in turn, the best of three. The
second writes generated files into the folder, reads each in a process of its own, prints how much memory that
took at most (Linux only), and removes them.
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from trace2skill.traces.decoding import read_lines
from trace2skill.traces.finding import find_files
from trace2skill.traces.read import Intake

WORDS = [f"{stem}{end}" for stem in ("alpha", "lamp", "order", "route", "file") for end in range(400)]
Row = dict[str, Any]


def bare(paths: list[Path]) -> None:
    """Parse files line by line, or whole where they are one document, with orjson and nothing else."""
    for path in paths:
        lines = list(read_lines(path))
        try:
            for line in lines:
                if line.strip():
                    orjson.loads(line)
        except orjson.JSONDecodeError:
            orjson.loads(b"\n".join(lines))


def read(paths: list[Path]) -> tuple[int, str]:
    """Read files; how many traces they hold, and of which format."""
    source = Intake(paths)
    number = sum(1 for _ in source)
    return number, ", ".join(source.summary.formats)


def grown(path: Path, folder: Path) -> list[Path]:
    """The file, or so many copies of it that they come to a megabyte."""
    copies = max(1, 10**6 // path.stat().st_size)
    named = [folder / f"{number}-{path.name}" for number in range(copies)]
    for each in named if copies > 1 else ():
        shutil.copyfile(path, each)
    return named if copies > 1 else [path]


def say(line: str) -> None:
    """Print a row at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def seconds(work: Callable[[], object]) -> float:
    """Seconds of processor time, the best of three, so that other work on the machine does not count."""
    best = float("inf")
    for _ in range(3):
        begun = time.process_time()
        work()
        best = min(best, time.process_time() - begun)
    return best


def speeds(paths: list[str]) -> None:
    """A row for each file that is read: megabytes a second of both, and the ratio."""
    say(f"{'format':22} {'file':44} {'MB':>6} {'reader MB/s':>12} {'orjson MB/s':>12} {'times':>6}")
    for path in find_files(paths)[0]:
        number, form = read([path])
        if not number or path.suffix in {".zst", ".eval", ".gz"}:
            continue
        with tempfile.TemporaryDirectory() as folder:
            files = grown(path, Path(folder))
            size = sum(each.stat().st_size for each in files) / 1e6
            ours, theirs = seconds(partial(read, files)), seconds(partial(bare, files))
        say(
            f"{form:22} {path.name[:44]:44} {size:6.2f} {size / ours:12.1f} {size / theirs:12.1f} "
            f"{ours / theirs:6.1f}"
        )


def text(chance: random.Random, words: int = 300) -> str:
    """Prose of so many words."""
    return " ".join(chance.choices(WORDS, k=words))


def codex(size: int) -> Iterator[bytes]:
    """A rollout of which the history, repeated at each compaction, is nearly all."""
    chance = random.Random(1)  # noqa: S311 - filler

    def row(kind: str, payload: Row) -> bytes:
        return orjson.dumps({"timestamp": "2026-01-02T03:04:05Z", "type": kind, "payload": payload}) + b"\n"

    yield row("session_meta", {"id": "big", "cwd": "/src/project", "instructions": None})
    history: list[Row] = []
    written, number = 0, 0
    while written < size:
        call = {"type": "function_call", "name": "shell", "call_id": f"c{number}", "arguments": "{}"}
        result = {"type": "function_call_output", "call_id": f"c{number}", "output": text(chance)}
        history += [call, result]
        rows = [row("response_item", call), row("response_item", result)]
        if number % 4 == 0:
            kept = {"message": "", "replacement_history": history[-4000:]}
            rows.append(row("compacted", kept))
        yield b"".join(rows)
        written += sum(map(len, rows))
        number += 1


def run_spans(number: int) -> list[Row]:
    """The spans of one run of six rounds, each of which repeats what was said before."""
    chance = random.Random(number)  # noqa: S311 - filler
    trace, talk = (
        f"{number:032x}",
        [{"role": "user", "parts": [{"type": "text", "content": text(chance, 30)}]}],
    )
    spans: list[Row] = []

    def span(name: str, attributes: Row) -> None:
        start = str(1_700_000_000_000_000_000 + number * 10**9 + len(spans) * 10**6)
        listed = [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()]
        ids = {
            "traceId": trace,
            "spanId": f"{number:08x}{len(spans):08x}",
            "parentSpanId": f"{number:08x}{0:08x}",
        }
        spans.append({**ids, "name": name, "startTimeUnixNano": start, "attributes": listed})

    span("agent", {"gen_ai.operation.name": "invoke_agent"})
    spans[0]["parentSpanId"] = ""
    for turn in range(6):
        call = {"type": "tool_call", "id": f"c{turn}", "name": "look", "arguments": {"place": turn}}
        said = {"role": "assistant", "parts": [call]}
        asked = {
            "gen_ai.operation.name": "chat",
            "gen_ai.input.messages": orjson.dumps(talk).decode(),
            "gen_ai.output.messages": orjson.dumps([said]).decode(),
        }
        span("chat", asked)
        seen = text(chance)
        answer = {
            "role": "tool",
            "parts": [{"type": "tool_call_response", "id": f"c{turn}", "response": seen}],
        }
        talk += [said, answer]
    return spans


def batches(size: int, at_once: int) -> Iterator[list[Row]]:
    """Batches of spans of so many runs at a time, whose spans come in turn; the root comes last."""
    written = 0
    for first in range(0, 10**9, at_once):
        runs = [run_spans(number)[::-1] for number in range(first, first + at_once)]
        turns = [span for spans in zip(*runs, strict=True) for span in spans]
        for start in range(0, len(turns), 10):
            batch = turns[start : start + 10]
            yield batch
            written += len(orjson.dumps(batch))
            if written >= size:
                return


def otlp_lines(at_once: int | None = None) -> Callable[[int], Iterator[bytes]]:
    """OTLP JSON, a batch to a line; without a number all runs of the file at once."""

    def lines(size: int) -> Iterator[bytes]:
        for batch in batches(size, at_once or size // len(orjson.dumps(run_spans(0)))):
            yield orjson.dumps({"resourceSpans": [{"scopeSpans": [{"spans": batch}]}]}) + b"\n"

    return lines


def otlp_document(size: int) -> Iterator[bytes]:
    """The same as one document of one resource."""
    yield b'{"resourceSpans": [{"resource": {}, "scopeSpans": [{"spans": ['
    for number, batch in enumerate(batches(size, 50)):
        yield (b"," if number else b"") + orjson.dumps(batch)[1:-1]
    yield b"]}]}]}"


LARGE: dict[str, Callable[[int], Iterator[bytes]]] = {
    "codex": codex,
    "otlp lines, runs one after the other": otlp_lines(1),
    "otlp lines, 50 runs at once": otlp_lines(50),
    "otlp lines, all runs at once": otlp_lines(),
    "otlp document": otlp_document,
}


def large(folder: Path, megabytes: int, names: list[str]) -> None:
    """A row for each generated file: its size, the traces in it, seconds, and the most memory."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or LARGE:
        path = folder / "rollout-large.jsonl"
        with path.open("wb") as file:
            file.writelines(LARGE[name](megabytes * 10**6))
        try:
            done = subprocess.run(  # noqa: S603 - our own command
                [sys.executable, "-m", "benchmarks.readers", "--measure", str(path)],
                capture_output=True,
                text=True,
                check=False,
            )
            told = done.stdout.strip() or f"ended with {done.returncode}: {done.stderr[-300:]}"
            say(f"{name:38} {path.stat().st_size / 1e6:6.0f} MB: {told}")
        finally:
            path.unlink()


def measure(path: Path) -> None:
    """Read a file and tell the time and the highest resident set of this process."""
    begun = time.perf_counter()
    number, form = read([path])
    took = time.perf_counter() - begun
    status = Path("/proc/self/status").read_text(encoding="utf-8")  # rusage would count the parent's as well
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    say(f"{form}, {number} traces, {took:.1f} s ({time.process_time():.1f} s of CPU), at most {peak:.0f} MiB")


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*")
    parser.add_argument("--large", type=Path)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--only", action="append", choices=sorted(LARGE), default=[])
    parser.add_argument("--measure", type=Path)
    given = parser.parse_args()
    if given.measure:
        measure(given.measure)
    elif given.large:
        large(given.large, given.megabytes, given.only)
    else:
        speeds(given.paths)


if __name__ == "__main__":
    main()
