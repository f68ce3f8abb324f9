"""How a node runs: its settings kept in the state from the start, and its mistakes told in the output."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from os import environ
from pathlib import Path
from typing import Any

from langgraph.errors import NodeError
from langgraph.graph import END
from langgraph.runtime import Runtime
from langgraph.types import Command, Overwrite

from trace2skill import errors
from trace2skill.errors import Trace2SkillError
from trace2skill.llm.settings import PREFIX, ModelSettings
from trace2skill.nodes.models import Models, model_settings
from trace2skill.nodes.report import Mistake, plain
from trace2skill.nodes.settings import DistillSettings, KeptSettings
from trace2skill.nodes.state import DistillState
from trace2skill.store.runs import without_secrets


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


NOT_KEPT = "not_kept"
SECRET = "holds a secret"  # noqa: S105 - it holds none itself
OBJECT = "is an object"
ASKED = frozenset({"model", "synthesis_model"})
"""Objects that only those nodes need that ask a model."""

State = Mapping[str, Any]
Given = Runtime[DistillSettings]
Node = partial[Any]


def keep(context: DistillSettings, models: Models) -> dict[str, Any]:
    """The settings of a run that begins, for its state: those that are not the defaults.

    Variables of the environment are resolved, and the library's folder is absolute.

    Raises:
        SettingError: A variable has a value that cannot be used.
    """
    asked = model_settings(context)
    whole = context.model_copy(update={name: getattr(asked, name) for name in ModelSettings.model_fields})
    told = whole.model_dump(mode="json", exclude_defaults=True)
    kept, secret = without_secrets({**told, "library": str(Path(context.library).absolute())})
    withheld = {name: {NOT_KEPT: SECRET} for name in secret}
    return kept | withheld | {name: {NOT_KEPT: OBJECT} for name in sorted(models.given)}


@dataclass(frozen=True)
class Keeper:
    """Gives the nodes of a graph the settings that were kept with the run, and takes their mistakes.

    An expected error goes into the output and ends the run: the nodes after it do nothing. A bug propagates
    and leaves the thread where it was, to be resumed. (LangGraph's error handlers are no help here: when one
    passes a bug on, the thread has ended as if everything had been done.)

    Attributes:
        models: The objects that the process has.
        anew: Settings that it says anew, because they are its own: where the library lies now, for one.
    """

    models: Models
    anew: Mapping[str, Any]

    def begin(self, work: Callable[..., Any]) -> Node:
        """The first node, which gets the settings that came with the call."""
        return partial(self._begin, work)

    def node(self, work: Callable[..., Any], *, asks: bool = False) -> Node:
        """A node that finds in its runtime the settings kept with the run; `asks`: and that asks a model."""
        return partial(self._work, work, asks)

    def route(self, choose: Callable[..., Any], *, asks: bool = False) -> Node:
        """The same for what chooses the next node; after a mistake that is the end."""
        return partial(self._choose, choose, asks)

    def settled(self, state: State, runtime: Given, *, asks: bool = False) -> Given:
        """The runtime with the settings kept in the state instead of those that came with the call.

        Args:
            state: The run's state, or what was sent out of it.
            runtime: As LangGraph gives it.
            asks: Whether a model is asked with it.

        Raises:
            NotGivenError: Something that was not kept is needed, and was not given again.
        """
        if "settings" not in state:
            return runtime
        kept: Mapping[str, Any] = state["settings"]
        lacking = {name: value[NOT_KEPT] for name, value in kept.items() if _is_withheld(value)}
        for name, why in lacking.items():
            if why == OBJECT and name not in self.models.given and (asks or name not in ASKED):
                raise NotGivenError(
                    f"the run was started with a setting that was not kept with it: {name} {OBJECT}; give it "
                    f"again, from Python: resume_run(..., {name}=...); nothing was saved"
                )
        told = {name: value for name, value in kept.items() if name not in lacking}
        given = DistillSettings.of(runtime.context)
        for name, why in lacking.items():
            if why == SECRET and name not in self.anew:
                told[name] = _again(name, given)
        return runtime.override(context=KeptSettings(**{**told, **self.anew}))

    def _begin(self, work: Callable[..., Any], state: State, runtime: Given) -> dict[str, Any]:
        blank = {"errors": Overwrite([]), "failures": Overwrite([])}  # of an earlier run on the thread
        try:
            return {**blank, **work(state, runtime)}
        except Trace2SkillError as error:
            return {**blank, "errors": Overwrite(ended_by(error)["errors"])}

    def _work(
        self,
        work: Callable[..., Any],
        asks: bool,
        state: State,
        runtime: Given,
    ) -> Any:  # noqa: ANN401 - what the node returns
        if state.get("errors"):
            return {}
        try:
            return work(state, self.settled(state, runtime, asks=asks))
        except Trace2SkillError as error:
            return ended_by(error)

    def _choose(
        self,
        choose: Callable[..., Any],
        asks: bool,
        state: State,
        runtime: Given,
    ) -> Any:  # noqa: ANN401 - what the route returns
        if state.get("errors"):
            return END
        return choose(state, self.settled(state, runtime, asks=asks))


def in_environment(name: str) -> bool:
    """Whether a setting that was not kept lies in the environment, and need not be given again."""
    return name in ModelSettings.model_fields and bool(environ.get(PREFIX + name.upper()))


def _is_withheld(value: object) -> bool:
    return isinstance(value, Mapping) and NOT_KEPT in value


def _again(name: str, given: DistillSettings) -> Any:  # noqa: ANN401 - whatever the setting holds
    """A setting that was not kept, from the call or, where it may lie there, from the environment."""
    if name in given.model_fields_set:
        return getattr(given, name)
    if in_environment(name):
        return getattr(ModelSettings.from_environment(), name)
    raise NotGivenError(
        f"the run was started with a setting that was not kept with it: {name} {SECRET}; give it again, in "
        f"the context, or from Python: resume_run(..., settings={{{name!r}: ...}}); nothing was saved"
    )
