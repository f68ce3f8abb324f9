"""One skill before and after a model, side by side, and what of the model's words code did not take.

    python -m benchmarks.side_by_side [--base-url http://127.0.0.1:8115/v1 --model NAME --traces runs/]

Without an address a scripted model answers, as a strong one would: it proposes what the telephone-support
episodes of examples/telecom suggest (and one thing that they do not), quotes a step, words rules plainly, and
objects to a rule that is an accident of the recording. With an address a real model reads the shortest runs.
"""

import argparse
import json
import re
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.chat_server import Asked, chat_server, faults
from trace2skill import Library, ModelSettings, Report, Skill, Trace, distill, read_traces

ROOT = Path(__file__).resolve().parents[1]
FAMILY = "telecom/mobile-data"
ABROAD = '"abroad" in task'
CLAIMS = [
    {"kind": "rule", "when": 'data_roaming_enabled == "No" and "abroad" in task', "then": "toggle_roaming()"},
    {
        "kind": "rule",
        "when": 'line.roaming_enabled == False and "abroad" in task',
        "then": "enable_roaming()",
    },
    {"kind": "guard", "action": "toggle_airplane_mode()", "require": 'airplane_mode == "ON"'},
    {"kind": "guard", "action": "refuel_data()", "require": "known(line.data_limit_gb)"},
    {"kind": "rule", "when": 'airplane_mode == "OFF"', "then": "reboot_device()"},  # not so
]
ADVICE = "Have the user run the speed test again after every repair, and go on until it is excellent."
TEXTS = {
    "name": "mobile-data-repair",
    "title": "Repairing mobile data",
    "description": "Finds and removes, one after the other, what keeps a customer's phone from mobile data. "
    "Use it when a customer cannot browse or finds it slow.",
    "goal": "A speed test on the customer's phone is excellent, or the customer was handed over.",
    "when_to_use": "The customer says that mobile data does not work, stops or is slow, at home or abroad.",
}


def strong(asked: Asked) -> object:
    """What a strong model answers."""
    system, prompt = (str(asked["messages"][at]["content"]) for at in (0, -1))
    if system.startswith("You study"):
        return {"claims": CLAIMS, "notes": _notes(prompt)}
    rules = [json.loads(line) for line in prompt.splitlines() if line.startswith('{"id"')]
    if system.startswith("You are the critic"):
        accidents = [rule["id"] for rule in rules if "Draft" in json.dumps(rule)]
        reason = "Every customer has a draft bill; it says nothing about the data plan."
        return {"objections": [{"rule": each, "kind": "irrelevant", "reason": reason} for each in accidents]}
    return {**TEXTS, "rules": [{"id": rule["id"], "text": _plainly(rule["says"])} for rule in rules]}


def _notes(prompt: str) -> list[dict[str, str]]:
    """The advice, resting on the first speed test shown."""
    run = ""
    for line in prompt.splitlines():
        if started := re.match(r"\[(T\d+)\]", line):
            run = started[1]
        if found := re.match(r"#(\d+) user\.run_speed_test\(\) -> (.{12,60})", line):
            return [{"text": ADVICE, "at": f"{run}#{found[1]}", "quote": found[2]}]
    return []


def _plainly(sentence: str) -> str:
    """A rule as one would say it."""
    sentence = re.sub(r"^When (.+?): ask the user to run ", r"If \1, have the user run ", sentence)
    sentence = re.sub(r"^When (.+?): call ", r"If \1, call ", sentence)
    return re.sub(r", run by the user, (\w+)", r", run by the user, \1", sentence)


def _shortest(traces: Iterable[Trace], count: int | None) -> list[Trace]:
    """So many of the shortest, half of them successes; all without a count."""
    ordered = sorted(traces, key=lambda trace: (len(str(trace)), trace.hash))
    if count is None:
        return ordered
    good = [trace for trace in ordered if trace.outcome.label == "success"][: count // 2]
    return good + [trace for trace in ordered if trace.outcome.label != "success"][: count - len(good)]


@contextmanager
def _server(address: str | None) -> Iterator[str]:
    if address:
        yield address
    else:
        with chat_server(script=faults(strong)) as chat:
            yield chat.url


def _distilled(traces: list[Trace], folder: str, models: ModelSettings | None) -> tuple[Skill | None, Report]:
    report = distill(traces, library=folder, models=models)
    with Library(folder, create=False) as library:
        found = sorted(
            library.skills(), key=lambda stored: (stored.skill.family != FAMILY, stored.skill.name)
        )
        return found[0].skill, report


def _told(skill: Skill | None) -> str:
    if skill is None:
        return "(no skill)"
    lines = [f"# {skill.title} ({skill.name})", "", skill.description, ""]
    lines += [f"Goal: {skill.goal or '-'}", f"When: {skill.when_to_use}", ""]
    lines += [f"- {rule.name} ({rule.tier}) {rule.text}" for rule in skill.rules]
    return "\n".join(lines)


def main() -> None:
    """Distil twice and print both."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--base-url", help="a real server; a scripted model answers without one")
    options.add_argument("--model", default="m")
    options.add_argument("--traces", default=str(ROOT / "examples" / "telecom" / "traces.jsonl"))
    options.add_argument("--map", type=Path)
    options.add_argument("--runs", type=int, help="only the shortest so many, half of them successes")
    options.add_argument("--batch-tokens", type=int, default=12_000)
    options.add_argument("--max-output-tokens", type=int)
    given = options.parse_args()
    chosen = _shortest(read_traces(given.traces, mapping=given.map), given.runs)
    with tempfile.TemporaryDirectory() as folder, _server(given.base_url) as address:
        before, _ = _distilled(chosen, f"{folder}/before", None)
        models = ModelSettings(
            model=f"openai:{given.model}",
            base_url=address,
            max_concurrency=4,
            max_output_tokens=given.max_output_tokens,
            batch_tokens=given.batch_tokens,
            timeout_s=900,
        )
        started = time.monotonic()
        after, report = _distilled(chosen, f"{folder}/after", models)
        seconds = time.monotonic() - started
    sys.stdout.write(f"## Before\n\n{_told(before)}\n\n## After\n\n{_told(after)}\n\n## Account\n\n")
    left_out = [each.model_dump() for each in report.left_out]
    account = {"seconds": round(seconds, 1), "reading": report.reading, "left_out": left_out}
    sys.stdout.write(
        json.dumps({**account, "usage": report.usage.get("total")}, indent=1, default=str) + "\n"
    )


if __name__ == "__main__":
    main()
