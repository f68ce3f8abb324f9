"""The executor: drives an environment by skills alone, without a model.

It reads every fact that the rules mention, then repeatedly does what the first applicable rule says. A rule
applies if its condition holds and its action was not done since the condition came to hold. When no rule
applies, it reads the facts again, since they may have changed, and stops when no rule applies then either. A
careful run also stops at the first surprise.
"""

from collections.abc import Iterable, Iterator, Sequence

from trace2skill.claims.model import Rule
from trace2skill.claims.view import View
from trace2skill.policies.bindings import calls, holding
from trace2skill.policies.knowledge import ExpectedEffects, Knowledge, veto
from trace2skill.skills.execution import Approval, Ending, Environment, Execution, StepReport
from trace2skill.skills.model import Skill
from trace2skill.traces.model import Action, Actor, Frozen, Source, Step, StepOutcome, Trace

BUDGET = 150
LOOKS = 3
"""Rounds of reading: one before any action, the others to see the effects."""


class _Choice(Frozen):
    actor: Actor
    action: Action
    rule: Rule | None = None
    why: str


def execute(  # noqa: PLR0913 - keyword only but for what every run needs
    skills: Sequence[Skill],
    environment: Environment,
    *,
    budget: int = BUDGET,
    needs_approval: frozenset[str] = frozenset(),
    approve: Approval | None = None,
    careful: bool = False,
    name: str = "executed",
) -> Execution:
    """Drive the environment by one or several skills, the best fitting first.

    Args:
        skills: The skills, the best fitting first. A later one is used for actions that the earlier ones
            have no rule for.
        environment: What to act on.
        budget: The most actions.
        needs_approval: Tools that are called only if `approve` returns true; never if it is None.
        approve: Asked before each call of such a tool.
        careful: Stop at the first surprise: a call that fails, a call that is due but must not be made, or an
            effect that trusted rules predict and the next reading contradicts.
        name: The id of the resulting trace.

    Returns:
        The run. Its outcome is unknown: the executor does not judge success.
    """
    template = next((skill.policy.course for skill in skills[:1]), None)
    if template is not None and not careful:
        from trace2skill.plan_templates.follow import follow

        return follow(
            template, environment, budget=budget, needs_approval=needs_approval, approve=approve, name=name
        )
    run = _Run(Knowledge.of(skills, careful=careful), environment, needs_approval, approve, name)
    ending: Ending = "out of budget"
    while len(run.steps) < budget:
        choice = None if environment.done else run.choose()
        if environment.done or (careful and run.surprise):
            ending = "done"
            break
        if choice is None:
            ending = "done" if run.reached else "stuck"
            last = None if run.reached or careful else run.hand_over()
            if last:
                run.act(last)
            break
        run.act(choice)
        if choice.rule and choice.rule.then in run.knowledge.last:
            ending = "done"
            break
    if careful and run.surprise:
        ending = "surprised"
    return Execution(
        trace=run.view.trace,
        ending=ending,
        report=tuple(run.report),
        surprise=run.surprise if ending == "surprised" else "",
    )


