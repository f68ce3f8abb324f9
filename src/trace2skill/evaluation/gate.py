"""The gate: does a skill help an agent, at a stated risk of harm? Pairs of runs until that can be said."""

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice

from pydantic import Field

from trace2skill.errors import InputError, LimitError
from trace2skill.evaluation.arms import Arm, again, null_edit, same_text
from trace2skill.evaluation.journal import Run
from trace2skill.evaluation.pairs import Pairs, mean_of, points
from trace2skill.evaluation.runner import Draw, Request, Runner, draws
from trace2skill.evaluation.sequential import Evidence, interval
from trace2skill.evaluation.suite import Suite, Task
from trace2skill.store.validations import Interval, Saved, Verdict
from trace2skill.traces.model import Frozen, Trace

MIN_TASKS = 5
"""Fewest held-out tasks of which a verdict is given."""


class GateSettings(Frozen):
    """What a verdict rests on."""

    harm_budget: float = Field(
        0.05,
        ge=0,
        lt=1,
        description="most loss of success, as a share of runs, that a cheaper skill may have",
    )
    level: float = Field(0.05, gt=0, lt=0.5, description="risk of a wrong verdict, half of it on each side")
    max_runs: int = Field(600, ge=1, description="most runs, of all arms together")
    check_pairs: int = Field(
        20, ge=1, description="pairs of the same arm twice, and of the skill with a null edit"
    )
    seed: int = Field(0, description="decides which tasks are drawn, and the solver's seeds")


class Check(Frozen):
    """Two arms that ought to do the same, compared."""

    pairs: int
    difference: Interval

    @property
    def differs(self) -> bool:
        """Whether they do not."""
        return excludes_zero(self.difference)


class Judgement(Frozen):
    """A verdict with what it rests on; `refused` if the solver cannot be judged with."""

    verdict: Verdict
    reason: str
    refused: bool = False
    tasks: int = Field(description="distinct tasks that were run")
    pairs: int
    runs: int
    success: Interval
    control: float = Field(description="mean success without the skill")
    treatment: float = Field(description="mean success with it")
    saving: Interval | None = Field(None, description="of (control - treatment) / (control + treatment)")
    saved: Saved = ""
    spent: tuple[float, float] | None = Field(None, description="means of what is saved, without and with")
    same_twice: Check
    null_edit: Check | None = Field(None, description="made before a skill is said to help")
    needed: int | None = Field(None, description="about how many pairs a difference of 20 points takes here")


Progress = Callable[[str, "Judgement"], None]
"""Called after each pair, with what is being done and what is known."""


def held_out(suite: Suite, traces: Collection[Trace]) -> tuple[list[Task], list[str]]:
    """The tasks that are not among the traces' tasks, and the ids of the others.

    A task is among them if a trace has its text, whatever the case and spacing, or its id as task key.
    """
    texts = {same_text(trace.task) for trace in traces}
    keys = {trace.task_key for trace in traces if trace.task_key}
    seen = [task.id for task in suite.tasks if same_text(task.prompt) in texts or task.id in keys]
    return [task for task in suite.tasks if task.id not in set(seen)], seen


def excludes_zero(found: Interval) -> bool:
    """Whether the interval lies wholly on one side of 0."""
    return found.low > 0 or found.high < 0


def judge(  # noqa: PLR0913 - keyword only but for the arms
    control: Arm,
    skill: Arm,
    *,
    runner: Runner,
    tasks: Sequence[Task],
    settings: GateSettings,
    progress: Progress | None = None,
) -> Judgement:
    """Compare two arms until one is shown to be better, or the runs are used up.

    First the control is run twice on `check_pairs` draws: if it differs from itself, the judgement is
    refused. Then pairs are drawn; after each, the evidence of a benefit, a saving and a harm is looked at.
    Before a skill is said to help, it is compared with a null edit of itself.

    Raises:
        InputError: There are fewer than `MIN_TASKS` tasks.
        LimitError: `max_runs` leaves no room for a comparison.
        SolverError: A run gave no result.
    """
    if len(tasks) < MIN_TASKS:
        raise InputError(
            f"{len(tasks)} of the suite's tasks are held out; a verdict needs {MIN_TASKS}: add tasks "
            "that the skill was not distilled from, or compare with `trace2skill eval`"
        )
    if all(control.guidance(task) == skill.guidance(task) for task in tasks):
        raise InputError(
            f"the arms {control.name!r} and {skill.name!r} give an agent the same text; name another control"
        )
    if settings.max_runs < 4 * settings.check_pairs:
        raise LimitError(
            f"--max-runs {settings.max_runs} leaves no room beside the checks; give at least "
            f"{4 * settings.check_pairs}"
        )
    return _Gate(control, skill, runner, tasks, settings, progress).judged()


