"""How much of what is planted redaction finds, how often it is wrong, and how fast it is: Markdown tables.

    python -m benchmarks.redaction [--all] [--seed N] [--traces FOLDER]

2,000 secrets and 1,000 personal values, made up by a seeded generator, are put one by one into a trace.
`--all` shows the kinds that are held back as well; without it only those that patterns may be tuned on. With
a folder of traces it lists what is replaced there, to be judged by eye, and the rate.
"""

import argparse
import json
import random
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from benchmarks import planted_people, planted_secrets
from benchmarks.planted_later import LATER, LATER_PEOPLE
from benchmarks.planted_people import Record
from trace2skill.traces.model import Action, Step, Trace
from trace2skill.traces.redact import redact, redact_texts, strings

SECRETS, PEOPLE = 2000, 1000
LISTED = 400


def traced(text: str | dict[str, object], place: int) -> Trace:
    """A trace that says it somewhere."""
    action = Action(tool="run", arguments={"line": text} if place % 4 == 1 else {})
    seen = {"output": text} if place % 4 == 2 else text if place % 4 == 0 else None
    steps = (Step(index=0, action=action, observation=seen, text=str(text) if place % 4 == 3 else None),)
    return Trace(id="t", task="Deal with it.", steps=steps)


def left(plant: planted_secrets.Planted | Record, place: int) -> bool:
    """Whether redaction leaves any part of it."""
    trace = traced(plant.fields, 2 * place) if isinstance(plant, Record) else traced(plant.text, place)
    clean, _ = redact(trace)
    said = "\n".join(str(value) for value, _ in strings(clean))
    return any(part in said for part in plant.gone)


