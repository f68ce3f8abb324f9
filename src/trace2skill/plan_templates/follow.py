"""Following a course: the steps of the likest procedure, in a world that speaks in text.

Words of the task and things of the world are put where the demonstrated ones stood. Where a step belongs to
another place the run goes there; where a step fails it tries the next likely thing, then a demonstration that
met the same failure, then goes on with the next step.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice, product

from trace2skill.evidence.policy import (
    ArgumentParts,
    Branch,
    FixedWords,
    PlanTemplate,
    Procedure,
    TaskWords,
    TemplateStep,
)
from trace2skill.plan_templates.objects import Preferences, Purpose, things
from trace2skill.plan_templates.procedures import alternatives, carried_over, fitness, repeated
from trace2skill.plan_templates.surroundings import Surroundings, route
from trace2skill.plan_templates.text import holds, spoken
from trace2skill.skills.execution import Approval, Ending, Environment, Execution, StepReport
from trace2skill.traces.model import Action, Actor, Source, Step, StepOutcome, Trace

_MOST_TRIES = 3
_MOST_PLACES = 15


def follow(  # noqa: PLR0913 - keyword only but for what every run needs
    course: PlanTemplate,
    environment: Environment,
    *,
    budget: int,
    needs_approval: frozenset[str] = frozenset(),
    approve: Approval | None = None,
    name: str = "executed",
) -> Execution:
    """Drive the environment by a course. Arguments and result are those of `executor.execute`."""
    run = _Walk(course, environment, budget, needs_approval, approve)
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


class _Walk:
    def __init__(
        self,
        course: PlanTemplate,
        environment: Environment,
        budget: int,
        needs_approval: frozenset[str],
        approve: Approval | None,
    ) -> None:
        self.course = course
        self.environment = environment
        self.budget = budget
        self.needs_approval = needs_approval
        self.approve = approve
        self.steps: list[Step] = []
        self.report: list[StepReport] = []
        self.around = Surroundings(environment.initial_observation, course.links)
        self.tastes = Preferences(course)
        self.bound: dict[int, str] = {}
        self.turns: Counter[str] = Counter()
        self.failed: set[str] = set()
        self.searched: set[str] = set()
        self.found: dict[str, str] = {}
        self.procedures = sorted(course.procedures, key=lambda each: fitness(each, environment.task))

    def go(self) -> Ending:
        """Follow the likest procedure to its end."""
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
        """Another procedure that knows the failure, or gets on otherwise; and where in it."""
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
        """Do a step where it belongs; whether it went as it should."""
        self.turns[step.tool] += 1
        place = next((text for text, _ in self._texts(step.place, Purpose("", "", 0), procedure)), "")
        if place:
            self._travel(place)
        if not step.failed:
            self._search(step, procedure)
        return self._try(step, procedure) or (not step.failed and self._try_where_found(step, procedure))

    def _try(self, step: TemplateStep, procedure: Procedure) -> bool:
        """Do a step here, with the likeliest things first."""
        for tries, (action, bound) in enumerate(self._actions(step, procedure)):
            if self._act(action, f"step of {len(procedure.steps)}"):
                self.bound |= bound
                return True
            if step.failed or tries + 1 >= _MOST_TRIES:
                break
        return False

    def _try_where_found(self, step: TemplateStep, procedure: Procedure) -> bool:
        """Do a step where the thing it names was found by searching, once."""
        told = [part for _, parts in step.arguments for part in parts if isinstance(part, TaskWords)]
        for wanted in [self._told(part, procedure.own) for part in told]:
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
        """What the parts can read as, the likeliest first, with the things chosen for it."""
        options: list[list[tuple[str, tuple[int, str] | None]]] = []
        for part in parts:
            if isinstance(part, FixedWords):
                options.append([(part.text, None)])
            elif isinstance(part, TaskWords):
                options.append([(self._told(part, procedure.own), None)])
            elif part.kind == "fork":
                branch = self.course.branches[part.number]
                options.append([(self._told(self._side(branch), branch.task), None)])
            elif part.number in self.bound:
                options.append([(self.bound[part.number], None)])
            else:
                examples = [each for each in procedure.examples if each.number == part.number]
                taken = set(self.bound.values())
                found = things(purpose, examples, self.around, self.tastes, taken)
                options.append([(thing, (part.number, thing)) for thing in found])
        for chosen in product(*options):
            yield " ".join(text for text, _ in chosen if text), dict(bound for _, bound in chosen if bound)

    def _told(self, part: TaskWords, own: str) -> str:
        return spoken(own, part.start, part.end, self.environment.task) or spoken(
            own, part.start, part.end, own
        )

    def _side(self, branch: Branch) -> TaskWords:
        yes = holds(branch, self.environment.task, self.around.number, self.around.clauses)
        return branch.yes if yes else branch.no

    def _search(self, step: TemplateStep, procedure: Procedure) -> None:
        """Look for things that the task names and that were never seen, place by place."""
        for _, parts in step.arguments:
            for part in parts:
                wanted = self._told(part, procedure.own) if isinstance(part, TaskWords) else ""
                if wanted and wanted not in self.searched and not self._was_seen(wanted):
                    self.searched.add(wanted)
                    for _ in range(_MOST_PLACES):
                        passing = self._unvisited(set()) if self.course.rides else ()
                        if not passing or not self._ride(passing[0]):
                            break
                        if self._was_seen(wanted):
                            self.found[wanted] = self.around.place
                            return

    def _was_seen(self, wanted: str) -> bool:
        return any(f" {thing}".endswith(f" {wanted}") for thing in self.around.memory)

    # --- places

    def _travel(self, goal: str) -> None:
        """Go to a place by known ways, else by trying ways not gone yet."""
        tried: set[tuple[str, str]] = set()
        for _ in range(_MOST_PLACES):
            here = self.around.place
            if not self.course.rides or not here or here == goal:
                return
            passing = route(self._open_ways(tried), here, goal) or self._unvisited(tried)
            if not passing:
                return
            if not self._ride(passing[0]):
                tried.add((here, passing[0]))

    def _open_ways(self, tried: set[tuple[str, str]]) -> dict[str, dict[str, str]]:
        return {
            origin: {target: way for target, way in targets.items() if (origin, target) not in tried}
            for origin, targets in self.around.ways.items()
        }

    def _unvisited(self, tried: set[tuple[str, str]]) -> Sequence[str]:
        """The shortest way to a place not visited yet."""
        ways = self._open_ways(tried)
        goals = sorted({to for targets in ways.values() for to in targets} - self.around.visited)
        routes = [found for goal in goals if (found := route(ways, self.around.place, goal))]
        return min(routes, key=lambda found: (len(found), found), default=())

    def _ride(self, target: str) -> bool:
        """Take the way to a neighbouring place."""
        here = self.around.place
        direction = self.around.ways.get(here, {}).get(target, "")
        for ride in self.course.rides:
            word = target if ride.by == "place" else direction
            if word:
                self._act(Action(tool=ride.tool, arguments={ride.argument: word}), f"leads to {target}")
        return self.around.place != here

    # --- acting

    def _look(self) -> None:
        for tool in self.course.looks:
            self._call(Action(tool=tool), "looks")

    def _act(self, action: Action, why: str) -> bool:
        """Do it and look; whether it went well."""
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
