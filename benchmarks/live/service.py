"""τ² retail and airline solo, one prompt a task: what a customer wants and all look-ups in, the calls out.

    pip install inspect-evals   # MIT; the benchmark's own database and tools execute the calls

The benchmark has a model play the customer. Here all that the player is told stands in the prompt, with the
replies to the benchmark's own look-ups, the customer's record, and all his orders or reservations; what
remains is which calls to make, with which arguments. A task counts if the database ends as after the
benchmark's calls; what the customer is told is not judged. Tasks in which nothing is to be changed, or the
benchmark looks nothing up, are not asked. The train tasks' calls are executed and recorded; the document
is the benchmark's own policy; the placebo is a skill of bug fixing.
"""

import json
import pickle
import random
import re
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from benchmarks.live import debugging
from benchmarks.live.course import Asked, Course
from benchmarks.live.fixing_house import draw
from trace2skill.errors import SettingError
from trace2skill.facts.read_only import is_read_only
from trace2skill.traces.model import Action, Label, Outcome, Step, StepOutcome, Trace

HOW = """\
You serve a customer of this {domain} company by tools. All that the customer knows and wants, and how he
would answer you, stands below; whatever you ask is answered by that. What had to be looked up was looked up.
Answer with the calls that change something, complete and in order; you see no results between them. It
counts if the company's data is as it should be after them.

Write one JSON list, nothing around it, of calls such as {{"tool": NAME, "arguments": {{...}}}}; an empty list
if nothing is to be done.

The tools that change something:

{tools}"""
Calls = TypeAdapter(list[Action])
USER = re.compile(r"\b[a-z]+_[a-z]+_\d{4}\b")
_ONE_AT_A_TIME = threading.Lock()
"""The environment keeps its state in the running context."""


class Desk:
    """The benchmark's tools on a fresh copy of its database.

    Raises:
        SettingError: The environment is not installed.
    """

    _databases: dict[str, bytes] = {}  # noqa: RUF012 - loaded once, copied for each desk

    def __init__(self, domain: str) -> None:
        try:
            from inspect_evals.tau2.airline.AirlineAgentTools import AirlineAgentTools
            from inspect_evals.tau2.retail.RetailAgentTools import RetailAgentTools
        except ImportError as error:
            raise SettingError(
                f"the {domain} environment is missing ({error}); install it with: pip install inspect-evals"
            ) from error
        kind = RetailAgentTools if domain == "retail" else AirlineAgentTools
        self._tools: Any = kind(instance=uuid.uuid4().hex)
        if domain not in self._databases:
            self._tools.initialize()
            self._databases[domain] = pickle.dumps(self._tools.db)
        self._tools.initialized = True
        self._tools.db = pickle.loads(self._databases[domain])  # noqa: S301 - written above

    def call(self, action: Action) -> tuple[Any, StepOutcome]:
        """What a call returns, and whether it went well; one that there is not is an error."""
        from inspect_ai.tool import ToolError

        try:
            if action.tool.startswith("_") or action.tool == "initialize":
                raise AttributeError(action.tool)
            found = getattr(self._tools, action.tool)(**action.arguments)
        except (ToolError, AttributeError, TypeError, ValueError, KeyError) as error:
            return f"Error: {error}", StepOutcome.ERROR
        return _plain(found), StepOutcome.OK

    @property
    def state(self) -> str:
        """A digest of the database."""
        return str(self._tools.db.get_hash())


