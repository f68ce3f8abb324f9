"""τ² telecom solo, one prompt a task: the ticket and everything that can be read in, the calls out.

    pip install inspect-evals   # MIT; the benchmark's own environment executes the calls and scores them

The benchmark's train tasks are demonstrated (`benchmarks.held_out.telecom`), as many of its test tasks of
each kind of issue asked. A strong reader knows this benchmark: the desk of `benchmarks.held_out.counter` is
the same trade with everything drawn. The placebo is a skill of bug fixing.
"""

import asyncio
import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from benchmarks.held_out.telecom.course import Course as Shown
from benchmarks.held_out.telecom.course import even
from benchmarks.held_out.world import TelecomWorld, recorder
from benchmarks.live import debugging
from benchmarks.live.course import Asked, Course
from benchmarks.live.fixing_house import draw
from trace2skill.evaluation.suite import Suite
from trace2skill.facts.read_only import is_read_only
from trace2skill.traces.model import Action, Actor, Step

SEED = 0
ASKED = 24
HOW = """\
You settle tickets of a telephone company. Some tools are yours; the others are used by the customer, who has
the phone in hand and does what you say. Everything that can be read was read, as it stands below. Answer
with the calls that settle the ticket, complete and in order; you see no results between them, and reading
again is not needed. It counts if account and phone are as they should be after them, and if the ticket is
transferred to a human if, and only if, it must be.

Write one JSON list, nothing around it, of calls such as {{"tool": NAME, "arguments": {{...}}}}; an empty list
if nothing is to be done.

The tools that change something:

{tools}"""

POLICY = """\
# How tickets are settled

- The line of the ticket is the one with the phone number that the customer gives. Other lines are left alone.
- A line that is suspended for an overdue bill: send_payment_request for it, the customer does
  check_payment_request and make_payment, then resume_line and the customer does reboot_device. A line whose
  contract has ended is not resumed: transfer_to_human_agents. So is a SIM card that is locked by its PUK.
- Service: airplane mode off, a missing SIM card seated again (reseat_sim_card), APN settings reset and the
  phone rebooted where they are broken.
- Mobile data: data switched on, the network mode preference set to 4g_5g_preferred, data saver off, VPN
  disconnected; abroad, roaming is switched on at the line (enable_roaming) and on the phone
  (toggle_roaming). If the data used is above the limit: refuel_data, with 2.0 GB.
- MMS: all that mobile data needs, WiFi calling off, the messaging app's permissions for storage and SMS
  granted (grant_app_permission), the MMSC URL restored by reset_apn_settings and reboot_device."""

Calls = TypeAdapter(list[Action])
_ONE_AT_A_TIME = threading.Lock()
"""The environment keeps its state in the running context."""


@cache
def course(seed: int = SEED, asked: int = ASKED) -> Course:
    """The course; the seed draws which test tasks are asked."""
    with _loop() as loop:
        shown = Shown(loop)
        rng = random.Random(f"telecom/{seed}")  # noqa: S311 - reproducible, no secret
        tasks = sorted(even(shown.tests, asked, rng), key=lambda task: str(task.id))
        found = [_asked(f"t{at:02d}", task, loop) for at, task in enumerate(tasks, 1)]
    return Course(
        name=f"telecom-{seed}",
        how=HOW.format(
            tools="\n".join(line for name, (_, line) in sorted(_offered().items()) if not is_read_only(name))
        ),
        asked=found,
        runs=shown.demonstrations,
        others=debugging.recorded(draw(seed), debugging.SHOWN),
        policy=POLICY,
    )


def suite() -> Suite:
    """The tasks."""
    return course().suite


@contextmanager
def _loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    try:
        with _ONE_AT_A_TIME:
            yield loop
    finally:
        loop.close()


def _asked(name: str, task: Any, loop: asyncio.AbstractEventLoop) -> Asked:  # noqa: ANN401 - the benchmark's type
    world = recorder("environment").Telecom(task)
    loop.run_until_complete(recorder("record").sweep(world, task.ticket or ""))
    gold = [call.action.model_dump(mode="json") for call in recorder("record").gold(task)]
    return Asked(
        id=name,
        request=str(task.ticket),
        body="\n".join(map(_read, world.steps)),
        score=lambda answer: settles(task, answer),
        answer=json.dumps(gold),
    )


def _read(step: Step) -> str:
    assert step.action is not None
    given = json.dumps(step.action.arguments) if step.action.arguments else ""
    return f"{step.action.tool}({given}) -> {json.dumps(step.observation)}"


def settles(task: Any, answer: str) -> float:  # noqa: ANN401 - the benchmark's type
    """1.0 if the benchmark's scorer says that the calls of an answer settle a ticket; else 0.0."""
    try:
        calls = Calls.validate_json(answer[answer.index("[") : answer.rindex("]") + 1])
    except (ValueError, ValidationError):
        return 0.0
    with _loop() as loop:
        world = TelecomWorld(task, loop)
        for call in calls:
            world.call(_offered().get(call.tool, (Actor.AGENT, ""))[0], call)
        return float(world.reward() >= 1)


@cache
def _offered() -> dict[str, tuple[Actor, str]]:
    """By tool: whose it is, and a line about it; no two have the same name."""
    environment = recorder("environment")
    found = {}
    for actor, makers in (
        (Actor.AGENT, environment.all_telecom_agent_tools),
        (Actor.USER, environment.all_telecom_user_tools),
    ):
        for tool in (environment.ToolDef(make()) for make in makers):
            does = " ".join(tool.description.split())
            whose = "the customer's" if actor is Actor.USER else "yours"
            line = f"- {tool.name}({', '.join(tool.parameters.properties)}), {whose}: {does}"
            found[tool.name] = actor, line
    return found
