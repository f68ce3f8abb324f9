"""Carry out a distil run with checkpoints and a record of its progress, so that it can be resumed."""

import gc
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.types import Command, StateSnapshot

from trace2skill.errors import LibraryError, SettingError
from trace2skill.graph.checkpoints import checkpoints, public
from trace2skill.graph.distill import build
from trace2skill.mining.roster import ROSTER, Analyst
from trace2skill.nodes.artifacts import Artifacts
from trace2skill.nodes.engines import engine
from trace2skill.nodes.models import NO_MODELS, Models, dismiss, model_settings
from trace2skill.nodes.runtime import ASKED, in_environment
from trace2skill.nodes.settings import DistillSettings
from trace2skill.nodes.state import DistillInput, DistillOutput
from trace2skill.skillmd.review import ProposedChange
from trace2skill.store.runs import RunFolder, RunRecord, unfinished, without_secrets

WRITE_EVERY = 1.0
"""Least seconds between two writes of the record within a stage."""

SELDOM = (50_000, 20, 20)
"""Thresholds of garbage collection during a run; Python's are 700, 10, 10."""


class RunObjects(NamedTuple):
    """What a run needs besides its input and settings; it is not kept with the run."""

    roster: tuple[Analyst, ...] = ROSTER
    progress: Any = None
    checkpoints: str | BaseCheckpointSaver[Any] | None = None
    models: Models = NO_MODELS


class Done(NamedTuple):
    """The result of carrying out a run.

    Attributes:
        run: The run's id.
        output: The graph's output, with `__interrupt__` if it waits for a review.
        kept: Whether the run's folder still exists.
    """

    run: str
    output: DistillOutput
    kept: bool


def start(given: DistillInput, context: DistillSettings, objects: RunObjects) -> Done:
    """Carry out a new run.

    Raises:
        LibraryError: The library cannot be written.
        SettingError: The checkpoint server cannot be used.
    """
    kept, withheld = without_secrets(context.model_dump(mode="json", exclude_unset=True))
    run = RunFolder.new(
        Path(context.library),
        folder=str(Path.cwd()),
        settings=kept,
        withheld=withheld,
        objects=tuple(sorted(objects.models.given)),
        checkpoints=public(objects.checkpoints),
        paths=tuple(given.get("paths", ())),
        libraries=tuple(given.get("libraries", ())),
        traces=len(given.get("traces", ())),
    )
    with run.held():
        try:
            return _carry_out(run, given, context, objects)
        except SettingError:
            if not run.record().done:  # it did not begin
                run.discard()
            raise


def go_on(
    library: Path,
    name: str | None,
    objects: RunObjects,
    *,
    answers: object = None,
    settings: Mapping[str, Any],
) -> Done:
    """Resume an unfinished run, by default the latest, with the settings it was started with.

    Args:
        library: The library's folder.
        name: The run's id; None for the latest unfinished one.
        objects: What is not kept with the run.
        answers: Answers to a review that the run waits for; None for none.
        settings: Those settings that were not kept because they hold a secret.

    Raises:
        LibraryError: There is no such run, or another process is carrying it out.
        SettingError: There are answers and the run does not wait for any, or something that was not kept is
            missing.
    """
    run = unfinished(library, name)
    with run.held():
        record = run.record()
        _check_resumable(record, objects, settings)
        # Those of a `Library` object are not the run's.
        foreign = {name: None for name in ("embedding", "chroma") if name not in record.objects}
        objects = objects._replace(models=replace(objects.models, **foreign))
        context = DistillSettings.model_validate(
            {**record.settings, **settings, "library": str(library.absolute())}
        )
        return _carry_out(run, None, context, objects, answers, {"library", *settings})


