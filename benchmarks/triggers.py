"""Trigger evals with queries written by hand: paraphrases of tasks, and near misses.

    python -m benchmarks.triggers [--work FOLDER] [TRACES]

TRACES is the folder of trace sets; a set that it lacks is left out with a message. The queries are in
`triggers.toml`, and counted as `trace2skill eval triggers` counts. Each family's skill is asked in a library
of its own domain's skills alone, and in one that holds all the families' skills and 1,000 made-up ones.
Prints a Markdown table, for the queries of even and of odd number apart: what is tuned is tuned on the even
ones. FOLDER keeps the distilled libraries.
"""

import argparse
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.retrieval import fill
from trace2skill import Library, distill, read_traces
from trace2skill.conformance.model import Rate
from trace2skill.evaluation.trigger_queries import TriggerQuery
from trace2skill.evaluation.triggers import SkillTriggers, trigger_report
from trace2skill.store.records import Change, Commit

ROOT = Path(__file__).resolve().parents[1]
BUNDLED = "examples/telecom/traces.jsonl"
SETS = {
    "telecom": (BUNDLED, None),
    "retail": ("tau2/retail_gpt-4.1.json", None),
    "flight": ("tau_bench", None),
    "webshop": ("webshop_react", "webshop"),
}
AROUND = 1000
HEADING = """\
| skill | queries | alone: recall | near misses offered it | precision \
| around: recall | near misses offered it | precision |
|---|---|---|---|---|---|---|---|"""


def main() -> None:
    """Distil what is there, and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("traces", nargs="?", type=Path, default=ROOT.parent / "shared" / "traces")
    parser.add_argument("--work", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        work = chosen.work or Path(scratch)
        names = list(prepare(chosen.traces, work))
        print(HEADING)  # noqa: T201
        for half in ("even", "odd"):
            alone = {each.skill: each for name in names for each in asked(work / f"alone-{name}", half)}
            around = {each.skill: each for each in asked(work / "around", half)}
            for skill, own in alone.items():
                cells = [*_cells(own), *(_cells(around[skill]) if skill in around else ("", "", ""))]
                print(f"| {skill} | {half} | " + " | ".join(cells) + " |")  # noqa: T201


def _cells(found: SkillTriggers) -> tuple[str, str, str]:
    return _share(found.recall), _share(found.near_misses), _share(found.precision)


def _share(rate: Rate) -> str:
    if not rate.trials:
        return ""
    return f"{rate.hits}/{rate.trials} ({rate.low:.2f} to {rate.high:.2f})"


def prepare(traces: Path, work: Path) -> Iterator[str]:
    """Distil each set that is there: a library of its own, and one of all with made-up skills around."""
    together: list[Any] = []
    for name, (path, mapping) in SETS.items():
        source = ROOT / path if path == BUNDLED else traces / path
        if not source.exists():
            print(f"{source} is not there: {name} is left out", file=sys.stderr)  # noqa: T201
            continue
        folder = work / f"alone-{name}"
        known = ROOT / "examples" / "maps" / f"{mapping}.toml" if mapping else None
        read = [trace for trace in read_traces(source, mapping=known) if trace.steps]
        if not folder.exists():
            distill(read, library=folder)
        with Library(folder, create=False) as library:
            together.append((name, read, [stored.skill for stored in library.skills()]))
        yield name
    around = work / "around"
    if not around.exists():
        with Library(around) as library:
            for name, read, skills in together:
                library.stage(name, read)
                changes = tuple(Change(skill=skill, operation="add") for skill in skills)
                library.commit(Commit(run=name, changes=changes))
        fill(around, AROUND + sum(len(skills) for _, _, skills in together))


def asked(folder: Path, half: str) -> list[SkillTriggers]:
    """How the library's skills fare with the written queries of even, or odd, number."""
    written = tomllib.loads((Path(__file__).parent / "triggers.toml").read_text())["family"]
    with Library(folder, create=False) as library:
        skills = {stored.skill.family: stored.skill.name for stored in library.skills()}
        queries = {
            skills[family["name"]]: _queries(family, skills, half)
            for family in written
            if family["name"] in skills
        }
        return list(trigger_report(library, queries).skills)


def _queries(family: dict[str, Any], skills: dict[str, str], half: str) -> list[TriggerQuery]:
    """A family's queries; a near miss whose own family has no skill here is for none."""
    own = [TriggerQuery(query=each, should_trigger=True, author="by hand") for each in family["paraphrases"]]
    others = [("", task) for task in family["near_misses"]]
    others += [(right, task) for right, tasks in family.get("others", {}).items() for task in tasks]
    near = [
        TriggerQuery(query=task, should_trigger=False, right=skills.get(right, ""), author="by hand")
        for right, task in others
    ]
    odd = int(half == "odd")
    return [*own[odd::2], *near[odd::2]]


if __name__ == "__main__":
    main()
