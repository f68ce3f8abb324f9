"""A skill as one LangChain tool that drives the agent's own tools by the skill's rules, without a model."""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple

from langchain_core.tools import BaseTool, StructuredTool, ToolException
from pydantic import Field

from trace2skill.errors import SettingError
from trace2skill.integrations.tool_parameters import ToolParameters
from trace2skill.integrations.tool_report import CallLog, LoggedWorld, plan, report
from trace2skill.integrations.tool_world import FAILURES, ToolWorld, parsed
from trace2skill.policies.executor import BUDGET, execute
from trace2skill.policies.knowledge import Knowledge, agreed_tools, policy_of, shown
from trace2skill.skills.execution import Approval
from trace2skill.skills.model import Skill
from trace2skill.store.receipts import new_id
from trace2skill.traces.model import Action, Actor
from trace2skill.wording.escape import no_tags, one_line

NEEDS_APPROVAL = "needs_approval"
"""A tool with this tag needs approval."""
MOST_RUNS = 100
"""Runs that may wait for answers; the oldest is dropped."""

_FURTHER: dict[str, Any] = {
    "dry_run": (bool, Field(False, description="Only say what would be done; nothing is called.")),
    "run": (str, Field("", description="To go on: the `run` of the report that asked something.")),
    "answers": (
        list[str],
        Field(default_factory=list, description="To go on: what the user reported, in the order asked."),
    ),
}


