"""What a distil run is told beside its input: the settings, as Studio shows them."""

from langgraph.runtime import Runtime
from pydantic import Field

from trace2skill.models.settings import ModelSettings
from trace2skill.nodes.engines import EngineName
from trace2skill.nodes.settings import Settings


class DistillContext(Settings, ModelSettings):
    """Settings of one distil run. Every field has a default, so a run may give none.

    Those of the models come first; without `model` a run asks none, unless the environment names one.
    """

    library: str = Field(".trace2skill", description="folder of the library; made if absent")
    mapping: str | None = Field(None, description="mapping file (TOML) for step logs of unknown field names")
    outcomes: str | None = Field(None, description="file with outcomes that beat those in the traces")
    success_at: float | None = Field(None, description="a score of at least this is a success")
    strict: bool = Field(False, description="stop at the first broken record instead of skipping it")
    again: bool = Field(False, description="mine every family, also those with nothing new")
    max_revisions: int = Field(2, ge=0, le=10, description="rounds of revision before a draft is left out")
    holdout: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="share of tasks kept from mining, to corroborate what was mined on the rest",
    )
    budget: int = Field(24, ge=1, description="most rules a skill may have")
    embedding: str | None = Field(
        None, description="embedding of the search index; the offline default if absent"
    )
    engine: EngineName = Field("processes", description="what spreads the work: processes, or Ray tasks")
    workers: int = Field(1, ge=1, description="how many processes or Ray workers; changes no result")
    attempts: int = Field(
        5, ge=1, description="how often to plan and try to save when others change the library meanwhile"
    )
    dry_run: bool = Field(False, description="say what calls a model would get, and stop before the first")
    review: bool = Field(False, description="ask a person about each new or changed skill before it is saved")
    analysts: tuple[str, ...] = Field((), description="names of the analysts to run; all if empty")


class KeptSettings(DistillContext):
    """Settings as they were frozen with the run: nothing in them is left to the environment any more."""


def settings(runtime: Runtime[DistillContext]) -> DistillContext:
    """The run's settings; the defaults when it was started without any.

    Raises:
        SettingError: One of them is wrong.
    """
    return DistillContext.of(runtime.context).checked()
