"""Ablation: which rule of a skill helps, which harms, and of which nothing is seen.

Each rule is left out in turn, and the skill without it is run beside the whole skill on the same draws. In
each round only some of the rules are run: those that look most harmful so far, and the one that looks most
helpful. Which they are is settled by earlier rounds alone, so that each rule's evidence stays valid.
"""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Literal

from pydantic import Field

from trace2skill.errors import InputError, LimitError
from trace2skill.evaluation.arms import BUDGET_TOKENS, of_skill
from trace2skill.evaluation.pairs import points
from trace2skill.evaluation.runner import Request, Runner, draws
from trace2skill.evaluation.sequential import Evidence, discoveries, interval, within_reach
from trace2skill.evaluation.suite import Task
from trace2skill.skills.critique import settled
from trace2skill.skills.model import Skill, SkillRule
from trace2skill.store.validations import Interval
from trace2skill.traces.model import Frozen
from trace2skill.wording.escape import one_line

FIRST_ROUNDS = 10
"""Rounds in which every rule is run."""

SUSPECTS = 2
"""Rules run in each later round because they look harmful."""

IDLE = 0.1
"""A rule is idle if the interval of its effect lies within so much of 0."""

FUTILE_FROM = 50
"""Rounds before which an ablation is never given up."""

RuleVerdict = Literal["helps", "harms", "idle", "undecided"]


class RuleEffect(Frozen):
    """What leaving one rule out does. `effect` is the success with the rule less the success without it."""

    rule: str
    text: str
    verdict: RuleVerdict
    effect: Interval = Field(description="an interval for this rule alone, valid at any time of stopping")
    pairs: int


class Ablation(Frozen):
    """What was found of each rule, in the skill's order. Verdicts hold with the false discovery rate."""

    rules: tuple[RuleEffect, ...]
    runs: int
    rate: float = Field(description="the false discovery rate, of harmful rules and of helpful ones each")

    def named(self, verdict: RuleVerdict) -> list[str]:
        """The names of the rules of a verdict."""
        return [each.rule for each in self.rules if each.verdict == verdict]


Progress = Callable[[str, Ablation], None]


def without(skill: Skill, names: Sequence[str]) -> Skill:
    """The skill without the named rules, its other rules numbered anew.

    Of a skill written by hand the lines go that say what the rules say.

    Raises:
        InputError: The skill has no rule of one of the names.
    """
    known = {rule.name: rule for rule in skill.rules}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(
            f"{skill.name} has no rule {unknown[0]!r}; its rules are {', '.join(known) or 'none'}"
        )
    left = tuple(rule for rule in skill.rules if rule.name not in names)
    gone = [known[name] for name in names]
    lines = [line for line in skill.human_text.splitlines() if not any(_says(line, rule) for rule in gone)]
    text = "\n".join(lines) if len(lines) < len(skill.human_text.splitlines()) else skill.human_text
    return settled(skill, skill.model_copy(update={"rules": left, "human_text": text}))


def _says(line: str, rule: SkillRule) -> bool:
    said = one_line(rule.text)
    return rule.finding is None and bool(said) and one_line(line).lstrip("-*+0123456789.) ") == said


def ablate(  # noqa: PLR0913 - keyword only but for the skill
    skill: Skill,
    *,
    runner: Runner,
    tasks: Sequence[Task],
    seed: int = 0,
    rate: float = 0.05,
    budget_tokens: int | None = BUDGET_TOKENS,
    progress: Progress | None = None,
) -> Ablation:
    """Run the skill and the skill without each rule until all is said, or the runs are used up.

    Args:
        skill: The skill.
        runner: Makes the runs, up to its limit.
        tasks: Held-out tasks.
        seed: Decides which tasks are drawn, and the solver's seeds.
        rate: The false discovery rate.
        budget_tokens: About the most tokens that the guidance may take.
        progress: Called after each round.

    Raises:
        InputError: The skill has fewer than two rules that an agent is shown.
        LimitError: The runner's limit leaves no room for the first rounds.
        SolverError: A run gave no result.
    """
    search = _Search(skill, runner, rate, budget_tokens)
    least = FIRST_ROUNDS * (1 + len(search.rules))
    if runner.left < least:
        raise LimitError(
            f"--max-runs {runner.max_runs} leaves no room: the first {FIRST_ROUNDS} rounds take {least} runs"
        )
    for number, draw in enumerate(draws(runner.suite, tasks, seed)):
        active = search.active(number)
        requests = [Request(arm, draw) for arm in (search.whole, *(search.arms[name] for name in active))]
        if not active or runner.missing(requests) > runner.left:
            break
        whole, *others = runner.run(requests)
        for name, other in zip(active, others, strict=True):
            search.add(name, whole.success - other.success)
        search.decide()
        if number >= FUTILE_FROM and search.futile():
            break
        if progress:
            progress("leaving rules out", search.found())
    return search.found()


