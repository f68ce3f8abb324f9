"""Distilling from Python: run the graph, return a report, raise what the user can mend."""

import asyncio
import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trace2skill import errors
from trace2skill.errors import InputError
from trace2skill.graph.resume import Done, RunObjects, asked, go_on, start
from trace2skill.llm.settings import ModelSettings
from trace2skill.mining.roster import ROSTER, Analyst
from trace2skill.nodes.artifacts import Artifacts
from trace2skill.nodes.engines import EngineName
from trace2skill.nodes.models import Models
from trace2skill.nodes.report import Report
from trace2skill.nodes.settings import DistillSettings
from trace2skill.nodes.state import DistillInput
from trace2skill.skillmd.review import ProposedChange, refuse_secrets
from trace2skill.store.library import Library
from trace2skill.store.sources import named
from trace2skill.traces.judgements import Unit
from trace2skill.traces.model import Trace
from trace2skill.traces.pull.address import FOLDER, is_address
from trace2skill.traces.redact import Level

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models import BaseChatModel
    from langgraph.checkpoint.base import BaseCheckpointSaver

    from trace2skill.store.embeddings import Embedder
    from trace2skill.store.index import ChromaClient

Progress = Callable[[dict[str, Any]], None]
Traces = Path | str | Trace | Iterable[Path | str | Trace]
Where = Path | str | Library
DEFAULTS = DistillSettings()


def distill(  # noqa: PLR0913 - the options of the command line, keyword only
    traces: Traces,
    *,
    library: Where = DEFAULTS.library,
    mapping: Path | str | None = None,
    outcomes: Path | str | None = None,
    success_at: float | None = DEFAULTS.success_at,
    score: str | None = None,
    unit: Unit = DEFAULTS.unit,
    strict: bool = DEFAULTS.strict,
    redact: Level | None = DEFAULTS.redact,
    judge_outcomes: bool = DEFAULTS.judge_outcomes,
    drop_judged: bool = DEFAULTS.drop_judged,
    again: bool = DEFAULTS.again,
    holdout: float = DEFAULTS.holdout,
    embedding: "str | Embedder | Embeddings | None" = None,
    chroma: "str | ChromaClient | None" = None,
    max_revisions: int = DEFAULTS.max_revisions,
    budget: int = DEFAULTS.budget,
    attempts: int = DEFAULTS.attempts,
    roster: Iterable[Analyst] = ROSTER,
    workers: int = DEFAULTS.workers,
    engine: EngineName = DEFAULTS.engine,
    model: "BaseChatModel | str | None" = None,
    synthesis_model: "BaseChatModel | str | None" = None,
    models: ModelSettings | None = None,
    dry_run: bool = DEFAULTS.dry_run,
    show_prompts: bool = DEFAULTS.show_prompts,
    review: bool = DEFAULTS.review,
    checkpoints: "str | BaseCheckpointSaver[Any] | None" = None,
    progress: Progress | None = None,
) -> Report:
    """Distil traces into the skills of a library.

    Without a model it rests on statistics alone. With one, a model reads the runs beside what was mined, and
    words what was measured; `TRACE2SKILL_MODEL` names one too.

    Args:
        traces: Files, folders or globs, or `Trace` objects; not both. Addresses of servers such as
            `langsmith://PROJECT` are pulled from first, into the library's folder.
        library: The library's folder, made if absent, or a `Library`.
        mapping: Mapping file for step logs of unknown field names.
        outcomes: File of outcomes that beat those in the traces.
        success_at: The score from which a run is a success, instead of the format's default.
        score: The feedback, score, annotation or assessment that decides the outcome, by name.
        unit: What one trace of spans is: a `thread`, whose runs carry each other on, or a `run`.
        strict: Stop at the first broken record instead of reporting it and going on.
        redact: What is replaced in the traces before anything else sees them: `secrets`, `personal` (secrets
            and what belongs to people) or `off`; if absent as the library has it, `personal` for a new one.
        judge_outcomes: Ask the model how runs ended of which neither the traces nor a rule tells.
        drop_judged: Take back every outcome in the library that a model judged.
        again: Mine every family, also those with nothing new.
        holdout: Share of tasks, 0 to 1, kept from mining: what is mined on the rest and holds on them is
            `corroborated`. Which tasks is settled by their hash.
        embedding: Embedding of the search index, as `Library` takes it: a name or an object; if absent that
            of the `Library` given, or the offline default.
        chroma: Where the search index lies, as `Library` takes it: a server's address, a client or `folder`;
            if absent where the library has it.
        max_revisions: Rounds of revision before a draft is left out.
        budget: The most rules a skill may have.
        attempts: How often to plan and try to save when others change the library meanwhile.
        roster: The analysts.
        workers: Processes that read and measure; the result is the same for any number. With more than one,
            a script that calls this guards its main code with `if __name__ == "__main__":`.
        engine: What spreads the work: `processes` of this machine, or `ray`.
        model: The analysts' chat model: an object, or a name such as `openai:gpt-4.1-mini`.
        synthesis_model: The one that words and criticises; that of the analysts if absent.
        models: Further settings of the models: server, limits, price, retries.
        dry_run: Say in the report which calls a model would get, make none and save nothing.
        show_prompts: The same, with the prompts themselves in the report's `calls_planned`.
        review: Ask a person before anything is saved: the report then holds what waits for an answer, and
            `resume_run` takes the answers.
        checkpoints: `postgresql://` address of a server for the run's checkpoints, or a LangGraph
            checkpointer; a file in the library if absent.
        progress: Called with each event of the run: `stage` and what belongs to it.

    Raises:
        InputError: Nothing could be read, or, with `strict`, something could not.
        LibraryError: The library cannot be used.
        SettingError: An option has a value that cannot be used.
        ModelError: The model cannot be reached, or refuses every call; nothing was saved.
    """
    told: dict[str, Any] = {} if models is None else models.model_dump(exclude_unset=True)
    if isinstance(model, str):
        told["model"] = model
    if isinstance(synthesis_model, str):
        told["synthesis_model"] = synthesis_model
    meant = named(library, embedding, chroma)
    objects = Models(
        None if isinstance(model, str) else model,
        None if isinstance(synthesis_model, str) else synthesis_model,
        meant.embedder,
        meant.client,
    )
    context = DistillSettings(
        **told,
        dry_run=dry_run,
        show_prompts=show_prompts,
        library=str(meant.path),
        mapping=str(mapping) if mapping else None,
        outcomes=str(outcomes) if outcomes else None,
        success_at=success_at,
        score=score,
        unit=unit,
        strict=strict,
        redact=redact,
        judge_outcomes=judge_outcomes,
        drop_judged=drop_judged,
        again=again,
        holdout=holdout,
        embedding=meant.embedding,
        chroma=meant.chroma,
        max_revisions=max_revisions,
        budget=budget,
        attempts=attempts,
        engine=engine,
        workers=workers,
        review=review,
    ).checked()
    means = RunObjects(tuple(roster), progress, checkpoints, objects)
    given = _input(traces, Path(meant.path))
    return _report(lambda: start(given, context, means), meant.path)


