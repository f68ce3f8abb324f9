"""The state of the solve graph, what a run is told beside its task, and the library it reads."""

import atexit
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages
from langgraph.runtime import Runtime
from pydantic import Field
from typing_extensions import TypedDict

from trace2skill.evidence.rows import Tier
from trace2skill.nodes.settings import Settings
from trace2skill.store.embeddings import resolve_embedding
from trace2skill.store.guidance import Guide
from trace2skill.store.records import Wanted


class SolveInput(TypedDict, total=False):
    """What a person types: a task, or messages whose last one is the task, as chats send them."""

    task: str
    messages: Annotated[list[AnyMessage], add_messages]


class SolveOutput(TypedDict, total=False):
    """The answer, the guidance it was given, the receipt, and the mistakes that ended the run, if any.

    `stopped` is `finished`, or says what kept the solver from finishing.
    """

    answer: str
    stopped: str
    guidance: str
    receipt: dict[str, Any]
    errors: list[dict[str, str]]


class SolveState(SolveInput, SolveOutput, total=False):
    """The state shared by the nodes. A thread keeps its conversation from task to task."""

    retrieval: dict[str, Any]
    injected: list[str]
    model: str | None


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


Guides = Callable[[SolveContext], Guide]
"""Where the nodes get the guide for their settings."""

OPEN = 4
_Key = tuple[str, str | None, Wanted, int]
_guides: OrderedDict[_Key, Guide] = OrderedDict()
_mutex = threading.Lock()


def guide(context: SolveContext) -> Guide:
    """The guide for these settings; beyond `OPEN` guides the least recently used one is closed.

    Raises:
        SettingError: The embedding's name has no known form, or what it needs is missing.
    """
    key = (str(Path(context.library).resolve()), context.embedding, context.wanted, context.budget_tokens)
    with _mutex:
        if key not in _guides:
            _guides[key] = Guide(
                context.library,
                embedding=resolve_embedding(context.embedding),
                wanted=context.wanted,
                budget_tokens=context.budget_tokens,
            )
        _guides.move_to_end(key)
        while len(_guides) > OPEN:
            _guides.popitem(last=False)[1].close()
        return _guides[key]


@atexit.register
def close_guides() -> None:
    """Close them all; the next run opens its library again."""
    with _mutex:
        while _guides:
            _guides.popitem()[1].close()
