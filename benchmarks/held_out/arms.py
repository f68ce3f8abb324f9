"""Skills without a model beside every control, on the same held-out tasks: paired differences with intervals.

    python -m benchmarks.held_out.arms telecom [--compositions 60]
    python -m benchmarks.held_out.arms scienceworld [--tasks boil melt ...] [--tests 5]

| arm | acts by |
|---|---|
| no-op | nothing |
| random | calls drawn from the demonstrations; commands drawn from those that the game offers |
| replay | the actions of the likest demonstration |
| placebo | the visible rules of skills of other families only |
| policy | all that the skills hold for an executor |
| visible rules | only what the skills show a reader |

Skills are distilled from demonstrations of training tasks (telecom: all 74; ScienceWorld: 8 a task). Each
task is done once in each arm. Prints Markdown; --html writes the page that `trace2skill eval` writes.
"""

import argparse
import asyncio
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.held_out.scienceworld import TASKS, open_game
from benchmarks.held_out.telecom.bench import Bench
from benchmarks.held_out.telecom.course import Course, stratum
from benchmarks.held_out.text_bench import BUDGET, RANDOM_COMMANDS
from benchmarks.held_out.text_bench import Bench as TextBench
from benchmarks.held_out.text_world import TextWorld, guess, replay
from benchmarks.held_out.visible import shown
from benchmarks.held_out.world import TelecomWorld
from trace2skill.errors import Trace2SkillError
from trace2skill.evaluation.comparison import compare, summed_up
from trace2skill.evaluation.journal import Run
from trace2skill.evaluation.page import page
from trace2skill.evaluation.suite import Suite, Task
from trace2skill.graph.run import distill
from trace2skill.policies.executor import execute
from trace2skill.skills.model import Skill
from trace2skill.store.library import Library

ARMS = ("no-op", "random", "replay", "placebo", "policy", "visible rules")
OURS = ARMS[-1]
HARDSHIPS = {
    "contract_end_suspension": "contract ended",
    "lock_sim_card_pin": "PIN locked",
    "overdue_bill_suspension": "bill overdue",
}
"""What makes tickets of the kind `service` hard; no other kind has them."""


class Score(NamedTuple):
    """What an arm made of a task: 0 to 1; and the groups that the task counts in."""

    arm: str
    task: str
    groups: tuple[str, ...]
    success: float


def telecom(compositions: int) -> Iterator[Score]:
    """Every arm on the test tasks of the official split, or on compositions outside the base set."""
    loop = asyncio.new_event_loop()
    bench = Bench(loop, Course(loop, compositions=compositions, stratified=True))
    course = bench.course
    known = course.demonstrations
    fixed = {
        "no-op": bench.unaided,
        "random": bench.guess(0),
        "replay": bench.replay(known),
    }
    for arm, solved in fixed.items():
        for task, each in zip(course.tests, solved, strict=True):
            yield Score(arm, str(task.id), groups(str(task.id)), float(each))
    with tempfile.TemporaryDirectory() as folder:
        distill(known, library=folder)
        with Library(folder) as library:
            whole = {each.skill.name: each.skill for each in library.skills()}
            seen = {name: shown(skill) for name, skill in whole.items()}
            named = {trace.id: stratum(task) for trace, task in zip(known, course.shown, strict=True)}
            kinds = _kinds(library, named)
            for task in course.tests:
                others = {name: skill for name, skill in seen.items() if kinds[name] != stratum(task)}
                for arm, skills in (("placebo", others), ("policy", whole), (OURS, seen)):
                    world = TelecomWorld(task, loop)
                    execute(_ranked(library, skills, world.task), world)
                    yield Score(arm, str(task.id), groups(str(task.id)), float(world.reward() >= 1))


def groups(task: str) -> tuple[str, ...]:
    """The kind of issue that a task's id names, and what makes it hard."""
    kind = task.partition("]")[0].lstrip("[").replace("_", " ")
    return (kind, *(told for part, told in HARDSHIPS.items() if part in task))


def _kinds(library: Library, named: dict[str, str]) -> dict[str, str]:
    """The kind of issue that most runs of each skill are about, by the runs' ids."""
    kinds = {}
    for stored in library.skills():
        runs = library.traces(stored.skill.traces)
        kinds[stored.skill.name] = Counter(named[run.id] for run in runs).most_common(1)[0][0]
    return kinds


def _ranked(library: Library, skills: dict[str, Skill], task: str) -> list[Skill]:
    """These skills, those that the library's search finds for the task first."""
    found = [hit.skill for hit in library.search(task, k=len(library.skills()))]
    return [skills[name] for name in dict.fromkeys([*found, *sorted(skills)]) if name in skills]


