"""Whether when-rules are true: skills of tau2 telecom, judged by gold runs they were not mined from.

    python -m benchmarks.oracle                         # skills of the bundled example
    python -m benchmarks.oracle --traces RUNS ...       # skills distilled from runs
    python -m benchmarks.oracle --demonstrations 74     # skills of so many gold runs of train tasks
    python -m benchmarks.oracle --library FOLDER
    python -m benchmarks.oracle --folder SKILLS --mined RUNS ...   # exported skills, and their runs

Needs inspect-evals. A gold run is the benchmark's own plan between two fixed sweeps of the read tools; the
runs are of base tasks that were not mined from, and of compositions outside the base set. Task ids tell which
runs to leave out, and nothing else. A skill has two lists: the rules it shows, and the decision list that an
executor follows. benchmarks/verdicts.py says when a rule is true, false or untested: `share true` is of those
tested, `precision` their mean. `recall` is the share of the runs' changes that some rule asks for at that
moment, `by true ones` with the true rules alone; of one skill it is over the runs for which the library's
search finds it first. `steps` are those of telecom_steps.toml that a list covers. Below stand the rules that
are not true.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.gold_runs import held_out, keys_of
from benchmarks.held_out.world import recorder
from benchmarks.policy_steps import PolicyStep, covered, read_steps
from benchmarks.verdicts import ENOUGH, TRUE_AT, Judged, Verdict, judged, views_of
from trace2skill import Library, distill, read_traces
from trace2skill.claims.model import Rule
from trace2skill.errors import InputError, Trace2SkillError
from trace2skill.policies.knowledge import visible_rules
from trace2skill.skillmd.folder import import_skill
from trace2skill.skills.model import Skill
from trace2skill.store.records import (
    Change,
    Commit,
)
from trace2skill.traces.model import Trace
from trace2skill.wording.claims import clause
from trace2skill.wording.terms import imperative

ROOT = Path(__file__).resolve().parents[1]

BUNDLED = ROOT / "examples" / "telecom" / "traces.jsonl"
LISTS = ("visible", "decision list")
ALL = "all skills"
HEAD = (
    "skill",
    "rules",
    "number",
    "true",
    "untested",
    "false",
    "share true",
    "precision",
    "recall",
    "by true ones",
)


class Line(NamedTuple):
    """A list of one skill, or of all of them, and what came of it."""

    skill: str
    rules: str
    judged: Judged
    steps: list[str]


def main() -> None:
    """Distil or read, judge, print."""
    arguments = _parser().parse_args()
    try:
        last = frozenset({recorder("record").TRANSFER})
        with tempfile.TemporaryDirectory() as scratch:
            folder = arguments.library or _filled(arguments, Path(scratch))
            with Library(folder, create=False) as library:
                mined = keys_of(library.traces()) | keys_of(_read(arguments.mined))
                if not mined:
                    sys.exit("What was mined from is not known; name the runs with --mined.")
                runs = held_out(mined, arguments.compositions, arguments.seed)
                steps = read_steps()
                lines = list(measured(library, runs, last, steps))
    except Trace2SkillError as error:
        sys.exit(str(error))
    sys.stdout.write(page(lines, steps, len(runs)))
    if arguments.json:
        arguments.json.write_text(json.dumps(record(lines, len(runs)), indent=1, ensure_ascii=False) + "\n")


def measured(
    library: Library, runs: Sequence[Trace], last: frozenset[str], steps: Sequence[PolicyStep]
) -> Iterator[Line]:
    """Both lists of every skill, then those of all skills together."""
    skills = [stored.skill for stored in library.skills()]
    lists = {skill.name: {name: _rules(skill, name) for name in LISTS} for skill in skills}
    lists[ALL] = {name: [rule for skill in skills for rule in _rules(skill, name)] for name in LISTS}
    views = views_of(runs, [rule for of in lists[ALL].values() for rule in of])
    first = [next((hit.skill for hit in library.search(run.task, k=1)), "") for run in runs]
    for skill, of in lists.items():
        own = [view for view, found in zip(views, first, strict=True) if skill in {found, ALL}]
        for name, rules in of.items():
            yield Line(skill, name, judged(rules, views, own, last), covered(steps, rules))


def _rules(skill: Skill, name: str) -> Sequence[Rule]:
    return visible_rules(skill) if name == "visible" else skill.policy.rules


def _filled(arguments: argparse.Namespace, scratch: Path) -> Path:
    """A library of the skills that were asked for."""
    if arguments.folder:
        folders = sorted(file.parent for file in arguments.folder.rglob("SKILL.md"))
        if not folders:
            raise InputError(f"{arguments.folder}: holds no SKILL.md; export skills into it")
        changes = tuple(Change(skill=import_skill(folder), operation="import") for folder in folders)
        with Library(scratch) as library:
            library.commit(Commit(changes=changes))
    elif arguments.demonstrations:
        distill(_demonstrations(arguments.demonstrations, arguments.seed), library=scratch)
    else:
        distill(list(_read(arguments.traces or [BUNDLED])), library=scratch)
    return scratch


def _demonstrations(count: int, seed: int) -> list[Trace]:
    """Gold runs of train tasks, drawn by seed."""
    import asyncio

    from benchmarks.held_out.telecom.course import Course

    return Course(asyncio.new_event_loop()).sample(count, seed)


def _read(files: Iterable[Path]) -> Iterator[Trace]:
    for file in files:
        yield from read_traces(str(file))


def page(lines: Sequence[Line], steps: Sequence[PolicyStep], runs: int) -> str:
    """The table, the steps that are missing, and the rules that are not true."""
    rows = [
        f"{runs} gold runs not mined from; true: at least {TRUE_AT:.0%} of at least {ENOUGH} runs",
        "",
        f"| {' | '.join((*HEAD, f'steps of {len(steps)}'))} |",
        "|---" * (len(HEAD) + 1) + "|",
    ]
    for line in lines:
        of = line.judged
        counts = [len(of.verdicts), *(of.count(word) for word in ("true", "untested", "false"))]
        shares = map(_share, (of.share_true, of.precision, of.recall, of.recall_by_true))
        cells = [line.skill, line.rules, *counts, *shares, len(line.steps)]
        rows.append(f"| {' | '.join(map(str, cells))} |")
    for line in (line for line in lines if line.skill == ALL):
        missing = [step.name for step in steps if step.name not in line.steps]
        rows += ["", f"{line.rules}, steps not covered: {', '.join(missing) or 'none'}"]
        for word in ("false", "untested"):
            found = [each for each in line.judged.verdicts if each.word == word]
            rows += [f"- {word}: {_said(each)}" for each in found]
    return "\n".join(rows) + "\n"


def record(lines: Sequence[Line], runs: int) -> dict[str, Any]:
    """Everything, as JSON."""
    return {"runs": runs, "lists": [_list(line) for line in lines]}


def _list(line: Line) -> dict[str, Any]:
    of = line.judged
    return {
        "skill": line.skill,
        "rules": line.rules,
        "number": len(of.verdicts),
        **{word: of.count(word) for word in ("true", "untested", "false")},
        "share_true": of.share_true,
        "precision": of.precision,
        "recall": of.recall,
        "recall_by_true": of.recall_by_true,
        "steps": line.steps,
        "verdicts": [
            {
                "when": clause(each.rule.when),
                "then": imperative(each.rule.then),
                "verdict": each.word,
                "kept": each.kept,
                "broken": each.broken,
                "left_out": each.left_out,
            }
            for each in of.verdicts
        ],
    }


def _said(verdict: Verdict) -> str:
    words = f"when {clause(verdict.rule.when)}: {imperative(verdict.rule.then)}"
    left_out = f", {verdict.left_out} left out" if verdict.left_out else ""
    return f"{words} [{verdict.kept} of {verdict.bearing} runs{left_out}]"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--library", type=Path, metavar="FOLDER", help="a library")
    source.add_argument("--folder", type=Path, metavar="FOLDER", help="exported skills")
    source.add_argument("--traces", type=Path, nargs="+", metavar="FILE", help="distil these runs")
    source.add_argument("--demonstrations", type=int, metavar="K", help="distil K gold runs of train tasks")
    parser.add_argument(
        "--mined",
        type=Path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="runs that exported skills came from",
    )
    parser.add_argument(
        "--compositions", type=int, default=60, metavar="N", help="further tasks to judge by (%(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, help="draws tasks (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything to a file besides")
    return parser


if __name__ == "__main__":
    main()
