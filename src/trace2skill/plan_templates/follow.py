"""Follow a plan template in a world that answers in text: do the steps of the procedure that fits best.

Words of the new task and things that the world shows replace those of the demonstration. If a step belongs to
another place, the run goes there first. If a step fails, the run tries the next likely thing, then a
demonstration that met the same failure, then goes on with the next step.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice, product

from trace2skill.evidence.policy import (
    ArgumentParts,
    Branch,
    BranchPart,
    FixedWords,
    PlanTemplate,
    Procedure,
    TaskWords,
    TemplateStep,
)
from trace2skill.plan_templates.objects import Preferences, Purpose, things
from trace2skill.plan_templates.procedures import alternatives, carried_over, fitness, repeated
from trace2skill.plan_templates.surroundings import Surroundings, route
from trace2skill.plan_templates.text import holds, matching_words
from trace2skill.skills.execution import Approval, Ending, Environment, Execution, StepReport
from trace2skill.traces.model import Action, Actor, Source, Step, StepOutcome, Trace

_MOST_TRIES = 3
_MOST_PLACES = 15


def follow(  # noqa: PLR0913 - keyword only but for what every run needs
    template: PlanTemplate,
    environment: Environment,
    *,
    budget: int,
    needs_approval: frozenset[str] = frozenset(),
    approve: Approval | None = None,
    name: str = "executed",
) -> Execution:
    """Drive the environment by a plan template. Arguments and result are those of `executor.execute`."""
    run = _Follower(template, environment, budget, needs_approval, approve)
    ending = run.go()
    trace = Trace(
        id=name,
        task=environment.task,
        tools=tuple(environment.tools),
        initial_observation=environment.initial_observation,
        steps=tuple(run.steps),
        source=Source(format="executor"),
    )
    return Execution(trace=trace, ending=ending, report=tuple(run.report))


class _OverError(Exception):
    """The world takes no further action, or the budget is spent."""


class _Follower:
    def __init__(
        self,
        template: PlanTemplate,
        environment: Environment,
        budget: int,
        needs_approval: frozenset[str],
        approve: Approval | None,
    ) -> None:
        self.template = template
        self.environment = environment
        self.budget = budget
        self.needs_approval = needs_approval
        self.approve = approve
        self.steps: list[Step] = []
        self.report: list[StepReport] = []
        self.around = Surroundings(environment.initial_observation, template.links)
        self.preferences = Preferences(template)
        self.bound: dict[int, str] = {}
        self.turns: Counter[str] = Counter()
        self.failed: set[str] = set()
        self.searched: set[str] = set()
        self.found: dict[str, str] = {}
        self.procedures = sorted(template.procedures, key=lambda each: fitness(each, environment.task))

    def go(self) -> Ending:
        """Follow the procedure that fits best to its end; say how it ended."""
        try:
            self._look()
            for procedure in self.procedures[:1]:
                self._follow(procedure)
        except _OverError:
            return "done" if self.environment.done else "out of budget"
        return "done" if any(step.outcome != StepOutcome.ERROR for step in self.steps) else "stuck"

    def _follow(self, procedure: Procedure) -> None:
        at = 0
        while at < len(procedure.steps):
            step = procedure.steps[at]
            if not self._do(step, procedure) and not step.failed:
                procedure, at = self._elsewhere(procedure, at) or (procedure, at)
            at += 1
        for step in repeated(procedure.steps):
            if not self._do(step, procedure):
                break

    def _elsewhere(self, procedure: Procedure, at: int) -> tuple[Procedure, int] | None:
        """Another procedure that met the same failure or whose step works instead, and its position there."""
        step = procedure.steps[at]
        failed = step.model_copy(update={"failed": True})
        for other in self.procedures:
            if other is not procedure and failed in other.steps:
                self.bound = carried_over(self.bound, other)
                return other, other.steps.index(failed)
        self.turns[step.tool] -= 1
        for other, place in alternatives(self.procedures, procedure, at):
            kept = self.bound
            self.bound = carried_over(kept, other)
            if self._do(other.steps[place], other):
                return other, place
            self.turns[other.steps[place].tool] -= 1
            self.bound = kept
        self.turns[step.tool] += 1
        return None

    # --- one step

    def _do(self, step: TemplateStep, procedure: Procedure) -> bool:
        """Do a step at its place; return whether it succeeded."""
        self.turns[step.tool] += 1
        place = next((text for text, _ in self._texts(step.place, Purpose("", "", 0), procedure)), "")
        if place:
            self._travel(place)
        if not step.failed:
            self._search(step, procedure)
        return self._try(step, procedure) or (not step.failed and self._try_where_found(step, procedure))

    def _try(self, step: TemplateStep, procedure: Procedure) -> bool:
        """Do a step at the present place, trying the likeliest things first; return whether it succeeded."""
        for tries, (action, bound) in enumerate(self._actions(step, procedure)):
            if self._act(action, f"step of {len(procedure.steps)}"):
                self.bound |= bound
                return True
            if step.failed or tries + 1 >= _MOST_TRIES:
                break
        return False

    def _try_where_found(self, step: TemplateStep, procedure: Procedure) -> bool:
        """Do a step at the place where a search found the thing it names; each find is used once."""
        from_task = [part for _, parts in step.arguments for part in parts if isinstance(part, TaskWords)]
        for wanted in [self._task_words(part, procedure.own) for part in from_task]:
            place = self.found.get(wanted, "")
            if place and place != self.around.place:
                self._travel(place)
                if self._try(step, procedure):
                    del self.found[wanted]
                    return True
        return False

    def _actions(self, step: TemplateStep, procedure: Procedure) -> Iterator[tuple[Action, dict[int, str]]]:
        options = [
            list(islice(self._texts(parts, Purpose(step.tool, name, self.turns[step.tool]), procedure), 4))
            for name, parts in step.arguments
        ]
        for chosen in product(*options):
            names = [name for name, _ in step.arguments]
            bound = {number: value for _, found in chosen for number, value in found.items()}
            texts = [text for text, _ in chosen]
            yield Action(tool=step.tool, arguments=dict(zip(names, texts, strict=True))), bound

    def _texts(
        self, parts: ArgumentParts, purpose: Purpose, procedure: Procedure
    ) -> Iterator[tuple[str, dict[int, str]]]:
        """The texts the parts can stand for, the likeliest first, each with the things chosen for it."""
        options: list[list[tuple[str, tuple[int, str] | None]]] = []
        for part in parts:
            if isinstance(part, FixedWords):
                options.append([(part.text, None)])
            elif isinstance(part, TaskWords):
                options.append([(self._task_words(part, procedure.own), None)])
            elif isinstance(part, BranchPart):
                branch = self.template.branches[part.number]
                options.append([(self._task_words(self._branch_words(branch), branch.task), None)])
            elif part.number in self.bound:
                options.append([(self.bound[part.number], None)])
            else:
                examples = [each for each in procedure.examples if each.number == part.number]
                taken = set(self.bound.values())
                found = things(purpose, examples, self.around, self.preferences, taken)
                options.append([(thing, (part.number, thing)) for thing in found])
        for chosen in product(*options):
            yield " ".join(text for text, _ in chosen if text), dict(bound for _, bound in chosen if bound)

    def _task_words(self, part: TaskWords, own: str) -> str:
        return matching_words(own, part.start, part.end, self.environment.task) or matching_words(
            own, part.start, part.end, own
        )

    def _branch_words(self, branch: Branch) -> TaskWords:
        yes = holds(branch, self.environment.task, self.around.number, self.around.clauses)
        return branch.yes if yes else branch.no

    def _search(self, step: TemplateStep, procedure: Procedure) -> None:
        """Visit new places until each thing that the task names and that was never seen is found."""
        for _, parts in step.arguments:
            for part in parts:
                wanted = self._task_words(part, procedure.own) if isinstance(part, TaskWords) else ""
                if wanted and wanted not in self.searched and not self._was_seen(wanted):
                    self.searched.add(wanted)
                    for _ in range(_MOST_PLACES):
                        path = self._unvisited(set()) if self.template.rides else ()
                        if not path or not self._move_to(path[0]):
                            break
                        if self._was_seen(wanted):
                            self.found[wanted] = self.around.place
                            return

    def _was_seen(self, wanted: str) -> bool:
        return any(f" {thing}".endswith(f" {wanted}") for thing in self.around.memory)

    # --- places

    def _travel(self, goal: str) -> None:
        """Go to a place by known ways, else by exploring places not visited yet."""
        tried: set[tuple[str, str]] = set()
        for _ in range(_MOST_PLACES):
            here = self.around.place
            if not self.template.rides or not here or here == goal:
                return
            path = route(self._open_ways(tried), here, goal) or self._unvisited(tried)
            if not path:
                return
            if not self._move_to(path[0]):
                tried.add((here, path[0]))

    def _open_ways(self, tried: set[tuple[str, str]]) -> dict[str, dict[str, str]]:
        return {
            origin: {target: way for target, way in targets.items() if (origin, target) not in tried}
            for origin, targets in self.around.ways.items()
        }

    def _unvisited(self, tried: set[tuple[str, str]]) -> Sequence[str]:
        """The shortest route to a place not visited yet; empty if there is none."""
        ways = self._open_ways(tried)
        goals = sorted({to for targets in ways.values() for to in targets} - self.around.visited)
        routes = [found for goal in goals if (found := route(ways, self.around.place, goal))]
        return min(routes, key=lambda found: (len(found), found), default=())

    def _move_to(self, target: str) -> bool:
        """Go to a neighbouring place; return whether the place changed."""
        here = self.around.place
        direction = self.around.ways.get(here, {}).get(target, "")
        for move in self.template.rides:
            word = target if move.by == "place" else direction
            if word:
                self._act(Action(tool=move.tool, arguments={move.argument: word}), f"leads to {target}")
        return self.around.place != here

    # --- acting

    def _look(self) -> None:
        for tool in self.template.looks:
            self._call(Action(tool=tool), "looks")

    def _act(self, action: Action, why: str) -> bool:
        """Do an action, then look around; return whether the action succeeded."""
        if action.tool in self.needs_approval and not (self.approve and self.approve(Actor.AGENT, action)):
            entry = StepReport(step=None, action=action, why="needs approval and has none")
            self.report.append(entry)
            return False
        if action.model_dump_json() in self.failed:
            return False
        went = self._call(action, why)
        if went:
            self.failed.clear()
        else:
            self.failed.add(action.model_dump_json())
        self._look()
        return went

    def _call(self, action: Action, why: str) -> bool:
        if self.environment.done or len(self.steps) >= self.budget:
            raise _OverError
        observation, outcome = self.environment.call(Actor.AGENT, action)
        step = Step(index=len(self.steps), action=action, observation=observation, outcome=outcome)
        self.steps.append(step)
        self.around.read(step)
        self.report.append(StepReport(step=step.index, action=action, why=why))
        return outcome != StepOutcome.ERROR
