"""Mistakes: an expected error ends the run with a message in its output, where any client sees it."""

from collections.abc import Mapping
from typing import Any

from langgraph.errors import NodeError
from langgraph.types import Command

from trace2skill import errors
from trace2skill.nodes.report import Mistake, plain


def end_with_mistake(_state: Mapping[str, Any], error: NodeError) -> Command[str]:
    """Put what the user can mend into the output. Bugs propagate."""
    return Command(update={"errors": [_mistake(error)]}, goto="__end__")


def end_without_answer(_state: Mapping[str, Any], error: NodeError) -> Command[str]:
    """The same, and nothing that an earlier run on the thread left behind passes for an answer."""
    blank = {"answer": "", "stopped": "a mistake", "guidance": "", "receipt": {}}
    return Command(update={**blank, "errors": [_mistake(error)]}, goto="__end__")


def without_model(_state: Mapping[str, Any], error: NodeError) -> Command[str]:
    """A model that cannot be used: guidance and receipt still reach the output."""
    return Command(update={"errors": [_mistake(error)], "stopped": "the model failed"}, goto="receipt")


def _mistake(error: NodeError) -> dict[str, Any]:
    if not isinstance(error.error, errors.Trace2SkillError):
        raise error.error
    public = next(kind for kind in type(error.error).__mro__ if kind.__module__ == errors.__name__)
    return plain(Mistake(error=public.__name__, message=str(error.error)))
