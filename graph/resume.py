"""Carrying a distil run out so that it can be resumed: checkpointed, and with a record of how far it came."""

import time
from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from langchain_core.runnables import RunnableConfig
from langgraph.types import Command, StateSnapshot

from trace2skill.errors import LibraryError, SettingError
from trace2skill.graph.checkpoints import checkpoints, public
from trace2skill.graph.distill import build
from trace2skill.mining.roster import ROSTER, Analyst
from trace2skill.nodes.engines import engine
from trace2skill.nodes.models import NO_MODELS, Models, dismiss, model_settings
from trace2skill.nodes.runtime import ASKED, in_environment
from trace2skill.nodes.settings import DistillSettings
from trace2skill.nodes.state import DistillInput, DistillOutput
from trace2skill.store.runs import RunFolder, RunRecord, unfinished, without_secrets

WRITE_EVERY = 1.0
"""Seconds between two notes of progress within a stage."""


class RunObjects(NamedTuple):
    """What a run needs beside its input and settings, and what is not kept with it."""

    roster: tuple[Analyst, ...] = ROSTER
    progress: Any = None
    checkpoints: str | None = None
    models: Models = NO_MODELS


class Done(NamedTuple):
    """How a run came out: its id and the graph's output (`__interrupt__` in it where it waits).

    `kept` says whether it can go on.
    """

    run: str
    output: DistillOutput
    kept: bool


def start(given: DistillInput, context: DistillSettings, means: RunObjects) -> Done:
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
        objects=tuple(sorted(means.models.given)),
        checkpoints=public(means.checkpoints),
        paths=tuple(given.get("paths", ())),
        libraries=tuple(given.get("libraries", ())),
        traces=len(given.get("traces", ())),
    )
    with run.held():
        try:
            return _carry_out(run, given, context, means)
        except SettingError:
            if not run.record().done:  # it could not even begin
                run.discard()
            raise


def go_on(
    library: Path, name: str | None, means: RunObjects, *, answers: object = None, settings: Mapping[str, Any]
) -> Done:
    """Carry on an unfinished run, by default the latest, with the settings it was started with.

    Raises:
        LibraryError: There is no such run, or another process is at it.
        SettingError: Answers for a run that does not wait, or something is needed that was not kept.
    """
    run = unfinished(library, name)
    with run.held():
        record = run.record()
        _insist(record, means, settings)
        if "embedding" not in record.objects:  # that of a library which came as an object
            means = means._replace(models=replace(means.models, embedding=None))
        told = {**record.settings, **settings, "library": str(library.absolute())}
        anew = {"library", *settings}
        return _carry_out(run, None, DistillSettings.model_validate(told), means, answers, anew)


def _insist(record: RunRecord, means: RunObjects, settings: Mapping[str, Any]) -> None:
    if record.checkpoints != public(means.checkpoints):
        where = record.checkpoints or "in the library"
        raise SettingError(f"run {record.id} has its checkpoints {where}: say the same with --checkpoints")
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
    # What waits for a review has asked its models already; a node that asks again insists on them itself.
    needed = set(record.objects) - (ASKED if record.state == "waiting" else set())
    if lacking := sorted(needed - means.models.given):
        raise SettingError(
            f"run {record.id} was started with an object for {lacking[0]}, which is not kept; give it again, "
            f"from Python: resume_run(..., {lacking[0]}=...)"
        )


