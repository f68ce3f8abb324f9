"""Where a distil run goes next, where that depends on whether there is a model to ask."""

from langgraph.runtime import Runtime
from langgraph.types import Send

from trace2skill.nodes.askers import NO_MODELS, Models, has_model
from trace2skill.nodes.context import DistillContext, settings
from trace2skill.nodes.read import send_readers
from trace2skill.nodes.state import DistillState


def after_measure(
    _state: DistillState, runtime: Runtime[DistillContext], *, models: Models = NO_MODELS
) -> str:
    """Let a model read the runs if there is one, or if it is to be said what that would cost."""
    context = settings(runtime)
    return "lay_out" if context.dry_run or has_model(context, models) else "synthesise"


def after_lay_out(state: DistillState, runtime: Runtime[DistillContext]) -> list[Send] | str:
    """Send the readers out; in a dry run none."""
    return "synthesise" if settings(runtime).dry_run else send_readers(state)


def after_synthesise(
    _state: DistillState, runtime: Runtime[DistillContext], *, models: Models = NO_MODELS
) -> str:
    """To the model that words the drafts, if there is one."""
    context = settings(runtime)
    if context.dry_run:
        return "estimate"
    return "word" if has_model(context, models) else "critique"