def secrets(rng: random.Random, *, every: bool) -> tuple[Counter[str], Counter[str]]:
    """Planted and found, by kind."""
    planted, found = Counter[str](), Counter[str]()
    for number in range(SECRETS):
        kind = planted_secrets.KINDS[number % len(planted_secrets.KINDS)]
        plant = planted_secrets.planted(kind, rng)
        if every or kind not in planted_secrets.HELD_BACK:
            planted[kind] += 1
            found[kind] += not left(plant, number // len(planted_secrets.KINDS))
    return planted, found


def later(rng: random.Random) -> tuple[Counter[str], Counter[str]]:
    """Planted and found, by kind, of the secrets and personal values written last."""
    planted, found = Counter[str](), Counter[str]()
    makers = [*LATER.items(), *((f"{each.kind} of a person", each.plant) for each in LATER_PEOPLE)]
    for number in range(6 * len(makers)):
        kind, make = makers[number % len(makers)]
        planted[kind] += 1
        found[kind] += not left(make(rng), number // len(makers))
    return planted, found


def people(
    rng: random.Random, *, every: bool
) -> tuple[Counter[str], Counter[str], Counter[str], Counter[str]]:
    """Planted and found, by kind: of the templates that patterns may be tuned on, and of those held back."""
    counts = tuple(Counter[str]() for _ in range(4))
    for number in range(PEOPLE):
        at = number % len(planted_people.TEMPLATES)
        kind, make = planted_people.TEMPLATES[at]
        plant = make(rng)
        held = at in planted_people.HELD_BACK
        if every or not held:
            counts[2 * held][kind] += 1
            counts[2 * held + 1][kind] += not left(plant, number // len(planted_people.TEMPLATES))
    return counts  # type: ignore[return-value]


def line(name: str, planted: int, found: int) -> str:
    """A row of a table."""
    return f"| {name} | {planted} | {found / planted if planted else 0:.3f} |\n"


def texts(folder: Path) -> Iterator[str]:
    """Every string of every JSON file of a folder, and other files as they are."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".json", ".jsonl"}:
            for row in [path.read_text()] if path.suffix == ".json" else path.read_text().splitlines():
                yield from _inside(json.loads(row)) if row.strip() else ()


def _inside(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _inside(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _inside(inner)
    elif isinstance(value, str):
        yield value


def real(folder: Path) -> None:
    """What is replaced in real traces, and the rate."""
    from trace2skill.traces.model import to_json
    from trace2skill.traces.read import read_traces

    read = list(read_traces([each for each in sorted(folder.iterdir()) if each.is_dir()]))
    size = sum(len(to_json(trace)) for trace in read)
    begun = time.perf_counter()
    found = sum((redact(trace)[1] for trace in read), Counter[str]())
    rate = size / 1e6 / (time.perf_counter() - begun)
    sys.stdout.write(f"{len(read)} traces, {size / 1e6:.1f} MB, {rate:.1f} MB/s: {dict(found)}\n")
    seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
    tokens = 0
    for text in dict.fromkeys(texts(folder)):
        tokens += len(re.findall(r"\w+|[^\w\s]", text))
        (clean,), found = redact_texts([text])
        if found:
            for kind, value in replaced(text, clean):
                seen[kind][value] += 1
    sys.stdout.write(f"{tokens} tokens of distinct texts\n")
    for kind in sorted(seen):
        sys.stdout.write(f"\n## {kind}: {sum(seen[kind].values())}, {len(seen[kind])} distinct\n")
        for value, count in seen[kind].most_common(LISTED):
            sys.stdout.write(f"{count:5} {value[:100]!r}\n")


_PLACEHOLDER = re.compile(r"<(?:secret|personal):([a-z_]+):\d+>")


def replaced(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Kind and value of what was replaced, told by what stands around it."""
    pieces = _PLACEHOLDER.split(after)
    at = len(pieces[0])
    for kind, follows in zip(pieces[1::2], pieces[2::2], strict=True):
        end = before.find(follows[:200], at) if follows else len(before)
        yield kind, before[at:end]
        at = end + len(follows)


def _rng(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - values to plant, no secrets


def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser()
    options.add_argument("--all", action="store_true")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--traces", type=Path)
    given = options.parse_args()
    planted, found = secrets(_rng(given.seed), every=given.all)
    sys.stdout.write("| secrets | planted | recall |\n|---|---|---|\n")
    own = [kind for kind in planted if kind not in planted_secrets.HELD_BACK]
    held = [kind for kind in planted if kind in planted_secrets.HELD_BACK]
    for kind in sorted(planted):
        if found[kind] < planted[kind]:
            sys.stdout.write(line(kind, planted[kind], found[kind]))
    for name, kinds in (
        ("all others", [k for k in planted if found[k] == planted[k]]),
        ("tuned on", own),
        ("held back", held),
    ):
        sys.stdout.write(
            line(f"**{name}** ({len(kinds)})", sum(planted[k] for k in kinds), sum(found[k] for k in kinds))
        )
    sys.stdout.write(line("**overall**", planted.total(), found.total()))
    last, last_found = later(_rng(given.seed))
    for kind in last:
        if last_found[kind] < last[kind]:
            sys.stdout.write(line(kind, last[kind], last_found[kind]))
    sys.stdout.write(line(f"**written last** ({len(last)})", last.total(), last_found.total()))
    tuned, tuned_found, kept, kept_found = people(_rng(given.seed), every=given.all)
    sys.stdout.write("\n| personal | planted | recall | held back | recall |\n|---|---|---|---|---|\n")
    for kind in sorted({*tuned, *kept}):
        a, b = line(kind, tuned[kind], tuned_found[kind]), line("", kept[kind], kept_found[kind])
        sys.stdout.write(a.rstrip("\n") + b.removeprefix("|  |"))
    both = tuned + kept, tuned_found + kept_found
    sys.stdout.write(line("**tuned on**", tuned.total(), tuned_found.total()))
    sys.stdout.write(line("**held back**", kept.total(), kept_found.total()))
    sys.stdout.write(line("**overall**", both[0].total(), both[1].total()))
    if given.traces:
        real(given.traces)


if __name__ == "__main__":
    main()