async def adistill(traces: Traces, **options: Any) -> Report:  # noqa: ANN401 - as `distill`
    """As `distill`, off the event loop. Cancelled, the run goes on in its thread until its end.

    Args:
        traces: As for `distill`.
        **options: The keywords of `distill`.
    """
    return await asyncio.to_thread(distill, traces, **options)


def merge(  # noqa: PLR0913 - the options of the command line, keyword only
    libraries: Iterable[Where],
    *,
    library: Where = DEFAULTS.library,
    trust: bool = DEFAULTS.trust,
    redact: Level | None = DEFAULTS.redact,
    embedding: "str | Embedder | Embeddings | None" = None,
    chroma: "str | ChromaClient | None" = None,
    workers: int = DEFAULTS.workers,
    engine: EngineName = DEFAULTS.engine,
    progress: Progress | None = None,
) -> Report:
    """Unite libraries in one: their traces are distilled as one; what people wrote or rejected is kept.

    What comes of libraries that nobody vouched for waits: changes for a review (`report.waiting`), people's
    texts in quarantine (`report.held`); their rejections and verdicts are left.

    The order of the libraries changes nothing, and neither does merging them again.

    Args:
        libraries: The libraries to take from, by their folders or as objects; they are only read.
        library: The library to unite them in; made if absent.
        trust: Vouch for the libraries, now and when they are merged again.
        redact: As for `distill`, like the rest; traces that were redacted with less are redacted again.
        embedding: As for `distill`.
        chroma: As for `distill`.
        workers: Processes that measure.
        engine: What spreads the work.
        progress: Called with each event of the run.

    Raises:
        InputError: The libraries hold no trace.
        LibraryError: One of them cannot be used.
    """
    meant = named(library, embedding, chroma)
    context = DistillSettings(
        library=str(meant.path),
        trust=trust,
        redact=redact,
        embedding=meant.embedding,
        chroma=meant.chroma,
        engine=engine,
        workers=workers,
    ).checked()
    means = RunObjects(progress=progress, models=Models(embedding=meant.embedder, chroma=meant.client))
    given: DistillInput = {"libraries": sorted(str(named(each).path) for each in libraries)}
    return _report(lambda: start(given, context, means), meant.path)