def scienceworld(tasks: Sequence[str], tests: int, demonstrations: int) -> Iterator[Score]:
    """Every arm on test variations; the placebo is the skill of the next task of the list."""
    bench = TextBench(open_game(), tests)
    with tempfile.TemporaryDirectory() as scratch:
        for task in dict.fromkeys((*tasks, *map(_next, tasks))):
            distill(bench.demonstrations(task, demonstrations), library=Path(scratch) / task)
        for task in tasks:
            skills = {name: _skills(Path(scratch) / name) for name in (task, _next(task))}
            known = bench.demonstrations(task, demonstrations)
            for variation in bench.drawn(task, "test", tests):
                for arm in ARMS:
                    world = TextWorld(bench.game, bench.game.start(task, variation, "test"))
                    if arm == "random":
                        guess(bench.game, world, bench.seed, RANDOM_COMMANDS)
                    elif arm == "replay":
                        replay(world, known)
                    elif arm != "no-op":
                        given = skills[_next(task) if arm == "placebo" else task]
                        execute([*map(shown, given)] if arm == OURS else given, world, budget=BUDGET)
                    yield Score(arm, f"{task} {variation}", (task,), world.score / 100)


def _next(task: str) -> str:
    return TASKS[(TASKS.index(task) + 1) % len(TASKS)]


def _skills(folder: Path) -> list[Skill]:
    with Library(folder, create=False) as library:
        return [each.skill for each in library.skills()]


def runs_of(scores: Sequence[Score], suite: str) -> list[Run]:
    """The scores as runs of an evaluation."""
    return [
        Run(
            key=f"{each.arm}/{each.task}",
            suite=suite,
            task=each.task,
            arm=each.arm,
            seed=0,
            success=each.success,
        )
        for each in scores
    ]


def table(scores: Sequence[Score]) -> str:
    """A row for each arm: success, what our arm has more of it with its interval, and success by group."""
    names = sorted({group for each in scores for group in each.groups})
    by_arm: dict[str, dict[str, list[Run]]] = {arm: defaultdict(list) for arm in ARMS}
    for run in runs_of(scores, ""):
        by_arm[run.arm][run.task].append(run)
    head = f"| arm | n | success | visible rules less it, points | p | {' | '.join(names)} |"
    lines = [head, "|---" * (len(names) + 5) + "|"]
    for arm, tasks in by_arm.items():
        of = [each for each in scores if each.arm == arm]
        cells = ["", ""]
        if arm != OURS:
            found = compare(OURS, by_arm[OURS], arm, tasks)
            low, mean, high = (
                100 * value for value in (found.success.low, found.success.mean, found.success.high)
            )
            cells = [f"{mean:+.1f} ({low:+.1f} to {high:+.1f})", f"{found.p:.2g}"]
        shares = [_share([each.success for each in of if name in each.groups]) for name in names]
        mean = sum(each.success for each in of) / len(of)
        lines.append(f"| {arm} | {len(of)} | {mean:.3f} | {' | '.join([*cells, *shares])} |")
    return "\n".join(lines) + "\n"


def _share(found: Sequence[float]) -> str:
    """Solved of asked; the mean score where a task can be solved in part."""
    if all(value in {0.0, 1.0} for value in found):
        return f"{sum(found):.0f}/{len(found)}"
    return f"{sum(found) / len(found):.2f} ({len(found)})"


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("suite", choices=("telecom", "scienceworld"))
    parser.add_argument(
        "--compositions", type=int, default=0, metavar="N", help="telecom: tasks outside the base set"
    )
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS), metavar="TASK")
    parser.add_argument(
        "--tests", type=int, default=5, metavar="N", help="ScienceWorld: test variations a task"
    )
    parser.add_argument(
        "--demonstrations", type=int, default=8, metavar="K", help="ScienceWorld: of each task"
    )
    parser.add_argument("--html", type=Path, metavar="FILE")
    chosen = parser.parse_args()
    try:
        found: Any = (
            telecom(chosen.compositions)
            if chosen.suite == "telecom"
            else scienceworld(chosen.tasks, chosen.tests, chosen.demonstrations)
        )
        scores = []
        for score in found:
            scores.append(score)
            sys.stderr.write(f"{score.task}: {score.arm} {score.success:.2f}\n")
    except Trace2SkillError as error:
        parser.exit(2, f"{error}\n")
    sys.stdout.write(table(scores))
    if chosen.html:
        tasks = tuple(
            Task(each, each, author="the benchmark") for each in dict.fromkeys(s.task for s in scores)
        )
        suite = Suite(chosen.suite, tasks)
        runs = runs_of(scores, suite.name)
        chosen.html.write_text(
            page(summed_up(runs, ARMS, 1, suite=suite, solver="the executor")), encoding="utf-8"
        )


if __name__ == "__main__":
    main()
