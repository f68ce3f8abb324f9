"""The settings of a run: checked when they are read; a mistake in them is told in the run's output."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Self

from pydantic import ConfigDict, Field, PrivateAttr, ValidationError, model_validator

from trace2skill.errors import SettingError
from trace2skill.llm.settings import ModelSettings
from trace2skill.nodes.engines import EngineName
from trace2skill.traces.judgements import Unit
from trace2skill.traces.model import Frozen
from trace2skill.traces.redact import Level, redact_text

if TYPE_CHECKING:
    from langgraph.runtime import Runtime

SHOWN = 60
"""Characters of a name that no setting has."""

SERVERS_OWN = frozenset(
    {
        "assistant_id",
        "checkpoint_id",
        "checkpoint_map",
        "checkpoint_ns",
        "graph_id",
        "run_id",
        "thread_id",
        "user_id",
    }
)
"""What LangGraph's clients and servers put beside the settings where these are given as `configurable`."""


class Settings(Frozen):
    """Base of the settings. Wrong ones give the defaults and are refused when a node asks for `checked`."""

    _mistakes: tuple[str, ...] = PrivateAttr(())

    def __init__(self, /, **given: Any) -> None:  # noqa: ANN401 - pydantic's own signature
        try:
            super().__init__(**given)
        except ValidationError as error:
            super().__init__()
            self._mistakes = tuple(self._told(each["loc"], each["msg"]) for each in error.errors())

    @classmethod
    def of(cls, context: "Self | Mapping[str, Any] | None") -> Self:
        """Read the settings from a run's context as a client sent it; the defaults if it sent none."""
        if isinstance(context, Mapping):
            own = {name: value for name, value in context.items() if not _is_servers(name)}
            return cls(**own)
        return cls() if context is None else context

    def checked(self) -> Self:
        """The settings themselves.

        Raises:
            SettingError: Some were wrong: which, and what they may be.
        """
        if self._mistakes:
            raise SettingError("; ".join(self._mistakes))
        return self

    def _told(self, location: tuple[int | str, ...], cause: str) -> str:
        """One validation error in words, without the offending value, which may be a key."""
        if not location:  # settings that do not go together
            return cause
        path = ".".join(map(str, location))
        field = type(self).model_fields.get(str(location[0]))
        if field is None:
            return self._unknown(path)
        default = repr(field.get_default())
        return f"the setting {path} cannot be used: {cause} ({field.description}; by default {default})"

    def _unknown(self, name: str) -> str:
        names = list(type(self).model_fields)
        nearest = get_close_matches(name, names, n=1, cutoff=0.0)[0]
        return (
            f"there is no setting {redact_text(name)[:SHOWN]!r}, the nearest is {nearest!r}; "
            f"give any of {', '.join(names)}"
        )


def _is_servers(name: str) -> bool:
    return name in SERVERS_OWN or name.startswith(("__", "langgraph_"))


GROUPS = {
    "": ("library", "review", "redact", "model", "success_at", "score", "holdout", "budget", "again", "unit"),
    "Reading": ("mapping", "outcomes", "strict"),
    "Mining": ("max_revisions", "analysts", "attempts", "trust"),
    "Index": ("embedding", "chroma"),
    "Machine": ("engine", "workers"),
    "Model": (
        "dry_run",
        "show_prompts",
        "judge_outcomes",
        "drop_judged",
        *(name for name in ModelSettings.model_fields if name != "model"),
    ),
}
"""The settings as forms show them: the ten that matter first, the others under the title of their group."""

EXAMPLES = {
    "library": ".trace2skill",
    "redact": "personal",
    "model": "openai:gpt-4.1-mini",
    "success_at": 1.0,
    "score": "correctness",
    "holdout": 0.3,
    "price": "0.4,1.6",
    "base_url": "http://127.0.0.1:8115/v1",
    "chroma": "http://127.0.0.1:8000",
    "embedding": "openai:text-embedding-3-small",
}


