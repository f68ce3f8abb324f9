"""What every solver is given and gives back."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from langchain_core.messages import AnyMessage

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool

FINISHED = "finished"
OUT_OF_STEPS = "out of steps"

Tools = Sequence["BaseTool | Callable[..., Any]"]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Job:
    """One task: the conversation ends with it.

    `guidance` is rendered skills, or nothing. `max_steps` bounds the model's replies. `report` is told each
    new message.
    """

    model: "BaseChatModel"
    tools: Tools
    messages: Sequence[AnyMessage]
    guidance: str
    max_steps: int
    report: Callable[[AnyMessage], None]


@dataclass(frozen=True)
class Solved:
    """The messages the solver added, its last word, and what ended it."""

    messages: Sequence[AnyMessage]
    answer: str
    stopped: str


def is_async_only(tool: "BaseTool | Callable[..., Any]") -> bool:
    """Whether the tool has no synchronous form."""
    return asyncio.iscoroutinefunction(tool) or (
        getattr(tool, "coroutine", None) is not None and getattr(tool, "func", None) is None
    )


def in_own_loop(work: Coroutine[Any, Any, Result]) -> Result:
    """Wait for asynchronous work, on a thread of its own: this one may have a running loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