class _Gate:
    def __init__(  # noqa: PLR0913, PLR0917 - what `judge` takes
        self,
        control: Arm,
        skill: Arm,
        runner: Runner,
        tasks: Sequence[Task],
        settings: GateSettings,
        progress: Progress | None,
    ) -> None:
        self.control, self.skill = control, skill
        self.runner, self.tasks, self.settings = runner, tasks, settings
        self.progress = progress
        self.pairs = Pairs(settings.level, settings.harm_budget)
        self.same_twice = Check(pairs=0, difference=interval([]))
        self.null_edit: Check | None = None

    def judged(self) -> Judgement:
        self.same_twice = self._check(
            self.control, again(self.control), self.settings.check_pairs, "the same arm twice"
        )
        if self.same_twice.differs:
            return self._judgement(
                "undecided",
                f"refused: one arm differs from itself by {points(self.same_twice.difference)}: the solver "
                "keeps something from run to run, or does not begin tasks afresh; mend it first",
                refused=True,
            )
        for control, treated in self._compared():
            self.pairs.add(control, treated)
            if found := self.pairs.verdict():
                return self._confirmed(*found)
            left = (self.runner.left - self.settings.check_pairs) // 2
            if left > 0 and self.pairs.futile(left):
                return self._judgement("undecided", self.pairs.undecided(given_up=True))
            if self.progress:
                self.progress("comparing", self._judgement("undecided", "going on"))
        return self._judgement("undecided", self.pairs.undecided())

    def _confirmed(self, verdict: Verdict, reason: str) -> Judgement:
        if verdict == "helps":
            pairs = min(self.settings.check_pairs, len(self.pairs.differences))
            self.null_edit = self._check(self.skill, null_edit(self.skill), pairs, "a null edit")
            if self.null_edit.differs:
                return self._judgement(
                    "undecided",
                    f"blank lines in the skill's text change success by {points(self.null_edit.difference)}: "
                    "the difference to the control may be no merit of what the skill says",
                )
        return self._judgement(verdict, reason)

    def _check(self, one: Arm, other: Arm, pairs: int, what: str) -> Check:
        """Compare two arms on the first draws, and stop when they differ."""
        differences: list[float] = []
        above, below = Evidence(), Evidence()
        side = self.settings.level / 2
        for first, second in self._runs(one, other, islice(self._draws(), pairs), 0):
            differences.append(second.success - first.success)
            above.add(differences[-1])
            below.add(-differences[-1])
            if above.reaches(side) or below.reaches(side):
                break
            if self.progress:
                self.progress(what, self._judgement("undecided", "going on"))
        return Check(pairs=len(differences), difference=interval(differences, self.settings.level))

    def _compared(self) -> Iterator[tuple[Run, Run]]:
        return self._runs(self.control, self.skill, self._draws(), self.settings.check_pairs)

    def _draws(self) -> Iterator[Draw]:
        return draws(self.runner.suite, self.tasks, self.settings.seed)

    def _runs(self, one: Arm, other: Arm, drawn: Iterator[Draw], reserve: int) -> Iterator[tuple[Run, Run]]:
        """Pairs of runs, a few at a time, while the limit has room for them and for the reserve."""
        at_a_time = max(1, self.runner.parallel // 2)
        while batch := list(islice(drawn, at_a_time)):
            requests = [Request(arm, draw) for draw in batch for arm in (one, other)]
            while self.runner.missing(requests) > self.runner.left - reserve:
                requests = requests[:-2]
            if not requests:
                return
            runs = self.runner.run(requests)
            yield from zip(runs[::2], runs[1::2], strict=True)

    def _judgement(self, verdict: Verdict, reason: str, *, refused: bool = False) -> Judgement:
        pairs = self.pairs
        return Judgement(
            verdict=verdict,
            reason=reason,
            refused=refused,
            tasks=len(pairs.tasks),
            pairs=len(pairs.differences),
            runs=self.runner.runs,
            success=interval(pairs.differences, self.settings.level),
            control=mean_of(pairs.controls),
            treatment=mean_of(pairs.treated),
            saving=interval(pairs.savings, pairs.saving_level * 2) if pairs.saved else None,
            saved=pairs.saved,
            spent=pairs.spent,
            same_twice=self.same_twice,
            null_edit=self.null_edit,
            needed=pairs.needed(),
        )
