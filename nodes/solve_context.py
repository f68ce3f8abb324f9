"""What a solve run is told beside its task: the settings, as Studio shows them."""

from langgraph.runtime import Runtime
from pydantic import Field

from trace2skill.claims.evidence import Tier
from trace2skill.nodes.settings import Settings
from trace2skill.store.records import Wanted


class SolveContext(Settings):
    """Settings of one solve run. Every field has a default, so a run may give none."""

    library: str = Field(".trace2skill", description="folder of the library")
    model: str | None = Field(
        None, description="chat model, e.g. openai:gpt-4.1-mini; without one the run ends with the guidance"
    )
    base_url: str | None = Field(
        None, description="address of an OpenAI-compatible server, e.g. http://127.0.0.1:8115/v1"
    )
    tool_calls: bool = Field(
        True, description="off for models that cannot call tools: they choose actions as JSON objects"
    )
    max_steps: int = Field(30, ge=1, le=500, description="most replies of the model")
    k: int = Field(1, ge=1, le=20, description="most skills to offer")
    budget_tokens: int = Field(2000, ge=1, description="most tokens of guidance")
    tags: tuple[str, ...] = Field((), description="offer only skills with all these tags")
    min_tier: Tier | None = Field(
        None, description="offer only skills whose best rule has at least this tier"
    )
    min_tasks: int = Field(
        0, ge=0, description="offer only skills with a rule seen on at least this many tasks"
    )
    threshold: float | None = Field(
        None, description="score that an offer needs; learnt from the library if absent"
    )
    embedding: str | None = Field(None, description="embedding of the library; the default if absent")
    record: bool = Field(True, description="add the receipt to the library's usage record")

    @property
    def wanted(self) -> Wanted:
        """How many skills, and which."""
        return Wanted(
            k=self.k,
            tags=self.tags,
            min_tier=self.min_tier,
            min_tasks=self.min_tasks,
            threshold=self.threshold,
        )


def solve_settings(runtime: Runtime[SolveContext]) -> SolveContext:
    """The run's settings; the defaults when it was started without any.

    Raises:
        SettingError: One of them is wrong.
    """
    return SolveContext.of(runtime.context).checked()
