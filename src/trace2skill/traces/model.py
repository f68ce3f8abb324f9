"""The trace model: one run on one task, in frozen, validated records."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, JsonValue

SCHEMA_VERSION = 1


class Frozen(BaseModel):
    """A record that never changes and refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Actor(StrEnum):
    """Who acted in a step."""

    AGENT = "agent"
    USER = "user"
    ENVIRONMENT = "environment"
    SUBAGENT = "subagent"


class StepOutcome(StrEnum):
    """How one step went, as the data says it."""

    OK = "ok"
    ERROR = "error"
    UNKNOWN = "unknown"


class Label(StrEnum):
    """How a whole run ended."""

    SUCCESS = "success"
    FAILURE = "failure"
    PARTIAL = "partial"
    UNKNOWN = "unknown"


class Action(Frozen):
    """A tool called with arguments. Text commands are tools too: `open {object}` -> open(object=...)."""

    tool: str
    arguments: dict[str, JsonValue] = Field(default_factory=dict)


class Step(Frozen):
    """One thing one actor did, and what came back.

    A step is an action (with an observation), an utterance (`text` seen by the other side), or both.
    """

    index: int = Field(ge=0, description="position in the trace, counted from 0")
    actor: Actor = Actor.AGENT
    thought: str | None = Field(None, description="reasoning that nobody else saw")
    text: str | None = Field(None, description="an utterance: what was said to the other side")
    action: Action | None = None
    observation: JsonValue = Field(None, description="what came back: text, or parsed JSON")
    outcome: StepOutcome = StepOutcome.UNKNOWN
    parent: int | None = Field(None, description="index of the step that spawned this one")
    group: str | None = Field(None, description="steps issued in parallel share a group")
    time: datetime | None = None


class ModelJudgement(Frozen):
    """What a model was asked of a run whose outcome neither the data nor a rule tells."""

    model: str = Field(description="the model's name")
    steps: tuple[int, ...] = Field((), description="indices of the steps that it quoted, each checked")
    instead_of: str = Field("", description="the origin that the outcome had before")


class Outcome(Frozen):
    """How the run ended, and who says so."""

    label: Label = Label.UNKNOWN
    score: float | None = None
    origin: str = Field("", description="where the outcome came from, e.g. `reward_info.reward >= 1`")
    failed_checks: tuple[str, ...] = Field((), description="what the scorer found wanting, one check each")
    judgement: ModelJudgement | None = Field(
        None, exclude_if=lambda judgement: judgement is None, description="set where a model was asked"
    )

    @property
    def judged(self) -> bool:
        """Whether the label is a model's, and no ground truth."""
        return self.judgement is not None and self.label is not Label.UNKNOWN

    @property
    def unjudged(self) -> "Outcome":
        """The outcome as it was before a model was asked."""
        return self if self.judgement is None else Outcome(origin=self.judgement.instead_of)


class Tool(Frozen):
    """A tool that was offered: its name, what it says of itself, its JSON Schema."""

    name: str
    description: str = ""
    parameters: dict[str, JsonValue] = Field(default_factory=dict)


class SkillMention(Frozen):
    """A skill that the record of a run names: on offer to the agent, or loaded by it."""

    name: str
    version: str = Field("", description="as the record tells it: the number of whoever offered it")
    how: Literal["offered", "loaded"] = "offered"


class Source(Frozen):
    """Where a trace was read from. Never part of its identity."""

    format: str
    path: str = ""
    record: str = Field("", description="line number, offset or index inside the file")

    @property
    def origin(self) -> str:
        """What runs have in common that come from one place: the format, and the folder of the file."""
        folder = self.path.rpartition("/")[0]
        return f"{self.format} in {folder}" if folder else self.format

    def __str__(self) -> str:
        """File and place in it, and the format."""
        return (
            f"{', '.join(part for part in (self.path, self.record) if part) or 'no file'}, as {self.format}"
        )


class Trace(Frozen):
    """One run on one task.

    `task_key` groups runs on the same task for stratification. It is opaque: never a feature, a
    text or a family. `family` is the given task family, if the data has one.
    """

    id: str
    task: str = ""
    task_key: str | None = None
    family: str | None = None
    domain: str | None = Field(None, description="a coarse given grouping, e.g. `telecom`")
    steps: tuple[Step, ...] = ()
    tools: tuple[Tool, ...] = ()
    initial_observation: JsonValue = None
    outcome: Outcome = Outcome()
    instructions: str | None = Field(None, description="system prompt or policy that the agent was given")
    skills: tuple[SkillMention, ...] = Field((), description="that the record names: on offer, or loaded")
    source: Source = Source(format="unknown")

    @cached_property
    def hash(self) -> str:
        """Content hash: 16 hex digits over what was done. The same run read twice is one trace.

        Left out is what surrounds the run: `source`, `instructions`, `skills`, the outcome's `failed_checks`,
        and what a model said of the outcome.
        """
        content = self.model_dump(mode="json", exclude={"source", "instructions", "skills", "outcome"})
        content["outcome"] = self.outcome.unjudged.model_dump(mode="json", exclude={"failed_checks"})
        return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]

    @classmethod
    def from_messages(cls, messages: Iterable[Any], **given: Any) -> "Trace":  # noqa: ANN401
        """One trace from one conversation (traces/from_messages.py).

        Args:
            messages: LangChain messages, or dictionaries in the shape of OpenAI, Anthropic or LangChain.
            **given: `success`, `tools`, and fields of `Trace`.

        Raises:
            InputError: The messages are of no known shape.
        """
        from trace2skill.traces.from_messages import from_messages

        return from_messages(messages, **given)

    @property
    def stratum(self) -> str:
        """The id of the task for stratification: the task key, else the task text, else the trace hash."""
        return self.task_key or self.task or self.hash


def to_json(trace: Trace) -> bytes:
    """The trace as one line of our own JSONL: sorted keys, fields at their defaults left out."""
    body: dict[str, Any] = {"schema_version": SCHEMA_VERSION}
    body |= trace.model_dump(mode="json", exclude_defaults=True)
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)


def rebuild(trace: Trace, **changes: Any) -> Trace:  # noqa: ANN401 the field types are Trace's own
    """A copy of a trace with changed fields. Unlike `model_copy` it does not keep the cached `hash`."""
    fields = {name: getattr(trace, name) for name in Trace.model_fields}
    return Trace(**{**fields, **changes})