def _carry_out(  # noqa: PLR0913, PLR0917 - what `start` and `go_on` have in common
    run: RunFolder,
    given: DistillInput | None,
    context: DistillSettings,
    means: RunObjects,
    answers: object = None,
    anew: Collection[str] = (),
) -> Done:
    # Streamed events take a thread of the same pool: with a single one the run would wait for itself.
    config: RunnableConfig = {
        "max_concurrency": max(context.workers, model_settings(context).max_concurrency) + 1,
        "configurable": {"thread_id": run.path.name},
    }
    with checkpoints(run.checkpoint_file, means.checkpoints) as saver:
        graph = build(means.roster, means.models).compile(checkpointer=saver)
        entry: Any = given
        if given is None:
            entry, config = _entry(run, graph, config, answers)
            tried = graph.get_state(config).values.get("round", 0)  # by a process that may have given up
            context = context.model_copy(update={"attempts": tried + context.attempts})
            said = {name: getattr(context, name) for name in (*anew, "attempts")}
            graph = build(means.roster, means.models, said).compile(checkpointer=saver)
        diary = _ProgressLog(run, means.progress)
        output: Any = {}
        events: Any = graph.stream(
            entry, config, context=context, stream_mode=["custom", "values"], durability="sync"
        )
        # Closed before the saver is: interrupted, it waits for nodes that still write to it.
        with engine(context.engine, context.workers), closing(events):  # the engine serves all nodes
            for mode, event in events:
                if mode == "values":
                    output = event
                else:
                    diary.note(event)
        reached = graph.get_state({"configurable": {"thread_id": run.path.name}}).values
        state = diary.close(output)
        if state == "failed":  # whom it asked asks no more; who goes on, once it is mended, asks anew
            dismiss(reached.get("run", ""))
        if state == "finished":
            saver.delete_thread(run.path.name)
    if output.get("calls_planned"):
        run.discard()
    else:
        _tidy(run, state, begun=bool(reached))
    return Done(run.path.name, output, run.path.exists())


def _tidy(run: RunFolder, state: str, *, begun: bool) -> None:
    """A run that ended before it had put its traces aside has nothing to go on with, nor to show."""
    if state == "failed" and not begun:
        run.discard()
    elif state == "finished":
        run.drop_checkpoints()


def _entry(run: RunFolder, graph: Any, config: RunnableConfig, answers: object) -> tuple[Any, RunnableConfig]:  # noqa: ANN401 - a compiled graph's type has four parameters
    """With what, and from which checkpoint, the graph goes on."""
    now = graph.get_state(config)
    if answers is not None:
        if not now.interrupts:
            raise SettingError(f"run {run.path.name} does not wait for a review; resume it without answers")
        return Command(resume=answers), config
    if not now.values:
        return _again(run.record()), config
    if _to_do_again(now):  # what stopped the run, or an analyst, has been mended
        history = graph.get_state_history(config)
        before = next(past for past in history if past.next and not _went_wrong(past.values))
        return None, {**config, "configurable": before.config["configurable"]}
    return None, config


def _to_do_again(now: StateSnapshot) -> bool:
    """Whether a step has to be done again: not where a person is asked, nor where all is saved."""
    if now.interrupts or now.values.get("saved"):
        return False
    return _went_wrong(now.values) or any(_went_wrong(task.result or {}) for task in now.tasks)


def _went_wrong(told: Mapping[str, Any]) -> bool:
    return bool(told.get("errors") or told.get("failures"))


def _again(record: RunRecord) -> DistillInput:
    """The input of a run that was killed before its traces were put aside."""
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
    """Passes progress on, and writes it into the run's record now and then."""

    def __init__(self, run: RunFolder, progress: Any) -> None:  # noqa: ANN401 - a callback or None
        self._run = run
        self._progress = progress
        self._record = run.record().model_copy(update={"state": "running", "message": "", "waiting": ()})
        self._done = Counter(self._record.done)
        self._stage = self._record.stage
        self._written = time.monotonic()
        run.save(self._record)

    def note(self, event: dict[str, Any]) -> None:
        """Take an event down."""
        stage = str(event["stage"])
        self._done[stage] += 1
        if stage != self._stage or time.monotonic() - self._written > WRITE_EVERY:
            self._stage = stage
            self._save()
        if self._progress:
            self._progress(event)

    def close(self, output: Mapping[str, Any]) -> str:
        """Write how the run came out, and say it."""
        errors, asked = output.get("errors"), output.get("__interrupt__")
        if errors:
            self._save(state="failed", message=errors[0]["message"])
            return "failed"
        if asked:
            waiting = tuple(change["name"] for change in asked[0].value["changes"])
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
