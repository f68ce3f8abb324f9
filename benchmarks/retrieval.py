"""Retrieval on held-out and on unrelated tasks, in libraries of growing size.

    python -m benchmarks.retrieval [--scienceworld FILE] [--sizes 0 100 1000 10000] [FOLDER]

FOLDER holds the sets of traces; FILE comes from scienceworld_gold.py and replaces the set of that name.
Every second task of each family is distilled, the others are the queries; `unrelated.txt` asks for what
no skill is about. The library is then filled up with made-up skills (three texts each). Prints a Markdown
table; a second line of each size is Chroma's dense query over the skills' own texts alone: it never abstains.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, product
from pathlib import Path
from typing import Any

from trace2skill import Library, Trace, distill, read_traces
from trace2skill.mining.families import assign_families
from trace2skill.skills.model import ModuleName, Skill, SkillRule
from trace2skill.store.guidance import Guide
from trace2skill.store.records import Change, Commit, Retrieval, Wanted
from trace2skill.traces.model import Action, Step

ROOT = Path(__file__).resolve().parents[1]
SETS = {"tau2": None, "tau_bench": None, "webshop_react": "webshop", "textworldexpress": "textworldexpress"}
MOST_QUERIES = 40  # of one family
Queries = list[tuple[str, str]]  # task text, family

HEADING = """\
| skills | by | recall@1 | recall@5 | offered right | offered wrong | unrelated offered | threshold \
| first ms | p50 ms | p99 ms | MB added |
|---|---|---|---|---|---|---|---|---|---|---|---|"""
WORDS = """
archive audit book calibrate catalogue clean compare convert digitise dispatch file forecast inspect label
lease merge mount order paint plan print recycle register renew repair rotate sample schedule sew ship sort
stock tag tune verify wash weigh weld wrap polish;
barrels bicycles blueprints boilers bottles cameras carpets catalogues chairs clocks contracts curtains
engines fabrics filters fossils gardens harvests invoices kayaks lenses looms manuscripts maps medals
microscopes mosaics organs parcels permits pianos pigments pumps quilts recipes roofs saddles scarves seeds
stamps statues tents tiles timbers turbines uniforms vaccines violins wheels windows;
archive bakery brewery castle clinic dairy farm foundry gallery harbour hotel laboratory mill monastery museum
nursery observatory quarry shipyard theatre
"""


def main() -> None:
    """Build the libraries and print a row each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT.parent / "shared" / "traces")
    parser.add_argument("--scienceworld", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[0, 100, 1000, 10000])
    parser.add_argument("--ask", type=Path, nargs=2, help="library and queries: measure, print JSON")
    chosen = parser.parse_args()
    if chosen.ask:
        print(json.dumps(asked(*chosen.ask)))  # noqa: T201
        return
    with tempfile.TemporaryDirectory() as scratch:
        library, queries = Path(scratch) / "library", Path(scratch) / "queries.json"
        queries.write_text(json.dumps(prepare(chosen.folder, chosen.scienceworld, library)))
        print(HEADING)  # noqa: T201
        for size in chosen.sizes:
            fill(library, size)
            command = [sys.executable, __file__, "--ask", str(library), str(queries)]
            result = subprocess.run(command, stdout=subprocess.PIPE, check=True)  # noqa: S603 - our own command
            for row in json.loads(result.stdout):
                print("| " + " | ".join(map(str, row)) + " |", flush=True)  # noqa: T201


def prepare(folder: Path, scienceworld: Path | None, library: Path) -> Queries:
    """Distil half of the tasks; the other half as queries with the family each belongs to."""
    queries: Queries = []
    sets = {folder / name: mapping for name, mapping in SETS.items()}
    sets[scienceworld or folder / "scienceworld"] = "scienceworld"
    for path, mapping in sets.items():
        known = ROOT / "examples" / "maps" / f"{mapping}.toml" if mapping else None
        traces = list(read_traces(path, mapping=known))
        families = assign_families(traces)
        learnt, held_out = split(traces, families)
        distill([trace for trace in learnt if trace.steps], library=library)
        queries += held_out
    return queries


def split(traces: Sequence[Trace], families: dict[str, str]) -> tuple[list[Trace], Queries]:
    """Every second task text of a family to learn from, the others to ask; a lone one does both."""
    by_family: defaultdict[str, defaultdict[str, list[Trace]]] = defaultdict(lambda: defaultdict(list))
    for trace in traces:
        by_family[families[trace.hash]][trace.task].append(trace)
    learnt: list[Trace] = []
    queries: Queries = []
    for family, tasks in sorted(by_family.items()):
        playable = sorted(task for task, runs in tasks.items() if any(run.steps for run in runs))
        asked_only = sorted(tasks.keys() - set(playable))
        texts = (playable, asked_only) if asked_only else (playable[::2], playable[1::2] or playable)
        learnt += [
            run.model_copy(update={"family": family}) for task in texts[0] for run in tasks[task] if run.steps
        ]
        queries += [(task, family) for task in texts[1][:MOST_QUERIES]]
    return learnt, queries


def fill(folder: Path, size: int) -> None:
    """Add made-up skills until the library has so many."""
    with Library(folder) as library:
        have = {each.skill.name for each in library.skills()}
        new = (each for each in made_up() if each[0] not in have)
        changes = []
        for name, title, tasks in islice(new, max(0, size - len(have))):
            traces = [Trace(id=f"{name}-{at}", task=task, steps=STEPS) for at, task in enumerate(tasks)]
            library.stage(f"fill-{size}", traces)
            hashes = tuple(sorted(trace.hash for trace in traces))
            changes.append(Change(skill=filler(name, title, hashes), operation="add"))
        library.commit(Commit(run=f"fill-{size}", changes=tuple(changes)))


