"""BFCL multi-turn, its base category: what a user says turn by turn in, the calls of each turn out.

    pip install --no-deps bfcl-eval mpmath   # Apache-2.0; data, APIs and checker are the package's own

Tasks about the vehicle: of every five by number two are asked (20), the calls that the benchmark gives for
the other thirty are executed and recorded. All turns stand in one prompt, with the state at the start, and
nothing that a call returns: what is looked up in a run must be known to go on from it. Answers are executed
and judged by the package's checker, turn by turn. The placebo is a skill of bug fixing.
"""

import ast
import json
import uuid
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.live import debugging
from benchmarks.live.course import Asked, Course
from benchmarks.live.fixing_house import draw
from trace2skill.errors import SettingError
from trace2skill.evaluation.suite import Suite
from trace2skill.traces.model import Action, Actor, Label, Outcome, Step, StepOutcome, Tool, Trace

SEED = 0
ASKED_OF_FIVE = (0, 2)
VEHICLE = "VehicleControlAPI"
DOCS = {
    "GorillaFileSystem": "gorilla_file_system",
    "MathAPI": "math_api",
    "MessageAPI": "message_api",
    "TicketAPI": "ticket_api",
    "TradingBot": "trading_bot",
    "TravelAPI": "travel_booking",
    "TwitterAPI": "posting_api",
    "VehicleControlAPI": "vehicle_control",
}
HOW = """\
A user speaks to you turn by turn. In each turn you call tools until what was asked for is done; you see
nothing of what they return. A task counts if after every turn all systems are as they should be, and all
that had to be looked up was looked up, by the turn in which it was asked for. Nobody answers questions.

Answer with one JSON list, nothing around it: for each turn the list of its calls, each a string of one
Python call with plain values, such as [["f(a=1)", "g(b='x')"], []]. If you do not know a value, give your
best guess.

The tools:

{tools}"""

POLICY = """\
# How tasks about the vehicle are done

- The engine is started by three calls, in this order: lockDoors(unlock=False, door=['driver', 'passenger',
  'rear_left', 'rear_right']), pressBrakePedal(pedalPosition=1.0), startEngine(ignitionMode='START'). The
  first is left out only where the doors were locked before. The parking brake is engaged before the pedal
  is pressed, by activateParkingBrake(mode='engage'), and only where the user wants that.
- A distance between cities: get_zipcode_based_on_city of both, then estimate_distance with the two codes.
  San Francisco is 94016, Rivermist 83214 (980 km), Stonebrook 74532 (750 km from Rivermist), Silverpine
  62947, Oakendale 47329. Whether the fuel suffices: estimate_drive_feasibility_by_mileage with the
  distance.
- Fuel is filled in gallons. The tank holds 50: to fill it up, fill 50 less the fuel level; to end with so
  many gallons, fill these less the level. Litres are converted by liter_to_gallon first, and filled rounded
  to two decimal places (a litre is 0.264172 gallons).
- Tires: check_tire_pressure. If they are too low for what the user says: find_nearest_tire_shop, and
  where directions are wanted set_navigation(destination='456 Oakwood Avenue, Rivermist, 83214').
- Battery, air conditioning and fan are read by displayCarStatus(option='climate'), fuel and doors by
  their own options.
- Tweets: post_tweet(content=..., tags=['#...'], mentions=['@...']), with just the words and tags that the
  user gives. Before a message to somebody the user logs in by message_login, unless logged in."""


@cache
def course(seed: int = SEED) -> Course:
    """The course; the seed turns which two of every five tasks are asked."""
    entries = _entries(VEHICLE)
    chosen = {(at + seed) % 5 for at in ASKED_OF_FIVE}
    asked = [each for at, each in enumerate(entries) if at % 5 in chosen]
    shown = [each for at, each in enumerate(entries) if at % 5 not in chosen]
    tools = tuple(_tools({name for each in asked for name in each["involved_classes"]}))
    return Course(
        name=f"bfcl-vehicle-{seed}",
        how=HOW.format(tools="\n".join(map(_line, tools))),
        asked=[_asked(each) for each in asked],
        runs=[recorded(each) for each in shown],
        others=debugging.recorded(draw(seed), debugging.SHOWN),
        policy=POLICY,
    )


def suite() -> Suite:
    """The tasks."""
    return course().suite


def _package() -> Path:
    try:
        import bfcl_eval
    except ImportError as error:
        raise SettingError(
            "the suite bfcl needs bfcl-eval, which is not installed: pip install --no-deps bfcl-eval mpmath"
        ) from error
    return Path(bfcl_eval.__file__).parent / "data"


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _entries(of: str) -> list[dict[str, Any]]:
    """The entries that involve a class, each with its `ground_truth`."""
    data, name = _package(), "BFCL_v4_multi_turn_base.json"
    truths = {each["id"]: each["ground_truth"] for each in _lines(data / "possible_answer" / name)}
    found = [each for each in _lines(data / name) if of in each["involved_classes"]]
    return [each | {"ground_truth": truths[each["id"]]} for each in found]


def _turns(entry: dict[str, Any]) -> list[str]:
    return [" ".join(said["content"] for said in turn) for turn in entry["question"]]