def as_tool(  # noqa: PLR0913 - keyword only but for what every tool needs
    skill: Skill,
    tools: Iterable[BaseTool],
    *,
    name: str = "",
    needs_approval: Collection[str] = (),
    allowed: Collection[str] = (),
    approve: Approval | None = None,
    failures: tuple[type[Exception], ...] = FAILURES,
    budget: int = BUDGET,
    tentative: bool = False,
) -> StructuredTool:
    """Compile a skill into one tool, for a model that then needs one call where it needed many.

    The tool looks first, then does what the first applicable rule says, until the goal is reached. It stops
    at the first surprise: a call that fails, a guard, a missing approval, an effect that does not show. What
    is the user's to do is not done but asked: called again with `run` and the user's `answers` it goes on.
    Its result is a `ToolReport` as a dict; its arguments, all required, are the slots that tasks tell.

    Args:
        skill: A skill with a policy, or with rules.
        tools: The tools that it drives, among others.
        name: The tool's name; by default the skill's.
        needs_approval: Names of tools that are called only with approval; those tagged `needs_approval` are
            too, and those that good runs called only once the user had agreed.
        allowed: Of these, the tools that are approved beforehand.
        approve: Asked before each call of another one of these; it may be called on another thread.
        failures: Exceptions of the tools that count as their failure; others go on to the caller.
        budget: The most calls of one run.
        tentative: Act on rules too that rest on too few runs to be shown.

    Raises:
        SettingError: The skill has nothing to act on, or drives a tool that is not among `tools`.
    """
    driven = {tool.name: tool for tool in tools}
    skill = skill if tentative else shown(skill)
    _check(skill, driven)
    tagged = {tool.name for tool in driven.values() if NEEDS_APPROVAL in (tool.tags or [])}
    tagged |= agreed_tools(skill)
    told = ToolParameters(skill, {each: tool.args for each, tool in driven.items()})
    rules = _Rules(frozenset(needs_approval) | tagged, frozenset(allowed), approve, budget)
    compiled = _Compiled(told, skill.name, rules)

    def call(**given: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever the slots hold
        return compiled.run(given, ToolWorld(driven.values(), failures=failures))

    async def acall(**given: Any) -> dict[str, Any]:  # noqa: ANN401
        world = ToolWorld(driven.values(), failures=failures, loop=asyncio.get_running_loop())
        halted = threading.Event()
        try:
            return await asyncio.to_thread(compiled.run, given, world, halted.is_set)
        finally:
            halted.set()  # a thread that outlives the wait for it does nothing more

    title = name or skill.name
    return StructuredTool.from_function(
        call,
        coroutine=acall,
        name=title,
        description=_description(skill),
        args_schema=told.schema(title, _FURTHER),
        handle_tool_error=True,
    )


class _Rules(NamedTuple):
    """What a run may do."""

    needs_approval: frozenset[str]
    allowed: frozenset[str]
    approve: Approval | None
    budget: int


class _Waiting(NamedTuple):
    """A run that asked something."""

    given: dict[str, Any]
    log: CallLog


class _Compiled:
    def __init__(self, told: ToolParameters, name: str, rules: _Rules) -> None:
        self._told = told
        self._name = name
        self._rules = rules
        self._waiting: OrderedDict[str, _Waiting] = OrderedDict()
        self._mutex = threading.Lock()

    def run(
        self, given: dict[str, Any], world: ToolWorld, halted: Callable[[], bool] = lambda: False
    ) -> dict[str, Any]:
        """Execute the skill, from the start or from where the run that is named waits."""
        dry, run = bool(given.pop("dry_run")), str(given.pop("run"))
        given, log = self._resumed(run, given, given.pop("answers"), dry=dry)
        skill = self._told.bound(given)
        environment = LoggedWorld(log, self._told.task(given), world.call, dry=dry, halted=halted)
        rules = self._rules

        def approve(actor: Actor, action: Action) -> bool:
            if dry or action.tool in rules.allowed or environment.knows(actor, action):
                return True
            return rules.approve is not None and rules.approve(actor, action)

        execution = execute(
            [skill],
            environment,
            budget=rules.budget,
            needs_approval=rules.needs_approval,
            approve=approve,
            careful=True,
        )
        knowledge = Knowledge.of([skill], careful=True)
        found = report(self._name, execution, knowledge, environment, dry=dry)
        if dry:
            found = found.model_copy(update={"plan": plan(knowledge, rules.needs_approval), "run": run})
        elif found.ended == "ask":
            found = found.model_copy(update={"run": self._wait(run or new_id(), _Waiting(given, log))})
        return found.model_dump(mode="json")

    def _resumed(
        self, run: str, given: dict[str, Any], answers: Sequence[str], *, dry: bool
    ) -> tuple[dict[str, Any], CallLog]:
        """What a run was given and did so far; with a dry run it goes on waiting."""
        if not run:
            if answers:
                raise ToolException("answers belong to a run: give the `run` of the report that asked")
            return given, CallLog()
        with self._mutex:
            waiting = self._waiting.get(run) if dry else self._waiting.pop(run, None)
        if waiting is None:
            raise ToolException(f"no run {run!r} waits for answers: call without `run` to start anew")
        log = waiting.log.copied()
        log.told([parsed(answer) for answer in answers])
        return waiting.given, log

    def _wait(self, run: str, waiting: _Waiting) -> str:
        with self._mutex:
            self._waiting[run] = waiting
            while len(self._waiting) > MOST_RUNS:
                self._waiting.popitem(last=False)
        return run


def _check(skill: Skill, driven: Collection[str]) -> None:
    policy = policy_of(skill)
    if policy.empty:
        raise SettingError(
            f"skill {skill.name!r} has nothing to act on: no rule of it rests on enough runs; distil it from "
            "more, or act on what few runs show with tentative=True"
        )
    patterns = [*(each.by for each in policy.readings), *(each.then for each in policy.rules), *policy.last]
    wanted = {pattern.tool for pattern in patterns if pattern.actor in {None, Actor.AGENT}}
    if missing := sorted(wanted.difference(driven)):
        raise SettingError(f"skill {skill.name!r} drives tools that were not given: {', '.join(missing)}")


def _description(skill: Skill) -> str:
    purpose = no_tags(one_line(skill.when_to_use or skill.description))
    return (
        f"{purpose} Does the whole procedure with the tools at hand, as recorded runs did it, and reports "
        "each step. It stops when something is not as expected, and says what the user is to be asked."
    )
