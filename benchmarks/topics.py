"""How often a conversation is taken to have left its topic, where it has and where it has not.

    python -m benchmarks.topics RUNS FAMILY

RUNS are conversations (a result file of tau2-bench), FAMILY is the start of the names in triggers.toml whose
near misses are asked. Turns of the user in the middle of a task should stay; near misses, and what is in
unrelated.txt, should leave, each asked after a conversation drawn by chance. Prints the counts.
"""

import random
import sys
import tempfile
import tomllib
from pathlib import Path

from trace2skill import Library, distill, read_traces
from trace2skill.facts.topic import leaves_topic
from trace2skill.skills.guidance_text import render
from trace2skill.store.guidance import BUDGET_TOKENS
from trace2skill.traces.model import Actor

HERE = Path(__file__).parent


def conversations(runs: str, guidance: dict[str, str]) -> tuple[list[tuple[str, list[str]]], list[list[str]]]:
    """The turns in the middle of tasks with what was said before them, and what was said in each run."""
    turns, whole = [], []
    for trace in read_traces(runs):
        said = [guidance.get(trace.family or "") or next(iter(guidance.values()))]
        begun = False
        for step in trace.steps:
            if step.text and step.actor is Actor.USER:
                turns += [(step.text, list(said))] if begun else []
                begun = True
            said += [step.text] if step.text else []
        whole += [said] if begun else []
    return turns, whole


def main() -> None:
    """Measure and print."""
    runs, family = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        distill(runs, library=folder)
        with Library(folder) as library:
            stored = [each.skill for each in library.skills()]
            guidance = {each.family: render(each, budget_tokens=BUDGET_TOKENS, rules=()) for each in stored}
    turns, whole = conversations(runs, guidance)
    listed = tomllib.loads((HERE / "triggers.toml").read_text())["family"]
    near = [each for one in listed if one["name"].startswith(family) for each in one["near_misses"]]
    unrelated = [line for line in (HERE / "unrelated.txt").read_text().splitlines() if line.strip()]
    print(f"in the middle of a task: {sum(leaves_topic(*each) for each in turns)} of {len(turns)} leave")  # noqa: T201
    for name, messages in (("near misses", near), ("unrelated", unrelated)):
        chance = random.Random(1)  # noqa: S311 - a sample
        left = sum(leaves_topic(message, chance.choice(whole)) for message in messages)
        print(f"{name}: {left} of {len(messages)} leave")  # noqa: T201


if __name__ == "__main__":
    main()