def _state(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        name: state for name, state in entry["initial_config"].items() if name in entry["involved_classes"]
    }


def _request(entry: dict[str, Any]) -> str:
    return "\n".join(f"Turn {at}: {turn}" for at, turn in enumerate(_turns(entry), 1))


def _asked(entry: dict[str, Any]) -> Asked:
    return Asked(
        id=entry["id"],
        request=_request(entry),
        body=f"The state at the start: {json.dumps(_state(entry))}",
        score=lambda answer: passes(entry, answer),
        answer=json.dumps(entry["ground_truth"]),
    )


def passes(entry: dict[str, Any], answer: str) -> float:
    """1.0 if the package's checker finds the calls of an answer valid; else 0.0."""
    from bfcl_eval.eval_checker.multi_turn_eval.multi_turn_checker import multi_turn_checker

    turns = calls_in(answer)
    if turns is None or len(turns) != len(entry["ground_truth"]):
        return 0.0
    found = multi_turn_checker(
        [[turn] for turn in turns],
        entry["ground_truth"],
        entry,
        "multi_turn_base",
        f"answer_{uuid.uuid4().hex}",
    )
    return float(found["valid"])


def calls_in(answer: str) -> list[list[str]] | None:
    """The calls of each turn, written anew from their parts; None if one is no call with plain values."""
    try:
        given = json.loads(answer[answer.index("[") : answer.rindex("]") + 1])
        return [[_written(*_parsed(call)) for call in turn] for turn in given]
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def _parsed(call: str) -> tuple[str, list[Any], dict[str, Any]]:
    """The name, positional and named arguments of a call.

    Raises:
        ValueError: It is no call of a plain name with literals.
        SyntaxError: It is no Python.
    """
    node = ast.parse(str(call).strip(), mode="eval").body
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id.startswith("_"):
        raise ValueError("no call of a name")
    if any(each.arg is None for each in node.keywords):
        raise ValueError("arguments without a name")
    named = {str(each.arg): ast.literal_eval(each.value) for each in node.keywords}
    return node.func.id, [ast.literal_eval(each) for each in node.args], named


def _written(name: str, positional: Sequence[Any], named: dict[str, Any]) -> str:
    given = [*map(repr, positional), *(f"{key}={value!r}" for key, value in named.items())]
    return f"{name}({', '.join(given)})"


def recorded(entry: dict[str, Any]) -> Trace:
    """The benchmark's calls on a task, executed."""
    from bfcl_eval.eval_checker.multi_turn_eval.multi_turn_utils import execute_multi_turn_func_call

    tools = tuple(_tools(set(entry["involved_classes"])))
    takes: dict[str, list[str]] = {each.name: list(_properties(each)) for each in tools}
    run = f"recorded_{uuid.uuid4().hex}"
    steps: list[Step] = []
    for said, calls in zip(_turns(entry), entry["ground_truth"], strict=True):
        steps.append(Step(index=len(steps), actor=Actor.USER, text=said))
        results, _ = execute_multi_turn_func_call(
            calls, entry["initial_config"], entry["involved_classes"], run, entry["id"]
        )
        for call, result in zip(calls, results, strict=True):
            name, positional, named = _parsed(call)
            arguments = dict(zip(takes[name], positional, strict=False)) | named
            seen = _plain(result)
            failed = str(result).startswith("Error during") or (isinstance(seen, dict) and "error" in seen)
            steps.append(
                Step(
                    index=len(steps),
                    action=Action(tool=name, arguments=arguments),
                    observation=seen,
                    outcome=StepOutcome.ERROR if failed else StepOutcome.OK,
                )
            )
    return Trace(
        id=entry["id"],
        task=_request(entry),
        task_key=entry["id"],
        domain="vehicle",
        tools=tools,
        initial_observation=_state(entry),
        steps=tuple(steps),
        outcome=Outcome(label=Label.SUCCESS, score=1.0, origin="the calls that the benchmark gives"),
    )


def _plain(result: str) -> Any:  # noqa: ANN401 - JSON, if it is
    try:
        return json.loads(result)
    except ValueError:
        return result


def _tools(classes: set[str]) -> Iterator[Tool]:
    """The tools of classes, as the package describes them."""
    for name in sorted(classes):
        for each in _lines(_package() / "multi_turn_func_doc" / f"{DOCS[name]}.json"):
            schema = each["parameters"] | {"type": "object"}
            yield Tool(
                name=each["name"],
                description=each["description"].partition("Tool description: ")[2],
                parameters=schema,
            )


def _properties(tool: Tool) -> dict[str, Any]:
    found = tool.parameters.get("properties", {})
    assert isinstance(found, dict)
    return found


def _line(tool: Tool) -> str:
    """`f(a: what, b: what = 1): what it does`."""
    given = []
    for name, schema in _properties(tool).items():
        default = f" = {schema['default']!r}" if "default" in schema else ""
        given.append(f"{name}: {schema['type']}, {schema.get('description', '')}{default}")
    return f"- {tool.name}({'; '.join(given)}): {tool.description}"