class _Search:
    """The evidence on each rule, and which rules to run next."""

    def __init__(self, skill: Skill, runner: Runner, rate: float, budget_tokens: int | None) -> None:
        self.runner, self.rate = runner, rate
        self.whole = of_skill(skill, budget_tokens=budget_tokens)
        arms = {
            rule.name: of_skill(without(skill, [rule.name]), f"without {rule.name}", budget_tokens)
            for rule in skill.rules
        }
        self.arms = {name: arm for name, arm in arms.items() if arm.guidance != self.whole.guidance}
        self.rules = [rule for rule in skill.rules if rule.name in self.arms]
        if len(self.rules) < 2:
            raise InputError(f"{skill.name} has {len(self.rules)} rules; there is nothing to compare")
        self.differences: dict[str, list[float]] = {name: [] for name in self.arms}
        self.help = {name: Evidence() for name in self.arms}
        self.harm = {name: Evidence() for name in self.arms}
        self.decided: dict[str, RuleVerdict] = {}

    def active(self, number: int) -> list[str]:
        """The rules to run in a round, counted from 0; none if all is said."""
        left = [name for name in self.arms if name not in self.decided]
        if number < FIRST_ROUNDS:
            return left
        harmful = sorted(left, key=lambda name: (self._bound(name, -1), name), reverse=True)
        helpful = sorted(left, key=lambda name: (self._bound(name, 1), name), reverse=True)
        return list(dict.fromkeys([*harmful[:SUSPECTS], *islice(helpful, 1)]))

    def add(self, name: str, difference: float) -> None:
        """Take in one pair: the success with the rule less that without it."""
        self.differences[name].append(difference)
        self.help[name].add(difference)
        self.harm[name].add(-difference)

    def decide(self) -> None:
        """Settle the rules on which there is enough evidence; they are run no more."""
        for verdict, evidence in (("harms", self.harm), ("helps", self.help)):
            logs = {name: each.log for name, each in evidence.items()}
            for name in discoveries(logs, self.rate):
                self.decided.setdefault(name, verdict)  # type: ignore[arg-type] # one of the two
        for name, differences in self.differences.items():
            if name not in self.decided and self._spread(name) < IDLE / 3:
                effect = interval(differences, self.rate)
                if effect.low > -IDLE and effect.high < IDLE:
                    self.decided[name] = "idle"

    def futile(self) -> bool:
        """Whether the runs left would hardly settle another rule, even if one matters more than it looks."""
        left = self.runner.left // (2 + SUSPECTS)
        level = self.rate / len(self.rules)
        return not any(
            within_reach(evidence[name], [sign * each for each in self.differences[name]], level, left)
            for sign, evidence in ((1, self.help), (-1, self.harm))
            for name in self.arms
            if name not in self.decided
        )

    def found(self) -> Ablation:
        """What is known now."""
        return Ablation(
            rules=tuple(
                RuleEffect(
                    rule=rule.name,
                    text=rule.text,
                    verdict=self.decided.get(rule.name, "undecided"),
                    effect=interval(self.differences[rule.name], self.rate),
                    pairs=len(self.differences[rule.name]),
                )
                for rule in self.rules
            ),
            runs=self.runner.runs,
            rate=self.rate,
        )

    def _bound(self, name: str, sign: int) -> float:
        """How large an effect in one direction may well be: its mean and a standard error."""
        differences = self.differences[name]
        return sign * sum(differences) / len(differences) + self._spread(name)

    def _spread(self, name: str) -> float:
        """The standard error of a rule's effect, as if one difference of 1 had been seen as well."""
        differences = self.differences[name]
        mean = sum(differences) / len(differences)
        squares = 1 + sum((each - mean) ** 2 for each in differences)
        return float(squares**0.5 / len(differences))


def said(found: RuleEffect) -> str:
    """A rule's effect in a line: `P3 harms: -18 points (-30 to -7) in 80 pairs`."""
    return f"{found.rule} {found.verdict}: {points(found.effect)} in {found.pairs} pairs"
