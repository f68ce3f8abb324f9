"""Record tau2 telecom episodes in the real environment of `inspect-evals`, as trace2skill's own JSONL.

No model and no policy acts here. An episode is a sweep of the read tools, the same for every task; the
repairs; the same sweep again. The repairs are the benchmark's gold actions, or one of the `VARIANTS` of
them, which usually fail. Whether an episode succeeded is what the benchmark's own scorer says.
"""

import argparse
import asyncio
import gzip
import hashlib
import random
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from itertools import islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from trace2skill.traces.model import Action, Actor, Label, Outcome, Trace, to_json

if TYPE_CHECKING:
    from environment import Telecom
    from inspect_evals.tau2.data_model.tasks import Task

ORIGIN = "tau2 telecom scorer: environment assertions, and required actions where the task asks for them"
TRANSFER = "transfer_to_human_agents"

PHONE_READS = (
    "check_status_bar",
    "check_network_status",
    "check_network_mode_preference",
    "check_sim_status",
    "check_data_restriction_status",
    "check_apn_settings",
    "check_wifi_status",
    "check_wifi_calling_status",
    "check_vpn_status",
    "check_payment_request",
    "run_speed_test",
    "can_send_mms",
)
BRIEF_READS = ("check_network_status", "run_speed_test", "can_send_mms")


class Call(NamedTuple):
    """One tool call to make."""

    actor: Actor
    action: Action


Plan = list[Call]
Belongings = dict[str, list[str]]  # argument name -> the values it can take for this customer
Variant = Callable[[Plan, Belongings, random.Random], Plan]


def swap(plan: Plan, _: Belongings, rng: random.Random) -> Plan:
    """Reboot or pay one call too early: before the call it should follow."""
    late = [i for i, call in enumerate(plan) if i and call.action.tool in {"reboot_device", "make_payment"}]
    if not late:
        return plan
    i = rng.choice(late)
    return [*plan[: i - 1], plan[i], plan[i - 1], *plan[i + 1 :]]


def mistake(plan: Plan, belongings: Belongings, rng: random.Random) -> Plan:
    """Make one repair on another line, bill or app of the same customer."""
    places = [
        (i, name) for i, call in enumerate(plan) for name in belongings if name in call.action.arguments
    ]
    if not places:
        return plan
    i, name = rng.choice(places)
    actor, action = plan[i]
    others = [value for value in belongings[name] if value != action.arguments[name]]
    wrong = Action(tool=action.tool, arguments=action.arguments | {name: rng.choice(others)})
    return [*plan[:i], Call(actor, wrong), *plan[i + 1 :]]


def drop(plan: Plan, _: Belongings, rng: random.Random) -> Plan:
    """Leave one of several repairs out."""
    if len(plan) == 1:
        return plan
    i = rng.randrange(len(plan))
    return plan[:i] + plan[i + 1 :]


def handover(_plan: Plan, _: Belongings, _rng: random.Random) -> Plan:
    """Repair nothing and transfer to a human, as if the tools could not help."""
    return [Call(Actor.AGENT, Action(tool=TRANSFER, arguments={"summary": "I cannot fix the issue."}))]


def nothing(_plan: Plan, _: Belongings, _rng: random.Random) -> Plan:
    """Diagnose and repair nothing."""
    return []


VARIANTS: tuple[Variant, ...] = (swap, mistake, drop, handover, nothing)


def gold(task: "Task") -> Plan:
    """Return the benchmark's own solution of a task."""
    actors = {"assistant": Actor.AGENT, "user": Actor.USER}
    actions = (task.evaluation_criteria and task.evaluation_criteria.actions) or []
    return [Call(actors[a.requestor], Action(tool=a.name, arguments=a.arguments)) for a in actions]


async def sweep(world: "Telecom", ticket: str) -> Belongings:
    """Read the account and the phone in a fixed order; ids and names come from what was just read."""

    async def agent(tool: str, **arguments: str) -> Any:  # noqa: ANN401 - JSON of any shape
        return await world.call(Actor.AGENT, Action(tool=tool, arguments=dict(arguments)))

    async def user(tool: str, **arguments: str) -> Any:  # noqa: ANN401 - JSON of any shape
        return await world.call(Actor.USER, Action(tool=tool, arguments=dict(arguments)))

    customer = await agent(
        "get_customer_by_phone", phone_number=re.findall(r"phone number: ([\d-]+)", ticket)[0]
    )
    lines, bills = customer["line_ids"], customer["bill_ids"]
    for entity in (*lines, *bills):
        await agent("get_details_by_id", id=entity)
    for line in lines:
        await agent("get_data_usage", customer_id=customer["customer_id"], line_id=line)
    for tool in PHONE_READS:
        await user(tool)
    apps = (await user("check_installed_apps")).rpartition(": ")[2].split(", ")
    for app in apps:
        await user("check_app_permissions", app_name=app)
    return {"line_id": lines, "bill_id": bills, "app_name": apps}


