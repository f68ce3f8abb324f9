"""How nodes run: with the settings kept in the state since the start; expected errors go to the output."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
from trace2skill.nodes.admission import Admission
from trace2skill.nodes.models import Models, model_settings
from trace2skill.nodes.report import Mistake, plain
from trace2skill.nodes.run_limits import Clock
from trace2skill.nodes.settings import DistillSettings, KeptSettings
from trace2skill.nodes.state import DistillState
from trace2skill.store.runs import without_secrets


class NotGivenError(errors.SettingError):
    """The run needs a setting that was not kept with it and not given again; it can still be resumed."""


def ended_by(error: errors.Trace2SkillError) -> DistillState:
    """The state update that puts an expected error into the output.

    Raises:
        NotGivenError: The error is one; the run does not end, so that it can be resumed.
    """
    if isinstance(error, NotGivenError):
        raise error
    return {"errors": [_as_mistake(error)]}


def end_without_answer(_state: Mapping[str, Any], error: NodeError) -> Command[str]:
    """End with the error in the output, and without the answer of an earlier run on the thread."""
    blank = {"answer": "", "stopped": "a mistake", "guidance": "", "receipt": {}}
    return Command(update={**blank, "errors": [_mistake(error)]}, goto="__end__")


def without_model(_state: Mapping[str, Any], error: NodeError) -> Command[str]:
    """Go on to the receipt after a model failed, with the error in the output."""
    return Command(update={"errors": [_mistake(error)], "stopped": "the model failed"}, goto="receipt")


def _mistake(error: NodeError) -> dict[str, Any]:
    if not isinstance(error.error, errors.Trace2SkillError):
        raise error.error
    return _as_mistake(error.error)


def _as_mistake(error: errors.Trace2SkillError) -> dict[str, Any]:
    public = next(kind for kind in type(error).__mro__ if kind.__module__ == errors.__name__)
    return plain(Mistake(error=public.__name__, message=str(error)))


NOT_KEPT = "not_kept"
SECRET = "holds a secret"  # noqa: S105 - it holds none itself
OBJECT = "is an object"
ASKED = frozenset({"model", "synthesis_model"})
"""Objects that are needed only by nodes that ask a model."""

State = Mapping[str, Any]
Given = Runtime[DistillSettings]
Node = partial[Any]


def keep(context: DistillSettings, models: Models) -> dict[str, Any]:
    """The settings to keep in a new run's state: those that differ from the defaults.

    Environment variables are resolved, and the library's path is absolute. Settings that hold a secret or are
    objects are marked as not kept.

    Raises:
        SettingError: A variable has a value that cannot be used.
    """
    asked = model_settings(context)
    whole = context.model_copy(update={name: getattr(asked, name) for name in ModelSettings.model_fields})
    plain_settings = whole.model_dump(mode="json", exclude_defaults=True)
    kept, secret = without_secrets({**plain_settings, "library": str(Path(context.library).absolute())})
    withheld = {name: {NOT_KEPT: SECRET} for name in secret}
    return kept | withheld | {name: {NOT_KEPT: OBJECT} for name in sorted(models.given)}


@dataclass(frozen=True)
class Keeper:
    """Runs the nodes of a graph with the settings kept with the run, and handles their expected errors.

    An expected error goes into the output and ends the run: the nodes after it do nothing. A bug propagates
    and leaves the thread where it was, to be resumed. (LangGraph's error handlers do not allow this: when one
    raises a bug again, the thread has ended as if everything had been done.)

    Attributes:
        models: The model objects of this process.
        anew: Settings of this process that override the kept ones, such as the library's present path.
        admission: What clients may name, where the graph is served; None where it is not.
        clock: How long the runs of a served graph have worked.
    """

    models: Models
    anew: Mapping[str, Any]
    admission: Admission | None = None
    clock: Clock = field(default_factory=Clock)

    def begin(self, work: Callable[..., Any]) -> Node:
        """The first node, which gets the settings passed with the call."""
        return partial(self._begin, work)

    def node(self, work: Callable[..., Any], *, asks: bool = False) -> Node:
        """A node that gets the settings kept with the run; `asks` says whether it asks a model."""
        return partial(self._work, work, asks)

    def route(self, choose: Callable[..., Any], *, asks: bool = False) -> Node:
        """The same for a function that chooses the next node; after an error that is the end."""
        return partial(self._choose, choose, asks)

    def settled(self, state: State, runtime: Given, *, asks: bool = False) -> Given:
        """The runtime with the settings kept in the state instead of those passed with the call.

        Args:
            state: The run's state, or a task sent with its settings.
            runtime: The runtime from LangGraph.
            asks: Whether the node asks a model.

        Raises:
            NotGivenError: A setting that was not kept is needed, and was not given again.
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
        found = {name: value for name, value in kept.items() if name not in lacking}
        given = DistillSettings() if self.admission else DistillSettings.of(runtime.context)
        for name, why in lacking.items():
            if why == SECRET and name not in self.anew:
                found[name] = _again(name, given)
        settings = KeptSettings(**{**found, **self.anew})
        if self.admission:
            self.admission.check_run(state)
            settings = self.admission.keep(settings)
        return runtime.override(context=settings)

    def _begin(self, work: Callable[..., Any], state: State, runtime: Given) -> dict[str, Any]:
        blank = {"errors": Overwrite([]), "failures": Overwrite([])}  # of an earlier run on the thread
        try:
            if self.admission:
                runtime = runtime.override(context=self.admission.admit(runtime.context, DistillSettings))
                self.admission.check_input(state)
            return {**blank, **self._timed(work, {**state, "run": ""}, runtime)}
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
            return self._timed(work, state, self.settled(state, runtime, asks=asks))
        except Trace2SkillError as error:
            return ended_by(error)

    def _timed(self, work: Callable[..., Any], state: State, runtime: Given) -> Any:  # noqa: ANN401 - as above
        """Do the work; where the graph is served, within the time that is left to the run."""
        if self.admission is None:
            return work(state, runtime)
        run = state.get("run", "")  # none yet where a run begins, also on a thread with earlier ones
        done = (self.clock if run else Clock()).started(run, runtime.stream_writer)
        try:
            return work(state, runtime.override(stream_writer=done.write))
        finally:
            done.end()

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
    """Whether a setting is in an environment variable, so that it need not be given again."""
    return name in ModelSettings.model_fields and bool(environ.get(PREFIX + name.upper()))


def _is_withheld(value: object) -> bool:
    return isinstance(value, Mapping) and NOT_KEPT in value


def _again(name: str, given: DistillSettings) -> Any:  # noqa: ANN401 - whatever the setting holds
    """A setting that was not kept, from the call or else from the environment."""
    if name in given.model_fields_set:
        return getattr(given, name)
    if in_environment(name):
        return getattr(ModelSettings.from_environment(), name)
    raise NotGivenError(
        f"the run was started with a setting that was not kept with it: {name} {SECRET}; give it again, in "
        f"the context, or from Python: resume_run(..., settings={{{name!r}: ...}}); nothing was saved"
    )
