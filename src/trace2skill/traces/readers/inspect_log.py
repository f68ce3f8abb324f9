"""Inspect's evaluation logs: `.eval` archives and `.json` documents. A sample of an epoch is a run.

The run is the sample's `messages`. What its events hold beside them (retries, sub-agents' own messages,
grading) and the scorers' explanations, which may spell the solution, are not read; the tools are those of its
model calls.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson
from pydantic import JsonValue

from trace2skill.traces.conversation import first_request, to_steps
from trace2skill.traces.files import Record, each_item, traces_from
from trace2skill.traces.messages import Message, to_turns
from trace2skill.traces.model import Label, Outcome, Source, Tool, Trace
from trace2skill.traces.outcomes import from_score
from trace2skill.traces.problem import BrokenRecordError, Problem
from trace2skill.traces.readers.chat import content_id, offered
from trace2skill.traces.session_file import Entry, SessionFile, nothing_in
from trace2skill.traces.untyped import as_key, as_list, as_number, as_object, as_text, joined, paragraphs

NAME = "inspect"
SUCCESS_AT = 1.0

_ATTACHMENT = re.compile(rb'"attachment://([0-9a-f]+)"')
_WORDS: dict[str, float] = {"C": 1.0, "I": 0.0, "N": 0.0, "yes": 1.0, "no": 0.0, "true": 1.0, "false": 0.0}
_PARTIAL = "P"


def recognises(sample: JsonValue) -> bool:
    """Whether a value is a log, or an archive's header: `eval` with a `task`, and a `version` or `status`."""
    if not isinstance(sample, dict) or not isinstance(sample.get("eval"), dict):
        return False
    return "task" in as_object(sample["eval"]) and ("version" in sample or "status" in sample)


def read_file(file: SessionFile, success_at: float | None = None) -> Iterator[Entry]:
    """Yield one trace per sample; success means a score of `success_at` or more (default 1.0)."""
    header: dict[str, Any] = {}
    count = 0
    for entry in file.records:
        if isinstance(entry, Problem):
            yield entry
            continue
        part, items = entry, each_item(entry.value)
        if not header and recognises(entry.value):
            value = as_object(entry.value)
            header = as_object(value["eval"])
            part = Record(entry.path, "samples", None)
            items = each_item(as_list(value.get("samples")))
        for trace in traces_from(part, NAME, items, partial(_trace, header, success_at)):
            count += 1
            yield trace
    if not count:
        yield nothing_in(file.path, "the log holds no sample")


@dataclass
class _Sample:
    """The parts of a sample that are read, its attachments put back in their places."""

    value: dict[str, Any]
    attachments: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.attachments = as_object(self.value.get("attachments"))

    def resolved(self, value: JsonValue) -> Any:  # noqa: ANN401 - JSON of any shape
        """A value with the texts that were stored apart."""
        if not self.attachments:
            return value
        return orjson.loads(_ATTACHMENT.sub(self._attached, orjson.dumps(value)))

    def _attached(self, found: re.Match[bytes]) -> bytes:
        text = self.attachments.get(found[1].decode())
        return found[0] if text is None else orjson.dumps(text)

    @property
    def tools(self) -> tuple[Tool, ...]:
        """The tools that were offered in the first model call that offered any."""
        calls = (as_object(event) for event in as_list(self.value.get("events")))
        given = (call.get("tools") for call in calls if call.get("event") == "model")
        return offered(as_list(self.resolved(next(filter(None, given), None))))


def _trace(header: dict[str, Any], success_at: float | None, item: JsonValue, source: Source) -> Trace:
    if not isinstance(item, dict) or not isinstance(item.get("messages"), list):
        raise BrokenRecordError("messages is not a list", "Mend the sample, or remove it from the log.")
    sample = _Sample(item)
    messages = [Message.model_validate(_plain(each)) for each in sample.resolved(item["messages"])]
    turns = list(to_turns(messages, failed=lambda _: False))
    name = as_key(item.get("id"))
    return Trace(
        id=as_key(item.get("uuid")) or (f"{name}/{as_key(item.get('epoch'))}" if name else content_id(item)),
        task=first_request(turns) or joined(sample.resolved(item.get("input"))),
        task_key=f"{as_text(header.get('task'))}/{name}" if name else None,
        domain=as_text(header.get("task")) or None,
        steps=to_steps(turns),
        instructions=paragraphs([each.text for each in messages if each.role == "system"]),
        tools=sample.tools,
        outcome=_outcome(item, success_at),
        source=source,
    )


def _plain(message: JsonValue) -> dict[str, Any]:
    """A message in the shape of OpenAI's: a call's `function` is its name, an error stands in `error`."""
    given = as_object(message)
    calls = [
        {**each, "name": each.get("function")} if isinstance(each.get("function"), str) else each
        for each in map(as_object, as_list(given.get("tool_calls")))
    ]
    plain = {**given, "tool_calls": calls}
    error = as_object(given.get("error"))
    if error:
        plain["status"] = "error"
        plain["content"] = joined(given.get("content")) or as_text(error.get("message"))
    return plain


def _outcome(sample: dict[str, Any], success_at: float | None) -> Outcome:
    """The score; of several, their agreement. Without one, an error of the sample is named."""
    scores = dict(_scores(as_object(sample.get("scores"))))
    told = [_told(name, value, success_at) for name, value in scores.items()]
    if not told:
        return Outcome(origin="the sample ended in an error" if sample.get("error") else "no scores")
    if len({each.label for each in told}) > 1:
        return Outcome(origin=f"scores disagree: {', '.join(scores)}")
    return told[0]


def _scores(scores: dict[str, Any]) -> Iterator[tuple[str, JsonValue]]:
    for name, score in scores.items():
        value = score.get("value") if isinstance(score, dict) else score
        if isinstance(value, dict):
            yield from ((f"{name}.{key}", each) for key, each in value.items())
        else:
            yield name, value


def _told(name: str, value: JsonValue, success_at: float | None) -> Outcome:
    threshold = SUCCESS_AT if success_at is None else success_at
    if value == _PARTIAL and success_at is None:
        return Outcome(label=Label.PARTIAL, score=0.5, origin=f"scores.{name} is P")
    score = _WORDS.get(value) if isinstance(value, str) else as_number(value)
    if isinstance(value, bool):
        score = float(value)
    return from_score(0.5 if value == _PARTIAL else score, threshold, f"scores.{name}")
