"""Trigger test: is the right skill offered for paraphrased tasks, and none for near misses?

    python -m benchmarks.triggers [--work FOLDER] [TRACES]

TRACES is the folder of trace sets; a set that it lacks is left out with a message. The queries are in
`triggers.toml`. Each family's skill is asked in a library of its own domain's skills alone, and in one
that holds all the families' skills and 1,000 made-up ones. A near miss that another family here answers is
right when that family's skill is offered, or none. Prints a Markdown table, for the queries of even and of
odd number apart: what is tuned is tuned on the even ones. FOLDER keeps the distilled libraries.
"""

import argparse
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.retrieval import fill
from trace2skill import Library, distill, read_traces
from trace2skill.store.records import Change, Commit, Wanted

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
| family | queries | n | right first | near misses offered | with 1,000: right first | near misses offered |
|---|---|---|---|---|---|---|"""


class Query(NamedTuple):
    """A task, the family whose skill is to be offered for it (empty: none), and its number in its list."""

    family: str
    task: str
    right: str
    number: int


def main() -> None:
    """Distil what is there, and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("traces", nargs="?", type=Path, default=ROOT.parent / "shared" / "traces")
    parser.add_argument("--work", type=Path)
    parser.add_argument("--wrong", action="store_true", help="print what went wrong on even queries")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        work = chosen.work or Path(scratch)
        names = list(prepare(chosen.traces, work))
        paraphrases, near = queries(names)
        print(HEADING)  # noqa: T201
        answers = {
            place: {query.task: answer for query, answer in ask(work, place, [*paraphrases, *near])}
            for place in ("alone", "around")
        }
    for family in [*dict.fromkeys(query.family for query in paraphrases), ""]:
        for half in ("even", "odd"):
            own = [query for query in paraphrases if fits(query, family, half)]
            others = [query for query in near if fits(query, family, half)]
            cells = [
                cell
                for place in ("alone", "around")
                for cell in (
                    share(answers[place][query.task][:1] == (query.right,) for query in own),
                    share(bool({*answers[place][query.task]} - {query.right}) for query in others),
                )
            ]
            print(f"| {family or 'all'} | {half} | {len(own)} + {len(others)} | " + " | ".join(cells) + " |")  # noqa: T201
    if chosen.wrong:
        for place, given in answers.items():
            for query in (*paraphrases, *near):
                offered = given[query.task]
                failed = offered[:1] != (query.right,) if query in paraphrases else {*offered} - {query.right}
                if failed and query.number % 2 == 0:
                    print(place, query.family, "|", query.task, "|", offered)  # noqa: T201


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


def queries(sets: Sequence[str]) -> tuple[list[Query], list[Query]]:
    """Paraphrases and near misses of the families of these sets."""
    found = tomllib.loads((Path(__file__).parent / "triggers.toml").read_text())["family"]
    asked = [family for family in found if of(family["name"]) in sets]
    paraphrases = [
        Query(family["name"], task, family["name"], at)
        for family in asked
        for at, task in enumerate(family["paraphrases"])
    ]
    near = []
    for family in asked:
        others = [("", task) for task in family["near_misses"]]
        others += [(right, task) for right, tasks in family.get("others", {}).items() for task in tasks]
        near += [Query(family["name"], task, right, at) for at, (right, task) in enumerate(others)]
    return paraphrases, near


def of(family: str) -> str:
    """The set that a family is of."""
    return family.partition("/")[0]


def ask(work: Path, place: str, asked: Sequence[Query]) -> Iterator[tuple[Query, tuple[str, ...]]]:
    """Each query with the families of the skills offered for it."""
    for name in SETS:
        folder = work / (f"alone-{name}" if place == "alone" else place)
        mine = [query for query in asked if of(query.family) == name]
        if not mine:
            continue
        with Library(folder, create=False) as library:
            families = {stored.skill.name: stored.skill.family for stored in library.skills()}
            for query in mine:
                found = library.retrieve(query.task, wanted=Wanted())
                yield query, tuple(families[offer.skill] for offer in found.offered)


def fits(query: Query, family: str, half: str) -> bool:
    """Whether the query is of this family, or of any, and in this half."""
    return family in (query.family, "") and query.number % 2 == (half == "odd")


def share(hits: Any) -> str:  # noqa: ANN401 - an iterable of truths
    """The share of hits."""
    found = list(hits)
    return f"{sum(found) / len(found):.2f}" if found else ""


if __name__ == "__main__":
    main()
