"""A desk at work on a ticket: the state that calls act on, its scorer, and recorded runs."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from benchmarks.held_out.counter.convention import Convention, Repair
from benchmarks.held_out.counter.tickets import State, Ticket, due
from trace2skill.skills.execution import Response
from trace2skill.traces.model import Action, Actor, Label, Outcome, Step, StepOutcome, Tool, Trace


class Desk:
    """A ticket being worked on, as an executor's environment with a reward."""

    initial_observation = None
    done = False

    def __init__(self, convention: Convention, of: Ticket) -> None:
        self.convention = convention
        self.ticket = of
        self.task = of.text
        self.tools: Sequence[Tool] = tools(convention)
        self._takes = {each.name: set(each.parameters["required"]) for each in self.tools}  # type: ignore[arg-type]
        self.state = deepcopy(of.state)
        self.steps: list[Step] = []
        self._staged: dict[str, str] = {}

    def call(self, actor: Actor, action: Action) -> Response:
        """Call a tool; what it is not, or refuses, is an error and changes nothing."""
        try:
            answer = Response(self._act(action.tool, dict(action.arguments)))
        except (KeyError, TypeError, ValueError) as error:
            answer = Response(f"Error: {error}", StepOutcome.ERROR)
        self.steps.append(
            Step(
                index=len(self.steps),
                actor=actor,
                action=action,
                observation=answer.observation,
                outcome=answer.outcome,
            )
        )
        return answer

    def do(self, calls: Sequence[Action]) -> "Desk":
        """Make calls in order."""
        for action in calls:
            self.call(Actor.AGENT, action)
        return self

    def reward(self) -> float:
        """1.0 if all is as the convention wants it, and the ticket handed over if that is due; else 0.0."""
        aim = Desk(self.convention, self.ticket).do(due(self.convention, self.ticket))
        return float(self.state == aim.state)

    def _act(self, tool: str, given: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON of any shape
        if self.state["handed"]:
            raise ValueError("the ticket was handed over")
        if self._takes.get(tool) != set(given):
            raise ValueError(f"there is no tool {tool} with the arguments {sorted(given)}")
        read = self._read(tool, given)
        if read is None:
            self._change(tool, given)
        return read or "done"

    def _read(self, tool: str, given: dict[str, Any]) -> State | None:
        """What a read tool returns; None for other tools."""
        state = self.state
        if tool == "find_subscriber":
            if given["handle"] not in {line["handle"] for line in state["lines"].values()}:
                raise ValueError("nobody has this handle")
            return {**state["account"], "lines": list(state["lines"])}
        if tool == "get_line":
            return {"line": given["line"], **state["lines"][given["line"]]}
        name = tool.removeprefix("check_")
        return {name: state["device"][name]} if name != tool else None

    def _change(self, tool: str, given: dict[str, Any]) -> None:
        kept, state = self.convention, self.state
        if tool == kept.refer:
            state["handed"] = given["desk"]
        elif tool == kept.top_up:
            line, mark = state["lines"][given["line"]], kept.numbers[1]
            line[mark] = round(line[mark] + float(given["units"]), 1)
        elif tool == kept.restart:
            state["device"] |= self._staged
            self._staged = {}
        elif tool in kept.decoys:
            name = kept.decoys[tool]
            state["device"][name] = next(each for each in kept.values[name] if each != state["device"][name])
        else:
            self._repair(next(each for each in kept.repairs.values() if each.tool == tool), given)

    def _repair(self, repair: Repair, given: dict[str, Any]) -> None:
        place = self.state["lines"][given["line"]] if repair.of_line else self.state["device"]
        usage, mark = self.convention.numbers
        first = self.convention.repairs.get(repair.after)
        over = repair.after == usage and place[usage] > place[mark]
        if over or (first and place[first.variable] in first.cures):
            raise ValueError("refused for now")
        value = repair.good
        if repair.options and given["option"] != repair.cures.get(place[repair.variable]):
            value = self.convention.values[repair.variable][-2]
        if repair.staged:
            self._staged[repair.variable] = value
        else:
            place[repair.variable] = value


def tools(convention: Convention) -> tuple[Tool, ...]:
    """All tools of a desk, with schemas; their descriptions tell nothing of what they are for."""
    text, number = {"type": "string"}, {"type": "number"}
    of_line = {"line": text}
    offered = [
        _tool("find_subscriber", "Looks a subscriber up.", {"handle": text}),
        _tool("get_line", "Looks a line up.", of_line),
        *(_tool(f"check_{name}", "Reads the device.", {}) for name in convention.device),
    ]
    acting = [
        _tool(
            convention.refer,
            "Hands the ticket over; nothing can be done after that.",
            {"desk": {"type": "string", "enum": sorted(desk for _, desk in convention.desks.values())}},
        ),
        _tool(convention.top_up, "Acts on a line.", {**of_line, "units": number}),
        _tool(convention.restart, "Acts on the device.", {}),
        *(_tool(name, "Acts on the device.", {}) for name in convention.decoys),
    ]
    for repair in convention.repairs.values():
        what = {"option": {"type": "string", "enum": list(repair.options)}} if repair.options else {}
        kind = "Acts on a line." if repair.of_line else "Acts on the device."
        acting.append(_tool(repair.tool, kind, (of_line if repair.of_line else {}) | what))
    return (*offered, *sorted(acting, key=lambda each: each.name))


def _tool(name: str, description: str, properties: dict[str, Any]) -> Tool:
    return Tool(
        name=name,
        description=description,
        parameters={"type": "object", "properties": properties, "required": list(properties)},
    )


def sweep(desk: Desk) -> None:
    """Read everything, the account first."""
    handle = next(line["handle"] for line in desk.state["lines"].values() if line["handle"] in desk.task)
    desk.call(Actor.AGENT, Action(tool="find_subscriber", arguments={"handle": handle}))
    for line in desk.state["lines"]:
        desk.call(Actor.AGENT, Action(tool="get_line", arguments={"line": line}))
    for name in desk.convention.device:
        desk.call(Actor.AGENT, Action(tool=f"check_{name}"))


def run(convention: Convention, of: Ticket, calls: Sequence[Action]) -> Trace:
    """A recorded run: everything read, the calls, everything read again unless the ticket was handed over."""
    desk = Desk(convention, of)
    sweep(desk)
    desk.do(calls)
    if not desk.state["handed"]:
        sweep(desk)
    good = desk.reward() == 1
    return Trace(
        id=f"{of.id}-{'a' if good else 'b'}",
        task=of.text,
        task_key=of.id,
        domain="desk",
        steps=tuple(desk.steps),
        tools=tuple(desk.tools),
        outcome=Outcome(
            label=Label.SUCCESS if good else Label.FAILURE, score=float(good), origin="state of the desk"
        ),
    )