def asked(library: Path, name: str, server: str | None) -> list[ProposedChange]:
    """What a run that waits asks about, from its checkpoint: nothing is carried out and nothing written.

    Raises:
        LibraryError: There is no such run, or it does not wait for a review.
        SettingError: Its checkpoints are elsewhere.
    """
    run = unfinished(library, name, {"waiting"})
    _check_checkpoints(run.record(), server)
    with checkpoints(run.checkpoint_file, server) as saver:
        graph = build().compile(checkpointer=saver)
        interrupts = graph.get_state({"configurable": {"thread_id": run.path.name}}).interrupts
    questions = (Artifacts(library, each.value["run"]).asked() for each in interrupts)
    return [change for changes in questions for change in changes]


def _check_checkpoints(record: RunRecord, server: str | BaseCheckpointSaver[Any] | None) -> None:
    if record.checkpoints != public(server):
        where = record.checkpoints or "in the library"
        raise SettingError(f"run {record.id} has its checkpoints {where}: say the same with --checkpoints")


def _check_resumable(record: RunRecord, objects: RunObjects, settings: Mapping[str, Any]) -> None:
    _check_checkpoints(record, objects.checkpoints)
    wanted = sorted(set(record.withheld) - settings.keys())
    if missing := [name for name in wanted if not in_environment(name)]:
        raise SettingError(
            f"run {record.id} had settings that are not kept because they hold a secret: "
            f"{', '.join(missing)}; give them again, from Python: resume_run(..., settings={{...}})"
        )
    if fixed := sorted(settings.keys() - set(record.withheld)):
        raise SettingError(
            f"run {record.id} keeps the settings it was started with; {fixed[0]} cannot be changed any more, "
            "start another run for that"
        )
    # A run that waits for a review has asked its models; a node that asks again checks for them itself.
    needed = set(record.objects) - (ASKED if record.state == "waiting" else set())
    if lacking := sorted(needed - objects.models.given):
        raise SettingError(
            f"run {record.id} was started with an object for {lacking[0]}, which is not kept; give it again, "
            f"from Python: resume_run(..., {lacking[0]}=...)"
        )


def _carry_out(  # noqa: PLR0913, PLR0917 - what `start` and `go_on` have in common
    run: RunFolder,
    given: DistillInput | None,
    context: DistillSettings,
    objects: RunObjects,
    answers: object = None,
    anew: Collection[str] = (),
) -> Done:
    # Streamed events take a thread of the same pool: with only one thread the run would deadlock.
    config: RunnableConfig = {
        "max_concurrency": max(context.workers, model_settings(context).max_concurrency) + 1,
        "configurable": {"thread_id": run.path.name},
    }
    with checkpoints(run.checkpoint_file, objects.checkpoints) as saver:
        graph = build(objects.roster, objects.models).compile(checkpointer=saver)
        entry: Any = given
        if given is None:
            entry, config = _entry(run, graph, config, answers)
            tried = graph.get_state(config).values.get("round", 0)  # attempts of the earlier process
            context = context.model_copy(update={"attempts": tried + context.attempts})
            overrides = {name: getattr(context, name) for name in (*anew, "attempts")}
            graph = build(objects.roster, objects.models, overrides).compile(checkpointer=saver)
        log = _ProgressLog(run, objects.progress)
        output: Any = {}
        events: Any = graph.stream(
            entry, config, context=context, stream_mode=["custom", "values"], durability="sync"
        )
        # The events are closed before the saver, since closing waits for nodes that still write to the saver.
        # The engine serves all nodes.
        with engine(context.engine, context.workers), closing(events), fewer_collections():
            for mode, event in events:
                if mode == "values":
                    output = event
                else:
                    log.note(event)
        reached = graph.get_state({"configurable": {"thread_id": run.path.name}}).values
        state = log.close(output)
        if state == "failed":  # its asker has given up; a resumed run needs a new one
            dismiss(reached.get("run", ""))
        if state == "finished":
            saver.delete_thread(run.path.name)
    if output.get("calls_planned"):
        run.discard()
    else:
        _clean_up(run, state, begun=bool(reached))
    return Done(run.path.name, output, run.path.exists())