def resume_run(  # noqa: PLR0913 - keyword only
    library: Where = DEFAULTS.library,
    run: str | None = None,
    *,
    answers: object = None,
    settings: Mapping[str, Any] | None = None,
    embedding: "Embedder | Embeddings | None" = None,
    chroma: "ChromaClient | None" = None,
    model: "BaseChatModel | None" = None,
    synthesis_model: "BaseChatModel | None" = None,
    roster: Iterable[Analyst] = ROSTER,
    checkpoints: "str | BaseCheckpointSaver[Any] | None" = None,
    progress: Progress | None = None,
) -> Report:
    """Go on with a run that was killed, failed, or waits for a review, with the settings it was started with.

    What was done is not done again. A run killed before its traces were put aside starts from the beginning.

    Args:
        library: The library's folder, or a `Library`.
        run: The run's id; the latest unfinished run if absent.
        answers: What a person decided on the proposed skills (docs/runs.md), for a run that waits.
        settings: Settings that were not kept with the run because they hold a secret; no others.
        embedding: The embedding, if the run was started with an object: objects are not kept either. That of
            the `Library` given, if absent.
        chroma: The client of Chroma's, if the run was started with one.
        model: The analysts' chat model, if it was an object.
        synthesis_model: The one that words and criticises, if it was an object.
        roster: The analysts, if the run was started with others than the usual.
        checkpoints: The Postgres server or the checkpointer that holds the run's checkpoints, if one does.
        progress: Called with each event of the run.

    Raises:
        LibraryError: There is no such run, or nothing it could go on with.
        SettingError: The run does not wait for answers, or needs something that was not kept.
    """
    refuse_secrets(answers)
    meant = named(library, embedding, chroma)
    models = Models(model, synthesis_model, meant.embedder, meant.client)
    means = RunObjects(tuple(roster), progress, checkpoints, models)
    return _report(
        lambda: go_on(meant.path, run, means, answers=answers, settings=settings or {}), meant.path
    )


def waiting_changes(
    library: Path | str, run: str, checkpoints: str | None = None
) -> tuple[ProposedChange, ...]:
    """What a run that waits for a review asks about; `resume_run` takes the answers.

    Args:
        library: The library's folder.
        run: The run's id.
        checkpoints: The Postgres server that holds the run's checkpoints, if one does.

    Raises:
        LibraryError: There is no such run, or it does not wait.
        SettingError: Its checkpoints are elsewhere.
    """
    return tuple(map(ProposedChange.model_validate, asked(Path(library), run, checkpoints)))


def _input(traces: Traces, library: Path) -> DistillInput:
    given = [traces] if isinstance(traces, Path | str | Trace) else list(traces)
    for each in given:
        if not isinstance(each, Path | str | Trace):
            raise InputError(f"traces are given by paths or as Trace objects, not as {type(each).__name__}")
    inline = [each.model_dump(mode="json") for each in given if isinstance(each, Trace)]
    paths = sorted({str(each) for each in given if not isinstance(each, Trace)})
    return {
        "traces": inline,
        "paths": [_pulled(path, library) if is_address(path) else path for path in paths],
    }


def _pulled(address: str, library: Path) -> str:
    """The folder of what was pulled from a server."""
    from trace2skill.traces.pull.pulling import pull

    pulled = pull(address, library / FOLDER)
    if pulled.cut:
        warnings.warn(f"the pull ended early: {pulled.cut}", stacklevel=4)
    return str(pulled.folder)


def _report(
    carried_out: Callable[[], Done],
    library: Path | str,
) -> Report:
    """Run, and put the parts of the output under the report's names.

    An analyst that failed twice alike failed once.
    """
    started = time.monotonic()
    run, output, kept = carried_out()
    for mistake in output.get("errors", []):
        error = getattr(errors, mistake["error"], errors.Trace2SkillError)(mistake["message"])
        if kept:
            again = f"trace2skill distill --resume {run} --library {library}"
            error.add_note(f"once that is mended the run can go on: {again}")
        raise error
    seconds = round(time.monotonic() - started, 3)
    fields: dict[str, Any] = {**output, "run": run, "traces": output["counts"], "seconds": seconds}
    fields["waiting"] = [
        change
        for asked in fields.get("__interrupt__", ())
        for change in Artifacts(library, asked.value["run"]).asked()
    ]
    failures = {tuple(sorted(failure.items())): failure for failure in output.get("failures", [])}
    fields["failures"] = [failures[key] for key in sorted(failures)]
    return Report.model_validate({name: fields[name] for name in Report.model_fields if name in fields})
