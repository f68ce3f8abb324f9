"""Whether the gate tells planted skills that help, harm and do nothing, and what that takes.

    python -m benchmarks.gate [--first-seed 1000] [--skills 20] [--pairs 100] [--max-runs 600]

The agents are simulated and noisy: each succeeds on a task with a probability drawn by the seed, which a
skill moves by so many points. Runs are independent of each other, given the task: the same seed does not make
two arms alike. Prints Markdown. Seeds below 1000 are for development.
"""

import argparse
import hashlib
import random
import statistics
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from trace2skill.evaluation.ablation import Ablation, ablate
from trace2skill.evaluation.arms import NONE, fixed
from trace2skill.evaluation.gate import GateSettings, Judgement, judge
from trace2skill.evaluation.journal import Journal
from trace2skill.evaluation.runner import Runner
from trace2skill.evaluation.sequential import interval
from trace2skill.evaluation.solver import asking
from trace2skill.evaluation.suite import Suite, Task
from trace2skill.skills.model import ModuleName, Skill, SkillRule

TASKS = 30
RULES = 8
"""Rules of an ablated skill: one costs 20 points, four bring 6 points each, three do nothing."""

Solve = Callable[[str, str, int], float]


class World:
    """Thirty tasks of different difficulty, and an agent whose success guidance moves.

    A mark `effect=+20` in the guidance moves the success of every task by 20 points, within 0 and 1; marks
    add up. The difficulties leave room for 20 points either way.
    """

    def __init__(self, seed: int) -> None:
        draw = random.Random(seed)  # noqa: S311 - no secret
        names = [f"task {number}" for number in range(TASKS)]
        self.rates = {name: draw.uniform(0.2, 0.8) for name in names}
        self.suite = Suite(f"planted {seed}", tuple(Task(name, name) for name in names))

    def solve(self, task: str, guidance: str, seed: int) -> float:
        """1 or 0; a function of task, guidance and seed, so that an A/A run needs `Forgetful`."""
        moved = sum(int(part.split()[0]) for part in guidance.split("effect=")[1:]) / 100
        return float(_toss(f"{task}|{guidance}|{seed}") < self.rates[task] + moved)


def _toss(text: str) -> float:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big") / 2**56


class Noisy:
    """The world's agent without regard to the seed: every run is a new toss."""

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self._draw = random.Random(f"noise {seed}")  # noqa: S311 - no secret

    def __call__(self, task: str, guidance: str, _: int) -> float:
        """1 or 0."""
        return self._world.solve(task, guidance, self._draw.getrandbits(60))


def runner(world: World, seed: int, max_runs: int) -> Runner:
    """A runner of the noisy agent that keeps its runs in memory."""
    return Runner(
        world.suite, asking(Noisy(world, seed)), solver="noisy", journal=Journal(), max_runs=max_runs
    )


def judged(effect: float, seed: int, settings: GateSettings) -> Judgement:
    """The verdict on a skill that moves success by so many points."""
    world = World(seed)
    skill = fixed("planted", f"effect={effect:+.0f} points")
    return judge(
        NONE,
        skill,
        runner=runner(world, seed, settings.max_runs),
        tasks=world.suite.tasks,
        settings=settings,
    )


def ablated_skill(seed: int) -> tuple[Skill, dict[str, int]]:
    """A skill of eight rules in random order, and the points that each brings."""
    effects = [-20, 6, 6, 6, 6, 0, 0, 0]
    random.Random(f"order {seed}").shuffle(effects)  # noqa: S311 - no secret
    rules = tuple(
        SkillRule(name=f"P{at}", module=ModuleName.PROCEDURE, text=f"effect={effect} points, by rule {at}")
        for at, effect in enumerate(effects, 1)
    )
    skill = Skill(name="planted", title="Planted", description="Planted.", family="planted", rules=rules)
    return skill, {rule.name: effect for rule, effect in zip(rules, effects, strict=True)}


class Ablated(NamedTuple):
    """An ablation, the points that each rule brings, and the runs when the bad rule was found, if it was."""

    found: Ablation
    effects: dict[str, int]
    runs: int | None

    @property
    def bad(self) -> str:
        """The rule that it had to find."""
        return min(self.effects, key=self.effects.__getitem__)

    def called(self, verdict: str, *, rightly: bool) -> int:
        """How many rules are said to harm or to help that do, or do not."""
        sign = -1 if verdict == "harms" else 1
        return sum(
            each.verdict == verdict and (sign * self.effects[each.rule] > 0) == rightly
            for each in self.found.rules
        )