_collecting = Lock()
_running: list[tuple[int, int, int]] = []
"""The thresholds of garbage collection before each run under way."""


@contextmanager
def fewer_collections() -> Iterator[None]:
    """Look for garbage more seldom: a run holds many traces, and to look through them takes a tenth of it."""
    with _collecting:
        _running.append(gc.get_threshold())
        gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        with _collecting:
            before = _running[0]
            _running.pop()
            if not _running:
                gc.set_threshold(*before)


def _clean_up(run: RunFolder, state: str, *, begun: bool) -> None:
    """Discard a run that failed before its traces were staged; drop the checkpoints of a finished one."""
    if state == "failed" and not begun:
        run.discard()
    elif state == "finished":
        run.drop_checkpoints()


def _entry(run: RunFolder, graph: Any, config: RunnableConfig, answers: object) -> tuple[Any, RunnableConfig]:  # noqa: ANN401 - a compiled graph's type has four parameters
    """The graph's input and the config with the checkpoint from which it goes on."""
    now = graph.get_state(config)
    if answers is not None:
        if not now.interrupts:
            raise SettingError(f"run {run.path.name} does not wait for a review; resume it without answers")
        return Command(resume=answers), config
    if not now.values:
        return _input_again(run.record()), config
    if _must_repeat(now):
        history = graph.get_state_history(config)
        before = next(past for past in history if past.next and not _went_wrong(past.values))
        return None, {**config, "configurable": before.config["configurable"]}
    return None, config


def _must_repeat(now: StateSnapshot) -> bool:
    """Whether the latest step failed and must be repeated; false if the run is saved or awaits a review."""
    if now.interrupts or now.values.get("saved"):
        return False
    return _went_wrong(now.values) or any(_went_wrong(task.result or {}) for task in now.tasks)


def _went_wrong(values: Mapping[str, Any]) -> bool:
    return bool(values.get("errors") or values.get("failures"))


def _input_again(record: RunRecord) -> DistillInput:
    """The input again, for a run that was killed before its traces were staged."""
    if record.traces:
        raise LibraryError(
            f"run {record.id} was killed before its traces were put aside, and as they were given as objects "
            "they were not kept; call distill again"
        )
    start = Path(record.folder)
    if record.libraries:
        return {"libraries": [str(start / path) for path in record.libraries]}
    return {"paths": [str(start / path) for path in record.paths]}


class _ProgressLog:
    """Passes progress on, and writes it to the run's record from time to time."""

    def __init__(self, run: RunFolder, progress: Any) -> None:  # noqa: ANN401 - a callback or None
        self._run = run
        self._progress = progress
        self._record = run.record().model_copy(update={"state": "running", "message": "", "waiting": ()})
        self._done = Counter(self._record.done)
        self._stage = self._record.stage
        self._written = time.monotonic()
        run.save(self._record)

    def note(self, event: dict[str, Any]) -> None:
        """Count an event and pass it on."""
        stage = str(event["stage"])
        self._done[stage] += 1
        if stage != self._stage or time.monotonic() - self._written > WRITE_EVERY:
            self._stage = stage
            self._save()
        if self._progress:
            self._progress(event)

    def close(self, output: Mapping[str, Any]) -> str:
        """Write the run's final state to the record, and return it."""
        errors, asked = output.get("errors"), output.get("__interrupt__")
        if errors:
            self._save(state="failed", message=errors[0]["message"])
            return "failed"
        if asked:
            waiting = tuple(each["args"]["skill"] for each in asked[0].value["action_requests"])
            self._save(state="waiting", waiting=waiting)
            return "waiting"
        result = tuple(f"{each['operation']} {each['name']}" for each in output.get("skills", ()))
        self._save(state="finished", result=result)
        return "finished"

    def _save(self, **changed: Any) -> None:  # noqa: ANN401 - fields of the record
        update = {"stage": self._stage, "done": dict(self._done), **changed}
        self._record = self._record.model_copy(update=update)
        self._run.save(self._record)
        self._written = time.monotonic()