STEPS = (Step(index=0, action=Action(tool="work")),)


def filler(name: str, title: str, traces: tuple[str, ...]) -> Skill:
    """A made-up skill with one rule."""
    rule = SkillRule(name="P1", module=ModuleName.PROCEDURE, text=f"{title}, one after the other.")
    when = f"Use it when somebody wants to {title.lower()}."
    return Skill(
        name=name,
        title=title,
        description=when,
        when_to_use=when,
        family=name,
        domain="trades",
        rules=(rule,),
        traces=traces,
    )


def made_up() -> Iterator[tuple[str, str, tuple[str, str]]]:
    """Name, title and two tasks of made-up skills; every stretch is spread over the words."""
    verbs, things, places = (part.split() for part in WORDS.split(";"))
    combinations = list(product(verbs, things, places))
    for at in range(len(combinations)):
        verb, thing, place = combinations[at * 7919 % len(combinations)]  # prime to their number
        title = f"{verb.capitalize()} {thing} for a {place}"
        tasks = (f"Please {verb} the {thing} of the {place}.", f"The {place} wants us to {verb} its {thing}.")
        yield f"{verb}-{thing}-{place}", title, tasks


def asked(folder: Path, queries: Path) -> list[list[Any]]:
    """The rows of one library, measured in a process of its own."""
    known: Queries = [(task, family) for task, family in json.loads(queries.read_text())]
    unrelated = (Path(__file__).parent / "unrelated.txt").read_text().splitlines()
    with Library(folder, create=False) as library:
        stored = library.skills()
    skills = {each.skill.family: each.skill.name for each in stored}
    wanted = [(task, skills[family]) for task, family in known if family in skills]
    return [by_us(folder, len(stored), wanted, unrelated), by_chroma(folder, wanted)]


def by_us(folder: Path, size: int, wanted: Queries, unrelated: Sequence[str]) -> list[Any]:
    """Retrieval and rendering, as an agent's turn pays for them."""
    before = megabytes()
    guide = Guide(folder, wanted=Wanted())

    def answer(task: str) -> Retrieval:
        return guide.render(guide.retrieve(task)).retrieval

    first = timed(lambda: answer("a first question"))[1]
    found, times = zip(*(timed(lambda task=task: answer(task)) for task, _ in wanted), strict=True)
    strange, more = zip(*(timed(lambda task=task: answer(task)) for task in unrelated), strict=True)
    memory = megabytes() - before
    ranks = [[offer.skill for offer in each.considered] for each in found]
    offered = [[offer.skill for offer in each.offered] for each in found]
    right = [skill in given for (_, skill), given in zip(wanted, offered, strict=True)]
    wrong = [bool(given) and skill not in given for (_, skill), given in zip(wanted, offered, strict=True)]
    return [
        size,
        "ours",
        *recalls(wanted, ranks),
        share(wanted, right),
        share(wanted, wrong),
        f"{sum(not each.abstained for each in strange) / len(strange):.3f}",
        found[0].threshold,
        *milliseconds(first, [*times, *more]),
        round(memory),
    ]


def by_chroma(folder: Path, wanted: Queries) -> list[Any]:
    """Chroma's dense query alone, its client kept open."""
    import chromadb

    from trace2skill.store.embeddings import embed_query, resolve_embedding

    embedder, before = resolve_embedding(), megabytes()
    with chromadb.PersistentClient(folder / "index") as client:
        skills = client.get_collection("skills", embedding_function=None)

        def nearest(task: str) -> list[str]:
            found = skills.query(query_embeddings=[embed_query(embedder, task)], n_results=5)
            return [name.partition("/")[0] for name in found["ids"][0]]

        first = timed(lambda: nearest("a first question"))[1]
        found, times = zip(*(timed(lambda task=task: nearest(task)) for task, _ in wanted), strict=True)
    memory = megabytes() - before
    right = [skill == ranks[0] for (_, skill), ranks in zip(wanted, found, strict=True)]
    wrong = [not each for each in right]
    return [
        "",
        "Chroma",
        *recalls(wanted, found),
        share(wanted, right),
        share(wanted, wrong),
        "1.000",
        "",
        *milliseconds(first, times),
        round(memory),
    ]


def recalls(wanted: Queries, ranks: Sequence[Sequence[str]]) -> list[str]:
    """Recall at 1 and at 5."""
    return [
        share(wanted, [skill in found[:most] for (_, skill), found in zip(wanted, ranks, strict=True)])
        for most in (1, 5)
    ]


def share(wanted: Queries, hits: Sequence[bool]) -> str:
    """The share of hits, each skill weighing the same."""
    by_skill: defaultdict[str, list[bool]] = defaultdict(list)
    for (_, skill), hit in zip(wanted, hits, strict=True):
        by_skill[skill].append(hit)
    return f"{sum(sum(each) / len(each) for each in by_skill.values()) / len(by_skill):.3f}"


def megabytes() -> float:
    """What this process holds in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def timed(action: Callable[[], Any]) -> tuple[Any, float]:
    """What the action gives, and the milliseconds it took."""
    begun = time.perf_counter()
    result = action()
    return result, (time.perf_counter() - begun) * 1000


def milliseconds(first: float, times: Sequence[float]) -> list[str]:
    """The first call, the median and the 99th percentile."""
    ordered = sorted(times)
    return [f"{first:.0f}", f"{ordered[len(ordered) // 2]:.1f}", f"{ordered[len(ordered) * 99 // 100]:.1f}"]


if __name__ == "__main__":
    main()