def _plain(found: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    if hasattr(found, "model_dump"):
        return found.model_dump(mode="json")
    if isinstance(found, list | tuple):
        return [_plain(each) for each in found]
    try:
        return json.loads(found) if isinstance(found, str) and found.startswith(("{", "[")) else found
    except ValueError:
        return found


class Ticket(NamedTuple):
    """A task of the benchmark: its id, what the customer is told, and the benchmark's calls."""

    id: str
    told: str
    calls: list[Action]

    @property
    def look_ups(self) -> list[Action]:
        """The calls that read."""
        return [each for each in self.calls if is_read_only(each.tool)]

    @property
    def changes(self) -> list[Action]:
        """The calls that change something."""
        return [each for each in self.calls if not _only_tells(each.tool)]


def _only_tells(tool: str) -> bool:
    return is_read_only(tool) or tool in {"calculate", "transfer_to_human_agents"}


def course(domain: str, seed: int, asked: int) -> Course:
    """The course of a domain; the seed draws which test tasks are asked."""
    tests = [each for each in tickets(domain, "test") if each.changes and each.look_ups]
    drawn = random.Random(f"{domain}/{seed}").sample(tests, min(asked, len(tests)))  # noqa: S311 - no secret
    with _ONE_AT_A_TIME:
        return Course(
            name=f"{domain}-{seed}",
            how=HOW.format(domain=domain, tools="\n".join(_offered(domain))),
            asked=[_asked(domain, each) for each in sorted(drawn, key=lambda each: int(each.id))],
            runs=[_recorded(domain, each) for each in tickets(domain, "train")],
            others=debugging.recorded(draw(seed), debugging.SHOWN),
            policy=(_data(domain) / "policy.txt").read_text(encoding="utf-8"),
        )


def _data(domain: str) -> Any:  # noqa: ANN401 - a path of the package
    Desk(domain)
    from inspect_evals.tau2.utils import TAU2_DATA_DIR

    return TAU2_DATA_DIR / "domains" / domain


def tickets(domain: str, split: str) -> list[Ticket]:
    """The tasks of a split."""
    folder = _data(domain)
    ids = set(json.loads((folder / "split_tasks.json").read_text(encoding="utf-8"))[split])
    records = json.loads((folder / "tasks.json").read_text(encoding="utf-8"))
    return [_ticket(each) for each in records if each["id"] in ids]


def _ticket(record: dict[str, Any]) -> Ticket:
    told = record["user_scenario"]["instructions"]
    parts = (told["reason_for_call"], told["known_info"], told["unknown_info"], told["task_instructions"])
    calls = [
        Action(tool=each["name"], arguments=each["arguments"])
        for each in record["evaluation_criteria"]["actions"] or []
    ]
    return Ticket(record["id"], " ".join(" ".join((part or "").split()) for part in parts).strip(), calls)


def _asked(domain: str, ticket: Ticket) -> Asked:
    desk = Desk(domain)
    calls = {json.dumps(each.model_dump(), sort_keys=True): each for each in _look_ups(domain, ticket, desk)}
    seen = [
        f"{each.tool}({json.dumps(each.arguments)}) -> {json.dumps(desk.call(each)[0])}"
        for each in calls.values()
    ]
    return Asked(
        id=f"c{int(ticket.id):03d}",
        request=ticket.told,
        body="\n".join(["Looked up:", *seen]),
        score=_score(domain, ticket),
        answer=json.dumps([each.model_dump(mode="json") for each in ticket.changes]),
    )


def _look_ups(domain: str, ticket: Ticket, desk: Desk) -> Iterator[Action]:
    """The benchmark's look-ups, the customer's record, and each of his orders or reservations."""
    yield from ticket.look_ups
    given = [str(value) for call in ticket.calls for value in call.arguments.values()]
    answers = [str(desk.call(call)[0]) for call in ticket.look_ups if call.tool.startswith("find_user_id")]
    users = [found for text in (*answers, *given, ticket.told) for found in USER.findall(text)]
    if not users:
        return
    yield Action(tool="get_user_details", arguments={"user_id": users[0]})
    record, _ = desk.call(Action(tool="get_user_details", arguments={"user_id": users[0]}))
    kind = "order" if domain == "retail" else "reservation"
    for each in record.get(f"{kind}s", []) if isinstance(record, dict) else []:
        yield Action(tool=f"get_{kind}_details", arguments={f"{kind}_id": each})


def _score(domain: str, ticket: Ticket) -> Callable[[str], float]:
    def score(answer: str) -> float:
        """1.0 if an answer's calls leave the database as the benchmark's do; else 0.0."""
        try:
            calls = Calls.validate_json(answer[answer.index("[") : answer.rindex("]") + 1])
        except (ValueError, ValidationError):
            return 0.0
        with _ONE_AT_A_TIME:
            return float(_state_after(domain, calls) == _state_after(domain, ticket.changes))

    return score


def _state_after(domain: str, calls: list[Action]) -> str:
    desk = Desk(domain)
    for call in calls:
        desk.call(call)
    return desk.state


def _recorded(domain: str, ticket: Ticket) -> Trace:
    desk = Desk(domain)
    steps: list[Step] = []
    for call in (each for each in ticket.calls if each.tool != "calculate"):
        seen, outcome = (
            ("Transfer successful", StepOutcome.OK)
            if call.tool == "transfer_to_human_agents"
            else desk.call(call)
        )
        steps.append(Step(index=len(steps), action=call, observation=seen, outcome=outcome))
    return Trace(
        id=f"{domain}-{ticket.id}",
        task=ticket.told,
        task_key=f"{domain}-{ticket.id}",
        domain=domain,
        steps=tuple(steps),
        outcome=Outcome(label=Label.SUCCESS, score=1.0, origin="the calls that the benchmark gives"),
    )


def _offered(domain: str) -> list[str]:
    """A line about each tool that changes something, as the package describes it."""
    from importlib import import_module

    from inspect_ai.tool import ToolDef

    makers = getattr(import_module(f"inspect_evals.tau2.{domain}.tools"), f"all_{domain}_tools")
    found = [ToolDef(make()) for make in makers]
    return sorted(
        f"- {each.name}({', '.join(each.parameters.properties)}): {' '.join(each.description.split())}"
        for each in found
        if not _only_tells(each.name)
    )
