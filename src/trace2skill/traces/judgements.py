"""What others said of a run: feedback, scores, annotations, assessments; and which of it is the outcome."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import JsonValue

from trace2skill.traces.model import Label, Outcome
from trace2skill.traces.outcomes import MEANS_SUCCESS, from_score, to_label
from trace2skill.traces.span_messages import unpacked

Unit = Literal["thread", "run"]
"""What one trace of spans is: a thread, whose runs carry each other on, or a run."""

SUCCESS_AT = 1.0
"""The least score of a success, where `--success-at` gives no other."""

_WORDS = {"correct": Label.SUCCESS, "incorrect": Label.FAILURE, "wrong": Label.FAILURE}
_UNSAFE = re.compile(r"[^\w .:-]+")
DEEPEST = 4
"""Lists in lists that are looked into."""

SHOWN = 40
"""Characters of a name that are shown."""


@dataclass(frozen=True)
class Judgement:
    """One thing said of a run.

    Attributes:
        about: The ids of what it is about, the run's own or that of one of its spans.
        name: What was judged, e.g. `correctness`.
        value: A number, a truth value or a word.
        kind: What the tool calls it: feedback, score, annotation, assessment; `of_model` if a model gave it.
        time: When it was given; of two under one name the later counts.
    """

    about: str
    name: str
    value: JsonValue
    kind: str
    time: str = ""


@dataclass(frozen=True)
class Judging:
    """How outcomes are read from what was said of a run.

    Attributes:
        success_at: The least score of a success.
        score: The name that decides; one of `MEANS_SUCCESS` if absent.
        beside: What files beside the traces say, by the id of what it is about.
        unit: What one trace is: a `thread`, whose runs continue each other, or a `run`.
    """

    success_at: float | None = None
    score: str | None = None
    beside: Mapping[str, Sequence[Judgement]] = field(default_factory=dict)
    unit: Unit = "thread"

    def outcome(self, said: Iterable[Judgement], identities: Iterable[str], kind: str) -> Outcome:
        """The outcome of a run.

        Args:
            said: What the run's own record says, of it and of its parts.
            identities: The ids of the run, under which files beside it may speak of it.
            kind: What the format calls a judgement, for a run that has none.
        """
        known = [*dict.fromkeys(identity for identity in identities if identity)]
        every = [each for each in said if each.about in known]
        every += [each for identity in known for each in self.beside.get(identity, ())]
        latest: dict[str, Judgement] = {}
        for each in every:
            name = _plain(each.name)
            if name not in latest or each.time >= latest[name].time:
                latest[name] = each
        wanted = [_plain(self.score)] if self.score else MEANS_SUCCESS
        chosen = next((latest[name] for name in wanted if name in latest), None)
        if chosen is None:
            return Outcome(origin=_undecided(latest.values(), kind))
        return _outcome(chosen, SUCCESS_AT if self.success_at is None else self.success_at)


def shown_name(name: str) -> str:
    """A name from the data as it may be shown: letters, digits and a few signs, cut."""
    return _UNSAFE.sub("?", name)[:SHOWN]


def read_judgements(value: JsonValue, depth: int = 0) -> Iterator[Judgement]:
    """The judgements of a JSON value: one, a list of them, or an object that holds the list as `data`."""
    value = unpacked(value)
    if isinstance(value, list):
        for each in value if depth < DEEPEST else ():
            yield from read_judgements(each, depth + 1)
    elif isinstance(value, dict) and isinstance(value.get("data"), list):
        yield from read_judgements(value["data"], depth + 1)
    elif isinstance(value, dict):
        for read in (_feedback, _score, _annotation):
            if found := read(value):
                yield found
                return


def _feedback(value: dict[str, Any]) -> Judgement | None:
    """LangSmith: `{run_id, key, score, value}`."""
    about, name = value.get("run_id"), value.get("key")
    if not isinstance(about, str) or not isinstance(name, str) or not {"score", "value"} & value.keys():
        return None
    given = value["score"] if value.get("score") is not None else value.get("value")
    return Judgement(about, name, given, "feedback", _time(value, "modified_at", "created_at"))


def _score(value: dict[str, Any]) -> Judgement | None:
    """Langfuse: `{traceId, name, value, stringValue}`, about a session where there is no trace.

    From version 4 on `subject` says what it is about.
    """
    subject = value.get("subject")
    if isinstance(subject, dict) and subject.get("kind") in ("trace", "observation", "session"):
        value = {**value, f"{subject['kind']}Id": subject.get("id")}
    about = value.get("observationId") or value.get("observation_id") or value.get("traceId")
    about = about or value.get("trace_id") or value.get("sessionId") or value.get("session_id")
    name = value.get("name")
    is_score = {"dataType", "data_type", "stringValue", "string_value"} & value.keys() and "value" in value
    if not isinstance(about, str) or not isinstance(name, str) or not is_score:
        return None
    kind = value.get("dataType", value.get("data_type"))
    text = value.get("stringValue", value.get("string_value"))
    given = text if text is not None and kind == "CATEGORICAL" else value.get("value")
    time = _time(value, "updatedAt", "updated_at", "timestamp")
    kind = of_model("score") if value.get("source") == "EVAL" else "score"
    return Judgement(about, name, text if given is None else given, kind, time)


def _annotation(value: dict[str, Any]) -> Judgement | None:
    """Phoenix: `{span_id or trace_id, name, annotator_kind, result: {label, score}}`, or without `result`."""
    about = value.get("span_id") or value.get("trace_id") or value.get("session_id")
    name = value.get("name") or value.get("annotation_name")
    result = value["result"] if isinstance(value.get("result"), dict) else value
    is_annotation = {"annotator_kind", "annotation_name"} & value.keys() and {
        "label",
        "score",
    } & result.keys()
    if not isinstance(about, str) or not isinstance(name, str) or not is_annotation:
        return None
    given = result["score"] if result.get("score") is not None else result.get("label")
    kind = of_model("annotation") if value.get("annotator_kind") == "LLM" else "annotation"
    return Judgement(about, name, given, kind, _time(value, "updated_at", "created_at"))


def of_model(kind: str) -> str:
    """What a judgement is called that its record says a model gave: its origin then says so."""
    return f"model's {kind}"


def _time(value: dict[str, Any], *names: str) -> str:
    return next((str(value[name]) for name in names if value.get(name)), "")


def _plain(name: str) -> str:
    return name.strip().lower().replace("-", "_").replace(" ", "_")


def _outcome(said: Judgement, success_at: float) -> Outcome:
    origin = f"{said.kind} {shown_name(said.name)}"
    value = said.value
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf"):
        return from_score(float(value), success_at, origin)
    word = value.strip().lower() if isinstance(value, str) else value
    label = _WORDS.get(word, to_label(value)) if isinstance(word, str) else to_label(value)
    return Outcome(label=label, origin=origin)


def _undecided(said: Iterable[Judgement], kind: str) -> str:
    names = sorted(shown_name(each.name) for each in said)
    if not names:
        return f"no {kind}"
    return f"{kind} {', '.join(names[:5])}: none is known to mean success (--score NAME)"
