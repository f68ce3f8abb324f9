"""ReAct transcripts: Thought, Action, Action Input and Observation in a text.

The text is a file of its own, a field of a JSON record, or stands in the messages of a chat. Each `Question:`
(or `Task:`) begins a run; examples that a prompt gives first are runs too, the same ones in every record.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson
from pydantic import JsonValue

from trace2skill.traces.conversation import Call, Turn, first_request, says_error, to_steps
from trace2skill.traces.decoding import DamagedFileError, read_lines
from trace2skill.traces.files import from_json_text
from trace2skill.traces.mapping import parse_bracket
from trace2skill.traces.model import Actor, Source, StepOutcome, Trace
from trace2skill.traces.outcome_rules import Ending, tell_outcome
from trace2skill.traces.problem import Problem, Scope
from trace2skill.traces.readers.chat import content_id
from trace2skill.traces.session_file import Entry, SessionFile, nothing_in, one_trace
from trace2skill.traces.untyped import as_key, as_list, as_object, as_text, joined, paragraphs

NAME = "react-text"

_MARK = re.compile(
    r"\s*(?:\*\*)?(Question|Task|Thought|Action Input|Action|Act|Observation|Obs|Final Answer|Answer)"
    r"[ ]?\d*\s*(?:\*\*)?:(?:\*\*)?[ ]?(.*)",
    re.DOTALL,
)
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_CHATTER = re.compile(r"\s*> (?:Entering new|Finished) .*chain.*")
_FENCE = re.compile(r"\A\s*```\w*\s*\n(.*?)\n\s*```\s*\Z", re.DOTALL)
_CALLED = re.compile(r"([A-Za-z_][\w.-]*)\((.*)\)", re.DOTALL)
_ACTS = ("Action", "Act")
_TASKS = ("question", "task", "input", "query", "instruction", "prompt")


def fits_text(lines: Iterable[str]) -> bool:
    """Whether lines of a text hold a thought, an action, and what was put into it or came back."""
    marks = {found[1] for line in lines if (found := _MARK.match(_ANSI.sub("", line)))}
    return (
        "Thought" in marks
        and bool(marks & set(_ACTS))
        and bool(marks & {"Action Input", "Observation", "Obs"})
    )


def recognises(sample: JsonValue) -> bool:
    """Whether a record, or the first of a list, holds such a text, or a chat does in what the agent says."""
    first = as_list(sample)[0] if as_list(sample) else sample
    return _chat_text(sample) is not None or _field(as_object(first)) is not None


def read_file(file: SessionFile, success_at: float | None = None) -> Iterator[Entry]:  # noqa: ARG001 - no score
    """Yield the runs of the records of a file."""
    for entry in file.records:
        if isinstance(entry, Problem):
            yield entry
            continue
        whole = _chat_text(entry.value) is not None
        items = (
            [("", entry.value)]
            if whole or not isinstance(entry.value, list)
            else list(enumerate(entry.value))
        )
        for part, item in items:
            record = as_object(item)
            text = _chat_text(item) or _field(record)
            where = entry.inside(f"[{part}]" if items[0][0] != "" else "")
            if text is None:
                yield Problem(
                    entry.path, where, "no text of thoughts and actions", "Mend or remove the record."
                )
                continue
            runs = [run for run in _runs(enumerate(text.split("\n"), start=1)) if run.turns]
            for run in runs:
                yield from one_trace(file.path, NAME, partial(_trace, record, run, len(runs)), where)


def read_text(file: SessionFile) -> Iterator[Entry]:
    """Yield the runs of a text file."""
    count = 0
    try:
        lines = (
            (number, line.decode("utf-8", "replace")) for number, line in enumerate(read_lines(file.path), 1)
        )
        for run in _runs(lines):
            if run.turns:
                count += 1
                yield from one_trace(file.path, NAME, partial(_trace, {}, run, 2), f"line {run.line}")
    except DamagedFileError as error:
        fix = f"{error.fix}; the runs before this point were read."
        yield Problem(str(file.path), f"byte {error.offset}", str(error), fix, Scope.FILE)
    if not count:
        yield nothing_in(file.path, "the text holds no action")


def _field(record: dict[str, Any]) -> str | None:
    """The field of a record that holds a transcript; one with lists of objects holds more than a text."""
    structured = any(as_object(as_list(value)[0]) for value in record.values() if as_list(value))
    if structured or {"schema_version", "role"} & record.keys():
        return None
    texts = (value for value in record.values() if isinstance(value, str) and "Thought" in value)
    return next((text for text in texts if fits_text(text.split("\n"))), None)


def _chat_text(value: JsonValue) -> str | None:
    """A chat without tool calls as a text, if the agent writes thoughts and actions; else None."""
    messages = [as_object(each) for each in as_list(as_object(value).get("messages")) or as_list(value)]
    if not messages or not all("role" in each for each in messages[:3]):
        return None
    if any(each.get("tool_calls") or each.get("role") == "tool" for each in messages):
        return None
    said = [joined(each.get("content")) for each in messages if each.get("role") == "assistant"]
    marks = {found[1] for text in said for line in text.split("\n") if (found := _MARK.match(line))}
    if not (marks & set(_ACTS) and "Thought" in marks):
        return None
    lines: list[str] = []
    for each in messages:
        text = joined(each.get("content"))
        if each.get("role") == "assistant" or (lines and _MARK.match(text)):
            lines.append(text)
        elif each.get("role") == "user":
            lines.append(f"Observation: {text}" if lines else f"Question: {text}")
    return "\n".join(lines)


@dataclass
class _Run:
    """A run as it is read: its turns, and the parts of the step that is open."""

    line: int = 0
    turns: list[Turn] = field(default_factory=list)
    asked: str = ""
    parts: dict[str, str] = field(default_factory=dict)

    def take(self, mark: str, text: str) -> None:
        """Take a part; a thought or an action after an action ends the step before it."""
        mark = {"Act": "Action", "Obs": "Observation", "Answer": "Final Answer", "Task": "Question"}.get(
            mark, mark
        )
        if mark == "Question":
            self.asked = text.strip()
            self.turns.append(Turn(Actor.USER, text=self.asked))
        elif mark == "Observation":
            self._act(text.strip("\n"))
        elif mark == "Final Answer":
            self._act(None)
            self.turns.append(Turn(Actor.AGENT, text=text.strip()))
        else:
            if "Action" in self.parts and mark != "Action Input":
                self._act(None)
            self.parts[mark] = "\n".join(filter(None, [self.parts.get(mark, ""), text.strip()]))

    def end(self) -> None:
        """Take what is left: a thought, or an action that nothing answered."""
        self._act(None)

    def _act(self, observed: str | None) -> None:
        thought = self.parts.pop("Thought", None)
        action, given = self.parts.pop("Action", ""), self.parts.pop("Action Input", None)
        name = str(len(self.turns))
        calls = [_call(name, action, given)] if action and action.lower() != "none" else []
        if thought or calls:
            self.turns.append(Turn(Actor.AGENT, thought=thought, calls=calls))
        if observed is not None:
            outcome = StepOutcome.ERROR if says_error(observed) else StepOutcome.OK
            answers = name if calls else f"none {name}"
            self.turns.append(Turn(Actor.ENVIRONMENT, result=observed, answers=answers, outcome=outcome))


def _runs(lines: Iterable[tuple[int, str]]) -> Iterator[_Run]:
    run = _Run()
    mark, text = "", list[str]()

    def close() -> None:
        if mark:
            run.take(mark, "\n".join(text))

    for number, raw in lines:
        line = _ANSI.sub("", raw).rstrip("\r")
        found = _MARK.match(line)
        if found is None:
            text += [] if _CHATTER.match(line) else [line]
            continue
        close()
        mark, text = found[1], [found[2]]
        run.line = run.line or number
        if mark in ("Question", "Task") and (run.turns or run.parts):
            run.end()
            yield run
            run = _Run(line=number)
    close()
    run.end()
    yield run


def _call(identity: str, action: str, given: str | None) -> Call:
    """A call: name and input, a JSON blob of both, `search[x]`, or `search(x)`."""
    plain = _unfenced(action)
    if given is not None:
        value = from_json_text(_unfenced(given))
        return Call(identity, plain.strip("`\"' "), _arguments(value))
    blob = as_object(from_json_text(plain))
    if as_text(blob.get("action")):
        return Call(identity, blob["action"], _arguments(blob.get("action_input")))
    called = _CALLED.fullmatch(plain)
    if called:
        return Call(identity, called[1], {"input": called[2]} if called[2].strip() else {})
    parsed = parse_bracket(plain, "input", {})
    return Call(identity, parsed.tool, parsed.arguments)


def _arguments(value: JsonValue) -> dict[str, JsonValue]:
    if isinstance(value, dict):
        return value
    return {} if value in (None, "") else {"input": value}


def _unfenced(text: str) -> str:
    found = _FENCE.match(text)
    return (found[1] if found else text).strip()


def _trace(record: dict[str, Any], run: _Run, of: int, source: Source) -> Trace:
    steps = to_steps(run.turns)
    given = next((as_text(record.get(name)) for name in _TASKS if as_text(record.get(name))), "")
    told: Sequence[JsonValue] = [as_object(each) for each in as_list(record.get("messages"))]
    system = [
        joined(as_object(each).get("content")) for each in told if as_object(each).get("role") == "system"
    ]
    name = as_key(record.get("id")) if of == 1 else ""
    dumped = [orjson.loads(step.model_dump_json()) for step in steps]
    return Trace(
        id=name or content_id(dumped).replace("chat-", "react-"),
        task=run.asked or ("" if fits_text(given.split("\n")) else given) or first_request(run.turns),
        steps=steps,
        instructions=paragraphs(system),
        outcome=tell_outcome(steps, Ending()),
        source=source,
    )