class _Run:
    def __init__(
        self,
        knowledge: Knowledge,
        environment: Environment,
        needs_approval: frozenset[str],
        approve: Approval | None,
        name: str,
    ) -> None:
        self.knowledge = knowledge
        self.environment = environment
        self.needs_approval = needs_approval
        self.approve = approve
        self.report: list[StepReport] = []
        self.steps: list[Step] = []
        self.surprise = ""
        self._expected = ExpectedEffects(knowledge.effects)
        self.view = View(
            Trace(
                id=name,
                task=environment.task,
                tools=tuple(environment.tools),
                initial_observation=environment.initial_observation,
                source=Source(format="executor"),
            ),
            knowledge.vocabulary,
        )
        self._asked: set[str] = set()
        self._refused: set[str] = set()
        self._looks = 1
        self._acted = False
        self._widened = False

    def choose(self) -> _Choice | None:
        """The next action: a reading that is due, else what the first applicable rule says; None if neither.

        When nothing is left to do, facts are read again; if the goal is still not reached, the further rules
        of the other skills are tried too.
        """
        while True:
            choice = next(self._readings(), None) or next(self._due(), None)
            if choice:
                return choice
            if self._acted and self._looks < LOOKS:
                self._looks += 1
                self._acted = False
                self._asked.clear()
            elif not self.reached and not self._widened:
                self._widened = True
            else:
                return None

    def act(self, choice: _Choice) -> None:
        """Do an action and update the belief with its observation."""
        observation, outcome = self.environment.call(choice.actor, choice.action)
        step = Step(
            index=len(self.steps),
            actor=choice.actor,
            action=choice.action,
            observation=observation,
            outcome=outcome,
        )
        self.steps.append(step)
        self.view.belief.read(step)
        trace = self.view.trace.model_copy(update={"steps": tuple(self.steps)})
        self.view = View(trace, belief=self.view.belief)
        self._asked.add(_text(choice.actor, choice.action))
        self._acted |= choice.rule is not None
        failed = f"{choice.action.tool} failed" if outcome == StepOutcome.ERROR else ""
        self.surprise = self.surprise or failed or self._expected.take_in(self.view)
        if choice.rule:
            self._ask_again(self._expected.keys)
        self.report.append(
            StepReport(step=step.index, action=choice.action, rule=choice.rule, why=choice.why)
        )

    @property
    def reached(self) -> bool:
        """Whether the goals hold now; if no goals are known, whether a rule was followed."""
        if self.knowledge.goals:
            return all(self.view.truth(goal)[-1] for goal in self.knowledge.goals)
        return any(each.rule for each in self.report if each.step is not None)

    def hand_over(self) -> _Choice | None:
        """A final action for a run that is stuck, such as handing over; None if the skills know none."""
        for pattern in self.knowledge.last:
            actor = pattern.actor or Actor.AGENT
            for action in calls(pattern, self.view, self.knowledge.uses):
                if self._may(actor, action):
                    return _Choice(
                        actor=actor, action=action, why="no rule applies and the goal is not reached"
                    )
        return None

    # --- reading

    def _readings(self) -> Iterator[_Choice]:
        for key in (*self._expected.keys, *self.knowledge.keys):
            yield from self._read(key, frozenset())

    def _ask_again(self, keys: Iterable[str]) -> None:
        """Let the given facts be read once more because an action should have changed them."""
        for by in (self.knowledge.readings[key] for key in keys if key in self.knowledge.readings):
            found = calls(by, self.view, self.knowledge.uses)
            self._asked -= {_text(by.actor or Actor.AGENT, action) for action in found}

    def _read(self, key: str, above: frozenset[str]) -> Iterator[_Choice]:
        """Calls that read a fact and were not made since the last look, after those that they depend on."""
        by = self.knowledge.readings.get(key)
        if by is None or key in above:
            return
        for source in self.knowledge.sources(by):
            yield from self._read(source, above | {key})
        for action in calls(by, self.view, self.knowledge.uses):
            actor = by.actor or Actor.AGENT
            if self._may(actor, action) and _text(actor, action) not in self._asked:
                yield _Choice(actor=actor, action=action, why=f"reads {key}")

    # --- acting

    def _due(self) -> Iterator[_Choice]:
        further = self.knowledge.further if self._widened else ()
        for rule in (*self.knowledge.rules, *further):
            truth = self.view.truth(rule.when)
            if not truth[-1]:
                continue
            start = max((at + 1 for at in range(len(truth)) if not truth[at]), default=0)
            actor = rule.then.actor or Actor.AGENT
            action = self._open(rule, start)
            if action and self._may(actor, action):
                yield _Choice(actor=actor, action=action, rule=rule, why="its condition holds")

    def _open(self, rule: Rule, start: int) -> Action | None:
        """The call that the rule asks for if it was not made since the condition came to hold, else None."""
        entities = holding(self.view, rule.when)
        found = calls(rule.then, self.view, self.knowledge.uses, entities)
        made = [step.action for step in self.steps[start:] if step.action]
        if not any(len(each) > 1 for each in entities.values()):
            matches = self.view.matches(rule.then)[start:]
            return None if matches.any() or not found else found[0]
        candidates = found[: max(len(each) for each in entities.values())]
        return next((action for action in candidates if action not in made), None)

    def _may(self, actor: Actor, action: Action) -> bool:
        """Whether no guard, pitfall or missing approval forbids the action; a refusal is reported once."""
        text = _text(actor, action)
        if text in self._refused:
            return False
        against = veto(self.knowledge, self.view, actor, action)
        if against:
            return self._skip(action, against)
        if action.tool in self.needs_approval and not (self.approve and self.approve(actor, action)):
            self._refused.add(text)
            return self._skip(action, "needs approval and has none")
        return True

    def _skip(self, action: Action, why: str) -> bool:
        entry = StepReport(step=None, action=action, why=why)
        self.surprise = self.surprise or f"{action.tool} is due: {why}"
        if entry not in self.report:
            self.report.append(entry)
        return False


def _text(actor: Actor, action: Action) -> str:
    return f"{actor} {action.model_dump_json()}"
