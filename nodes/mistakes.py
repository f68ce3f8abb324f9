"""Mistakes: an expected error ends the run with a message in its output, where any client sees it."""

from collections.abc import Mapping
from typing import Any

from langgraph.errors import NodeError
from langgraph.types import Command

from trace2skill import errors
from trace2skill.nodes.report import Mistake, plain
from trace2skill.nodes.state import DistillState


class NotGivenError(errors.SettingError):
    """The run needs what was not kept with it and was not given again; it stays as it is, and can go on."""


def ended_by(error: errors.Trace2SkillError) -> DistillState:
    """Put what the user can mend into the output.

    Raises:
        NotGivenError: It is that one: the run does not end but stays where it is.
    """
    if isinstance(error, NotGivenError):
        raise error
    return {"errors": [_told(error)]}


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
    return _told(error.error)


def _told(error: errors.Trace2SkillError) -> dict[str, Any]:
    public = next(kind for kind in type(error).__mro__ if kind.__module__ == errors.__name__)
    return plain(Mistake(error=public.__name__, message=str(error)))