def ablated(seed: int, max_runs: int) -> Ablated:
    """The ablation of a planted skill."""
    world = World(seed)
    skill, effects = ablated_skill(seed)
    bad = min(effects, key=effects.__getitem__)
    when: list[int] = []

    def watch(_: str, found: Ablation) -> None:
        if not when and bad in found.named("harms"):
            when.append(found.runs)

    made = runner(world, seed, max_runs)
    found = ablate(skill, runner=made, tasks=world.suite.tasks, seed=seed, progress=watch)
    return Ablated(found, effects, when[0] if when else None)


def false_alarms(pairs: int, first_seed: int, length: int) -> int:
    """How many of so many noisy pairs of equal arms ever show a difference, looked at after every run."""
    alarms = 0
    for number in range(pairs):
        world = World(first_seed + number)
        agent = Noisy(world, first_seed + number)
        draw = random.Random(f"tasks {first_seed + number}")  # noqa: S311 - no secret
        differences: list[float] = []
        for _ in range(length):
            task = draw.choice(list(world.rates))
            differences.append(agent(task, "", 0) - agent(task, "", 0))
            found = interval(differences)
            if found.low > 0 or found.high < 0:
                alarms += 1
                break
    return alarms


def verdict_table(skills: int, first_seed: int, settings: GateSettings) -> Iterator[str]:
    """Planted skills by verdict, and the runs that the verdicts took."""
    yield "| planted | skills | helps | harms | undecided | refused | runs, median | most | in all |"
    yield "|---|---|---|---|---|---|---|---|---|"
    kinds = {
        "costs 20 points": lambda _: -20.0,
        "within 2 points": lambda number: float(number % 5 - 2),
        "gains 20 points": lambda _: 20.0,
    }
    for at, (kind, effect) in enumerate(kinds.items()):
        found = [judged(effect(number), first_seed + 100 * at + number, settings) for number in range(skills)]
        counts = Counter("refused" if each.refused else each.verdict for each in found)
        runs = [each.runs for each in found]
        cells = [counts[name] for name in ("helps", "harms", "undecided", "refused")]
        cells += [round(statistics.median(runs)), max(runs), sum(runs)]
        yield f"| {kind} | {skills} | {' | '.join(map(str, cells))} |"


def ablation_table(skills: int, first_seed: int, max_runs: int) -> Iterator[str]:
    """How often the planted bad rule is found, and what else is said."""
    found = [ablated(first_seed + 500 + number, max_runs) for number in range(skills)]
    when = [each.runs for each in found if each.runs is not None]
    heading = "skills of 8 rules | bad rule found | others called harmful | helpful, rightly | wrongly"
    yield f"| {heading} | runs until it was found, median | most |"
    yield "|---|---|---|---|---|---|---|"
    cells = [skills, sum(each.bad in each.found.named("harms") for each in found)]
    cells += [sum(each.called("harms", rightly=False) for each in found)]
    cells += [sum(each.called("helps", rightly=rightly) for each in found) for rightly in (True, False)]
    cells += [round(statistics.median(when)), max(when)]
    yield f"| {' | '.join(map(str, cells))} |"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--first-seed", type=int, default=1000, help="below 1000: development")
    parser.add_argument("--skills", type=int, default=20, help="of each kind")
    parser.add_argument("--pairs", type=int, default=100, help="noisy pairs of equal arms")
    parser.add_argument("--max-runs", type=int, default=600, help="of one verdict")
    parser.add_argument("--ablation-runs", type=int, default=1500, help="of one ablation")
    given = parser.parse_args()
    settings = GateSettings(max_runs=given.max_runs)
    for line in verdict_table(given.skills, given.first_seed, settings):
        print(line, flush=True)  # noqa: T201
    alarms = false_alarms(given.pairs, given.first_seed, 300)
    print(f"\nEqual arms that ever differed within 300 pairs: {alarms} of {given.pairs}.\n", flush=True)  # noqa: T201
    for line in ablation_table(given.skills, given.first_seed, given.ablation_runs):
        print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
