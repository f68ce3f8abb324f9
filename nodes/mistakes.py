"""Mistakes: an expected error ends the run with a message in its output, where any client sees it."""

from langgraph.errors import NodeError
from langgraph.types import Command

from trace2skill import errors
from trace2skill.nodes.report import Mistake, plain
from trace2skill.nodes.state import DistillState


def end_with_mistake(_state: DistillState, error: NodeError) -> Command[str]:
    """Put what the user can mend into the output. Bugs propagate."""
    if not isinstance(error.error, errors.Trace2SkillError):
        raise error.error
    public = next(kind for kind in type(error.error).__mro__ if kind.__module__ == errors.__name__)
    mistake = Mistake(error=public.__name__, message=str(error.error))
    return Command(update={"errors": [plain(mistake)]}, goto="__end__")