async def play(task: "Task", plan: Plan, name: str, *, brief: bool) -> tuple[Trace, Belongings]:
    """Run one episode; return its trace, and what the customer has.

    Args:
        task: The task, in a fresh world.
        plan: The calls between the two sweeps. A transfer ends the conversation: no sweep follows it.
        name: The id of the trace.
        brief: Whether `BRIEF_READS` are read after every call of the plan.
    """
    from environment import Telecom

    world, ticket = Telecom(task), task.ticket or ""
    belongings = await sweep(world, ticket)
    for actor, action in plan:
        await world.call(actor, action)
        for tool in BRIEF_READS if brief and action.tool != TRANSFER else ():
            await world.call(Actor.USER, Action(tool=tool))
    if not any(call.action.tool == TRANSFER for call in plan):
        await sweep(world, ticket)
    reward = await world.reward()
    trace = Trace(
        id=name,
        task=ticket,
        # The benchmark's ids spell out what is broken: only a hash of them is recorded.
        task_key=hashlib.sha256(task.id.encode()).hexdigest()[:12],
        domain="telecom",
        steps=tuple(world.steps),
        outcome=Outcome(label=Label.SUCCESS if reward >= 1 else Label.FAILURE, score=reward, origin=ORIGIN),
    )
    return trace, belongings


async def episodes(tasks: list["Task"], variants: int, seed: int) -> AsyncIterator[tuple[str, Trace]]:
    """Yield the gold episode of every task (`...a`), and a variant of the first `variants` tasks (`...b`).

    Of the variants that change a task's plan, the one used least so far is taken. Every other task has
    the brief reads, whichever plan is played.
    """
    used: Counter[Variant] = Counter()
    for index, task in enumerate(tasks):
        plan, name, brief = gold(task), f"telecom-{index:02d}", index % 2 == 1
        trace, belongings = await play(task, plan, f"{name}a", brief=brief)
        yield "gold", trace
        if index < variants:
            rng = random.Random(f"{seed}/{task.id}")  # noqa: S311 - reproducible, no secret
            plans = {variant: variant(plan, belongings, rng) for variant in VARIANTS}
            chosen = min((v for v in VARIANTS if plans[v] != plan), key=lambda v: used[v])
            used[chosen] += 1
            trace, _ = await play(task, plans[chosen], f"{name}b", brief=brief)
            yield chosen.__name__, trace


def choose(tasks: list["Task"], count: int, seed: int) -> list["Task"]:
    """Draw `count` tasks, taking turns between the kinds of issue, which the ids name in brackets."""
    kinds: dict[str, list[Task]] = {}
    for task in tasks:
        kinds.setdefault(task.id.partition("]")[0], []).append(task)
    rng = random.Random(seed)  # noqa: S311 - reproducible, no secret
    decks = [rng.sample(deck, len(deck)) for deck in kinds.values()]
    return list(islice((task for turn in zip_longest(*decks) for task in turn if task), count))


async def record(arguments: argparse.Namespace) -> None:
    """Record the episodes that the command line asks for and write them to `arguments.out`."""
    from environment import read_tasks

    tasks = choose(read_tasks(arguments.split), arguments.tasks, arguments.seed)
    lines: list[bytes] = []
    counts: Counter[str] = Counter()
    async for kind, trace in episodes(tasks, arguments.variants, arguments.seed):
        lines.append(to_json(trace) + b"\n")
        counts[f"{kind:10}{trace.outcome.label}"] += 1
        sys.stderr.write(f"\r{len(lines)} episodes")
    data = b"".join(lines)
    arguments.out.write_bytes(gzip.compress(data, mtime=0) if arguments.out.suffix == ".gz" else data)
    sys.stderr.write(f" of {len(tasks)} tasks, {arguments.out.stat().st_size:,} bytes\n")
    sys.stderr.writelines(f"{number:5} {what}\n" for what, number in sorted(counts.items()))


def main() -> None:
    """Read the command line and record."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tasks", type=int, default=42, metavar="N", help="tasks to record (%(default)s)")
    parser.add_argument(
        "--variants", type=int, default=30, metavar="N", help="of them, also varied (%(default)s)"
    )
    parser.add_argument("--split", default="train", choices=("train", "test", "base", "small", "full"))
    parser.add_argument("--seed", type=int, default=0, help="draws the tasks and the variants (%(default)s)")
    default = Path(__file__).with_name("traces.jsonl")
    parser.add_argument("--out", type=Path, default=default, metavar="FILE", help=".jsonl or .jsonl.gz")
    arguments = parser.parse_args()
    try:
        import inspect_evals  # noqa: F401
    except ImportError:
        parser.error("the environment is missing; install it with: pip install inspect-evals")
    asyncio.run(record(arguments))


if __name__ == "__main__":
    main()