def _as_form(schema: dict[str, Any]) -> None:
    """Put the fields of a JSON schema into the order and under the titles of `GROUPS`, with examples."""
    fields = schema["properties"]
    ordered = {}
    for group, names in GROUPS.items():
        for name in names:
            field = fields.pop(name)
            field["title"] = f"{group}: {name.replace('_', ' ')}" if group else field["title"]
            if name in EXAMPLES:
                field["examples"] = [EXAMPLES[name]]
            ordered[name] = field
    schema["properties"] = ordered | fields


class DistillSettings(Settings, ModelSettings):
    """Settings of one distil run. Every field has a default, so a run may give none.

    Without `model` a run asks none, unless the environment names one.
    """

    model_config = ConfigDict(json_schema_extra=_as_form)

    library: str = Field(".trace2skill", description="folder of the library; made if absent")
    mapping: str | None = Field(None, description="mapping file (TOML) for step logs of unknown field names")
    outcomes: str | None = Field(None, description="file with outcomes that beat those in the traces")
    success_at: float | None = Field(None, description="a score of at least this is a success")
    score: str | None = Field(
        None, description="name of the feedback, score, annotation or assessment that decides the outcome"
    )
    unit: Unit = Field(
        "thread", description="what one trace of spans is: a thread, whose runs carry each other on, or a run"
    )
    judge_outcomes: bool = Field(
        False,
        description="ask the model how runs ended of which neither the traces nor a rule tells; marked as "
        "its judgement wherever it counts",
    )
    drop_judged: bool = Field(
        False,
        description="take back every outcome that a model judged; what traces, people and rules tell is left",
    )
    strict: bool = Field(False, description="stop at the first broken record instead of skipping it")
    redact: Level | None = Field(
        None,
        description="what is replaced in traces before anything else sees them: secrets, personal (secrets "
        "and what belongs to people) or off; if absent as the library has it, personal for a new one",
    )
    again: bool = Field(False, description="mine every task family, also those with nothing new")
    max_revisions: int = Field(2, ge=0, le=10, description="rounds of revision before a draft is left out")
    holdout: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="share of tasks kept from mining, to corroborate on them what was mined on the rest",
    )
    budget: int = Field(24, ge=1, description="most rules a skill may have")
    embedding: str | None = Field(
        None, description="embedding of the search index; the offline default if absent"
    )
    chroma: str | None = Field(
        None,
        description="Chroma server of the search index (http://HOST:PORT), or folder; if absent where it is",
    )
    engine: EngineName = Field(
        "processes", description="what spreads the work; ray needs the extra of that name"
    )
    workers: int = Field(
        1, ge=1, description="processes, or Ray workers, that read and measure; changes no result"
    )
    attempts: int = Field(
        25,
        ge=1,
        description="how often to plan and try to save when others change the library meanwhile; of so many "
        "runs at once each is saved",
    )
    dry_run: bool = Field(
        False,
        description="mine and measure, say which calls a model would get and their cost, and save nothing",
    )
    show_prompts: bool = Field(
        False, description="as dry_run, and show each prompt that would be sent; needs no key"
    )
    review: bool = Field(False, description="ask a person about each new or changed skill before it is saved")
    trust: bool = Field(
        False,
        description="take over what people wrote, rejected and found in the libraries given, unseen; "
        "remembered for each of them",
    )
    analysts: tuple[str, ...] = Field((), description="names of the analysts to run; all if empty")

    @model_validator(mode="after")
    def _judging(self) -> Self:
        if self.judge_outcomes and self.drop_judged:
            raise ValueError("judge_outcomes and drop_judged exclude each other: give one of them")
        return self

    @property
    def only_plans(self) -> bool:
        """Whether the run asks no model and saves nothing."""
        return self.dry_run or self.show_prompts


class KeptSettings(DistillSettings):
    """Settings as frozen when the run began; the environment is not consulted again."""


def settings(runtime: "Runtime[DistillSettings]") -> DistillSettings:
    """The run's settings; the defaults when it was started without any.

    Raises:
        SettingError: One of them is wrong.
    """
    return DistillSettings.of(runtime.context).checked()
