"""`trace2skill distill`: traces in, skills out."""

from typing import Annotated

import typer

from trace2skill.cli.options import (
    DEFAULT_LIBRARY,
    CheckpointsOption,
    ChromaOption,
    EmbeddingOption,
    EngineOption,
    JsonOption,
    LibraryOption,
    MapOption,
    OutcomesOption,
    RedactOption,
    ScoreOption,
    StrictOption,
    SuccessAtOption,
    UnitOption,
    WorkersOption,
    given,
    setting,
)
from trace2skill.cli.pulling import SOURCES, KeepOption, RefetchOption, local_paths
from trace2skill.cli.review import settle
from trace2skill.errors import SettingError

PANEL = "Model"
INTERRUPTED = 130


def distill(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH", help=f"{SOURCES}. With --resume, a run's id."),
    ] = None,
    *,
    library: LibraryOption = DEFAULT_LIBRARY,
    mapping: MapOption = None,
    success_at: SuccessAtOption = None,
    outcomes: OutcomesOption = None,
    score: ScoreOption = None,
    unit: UnitOption = None,
    strict: StrictOption = False,
    redact: RedactOption = None,
    keep: KeepOption = None,
    refetch: RefetchOption = False,
    again: Annotated[bool, setting("--again")] = False,
    holdout: Annotated[float | None, setting("--holdout", "FRACTION")] = None,
    embedding: EmbeddingOption = None,
    chroma: ChromaOption = None,
    workers: WorkersOption = None,
    engine: EngineOption = None,
    model: Annotated[str | None, setting("--model", "PROVIDER:NAME", PANEL)] = None,
    synthesis_model: Annotated[str | None, setting("--synthesis-model", "PROVIDER:NAME", PANEL)] = None,
    base_url: Annotated[str | None, setting("--base-url", "URL", PANEL)] = None,
    price: Annotated[str | None, setting("--price", "IN,OUT", PANEL)] = None,
    max_calls: Annotated[int | None, setting("--max-calls", "N", PANEL)] = None,
    max_cost: Annotated[float | None, setting("--max-cost", "USD", PANEL)] = None,
    max_concurrency: Annotated[int | None, setting("--max-concurrency", "N", PANEL)] = None,
    requests_per_minute: Annotated[float | None, setting("--requests-per-minute", "N", PANEL)] = None,
    batch_tokens: Annotated[int | None, setting("--batch-tokens", "N", PANEL)] = None,
    dry_run: Annotated[bool, setting("--dry-run", panel=PANEL)] = False,
    show_prompts: Annotated[bool, setting("--show-prompts", panel=PANEL)] = False,
    review: Annotated[bool, setting("--review")] = False,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on with the run of that id, or the latest unfinished one, with the settings it had.",
        ),
    ] = False,
    checkpoints: CheckpointsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Distil traces into the skills of a library.

    Reads what it can and reports the rest, replaces secrets and what belongs to people, mines each task
    family, and saves skills whose every rule rests on measured evidence. The same traces a second time
    change nothing. A run that was killed goes on with --resume.

    With --model a model reads the runs beside what was mined, proposes what code then measures, and words
    the skills; it never supplies a number. --dry-run says what that would take, --show-prompts what it
    would be sent.
    """
    from trace2skill.cli.output import note, print_error, shown_progress
    from trace2skill.graph.run import distill as run
    from trace2skill.graph.run import resume_run
    from trace2skill.llm.settings import ModelSettings
    from trace2skill.traces.pull.address import FOLDER

    if not (resume or paths) or (resume and len(paths or ()) > 1):
        raise SettingError(
            "give PATH...: trace files, folders or globs; or --resume, with one run's id or none"
        )
    settings = given(
        mapping=mapping,
        success_at=success_at,
        outcomes=outcomes,
        score=score,
        unit=unit,
        strict=strict,
        redact=redact,
        again=again,
        holdout=holdout,
        embedding=embedding,
        chroma=chroma,
        workers=workers,
        engine=engine,
        dry_run=dry_run,
        show_prompts=show_prompts,
        review=review,
    )
    models = ModelSettings.from_environment(
        model=model,
        synthesis_model=synthesis_model,
        base_url=base_url,
        price=price,
        max_calls=max_calls,
        max_cost=max_cost,
        max_concurrency=max_concurrency,
        requests_per_minute=requests_per_minute,
        batch_tokens=batch_tokens,
    )
    try:
        given_paths = () if resume else paths or ()
        with (
            local_paths(given_paths, keep or library / FOLDER, refetch=refetch) as local,
            shown_progress() as progress,
        ):
            report = (
                resume_run(library, paths[0] if paths else None, checkpoints=checkpoints, progress=progress)
                if resume
                else run(
                    local,
                    library=library,
                    models=models,
                    checkpoints=checkpoints,
                    progress=progress,
                    **settings,
                )
            )
    except KeyboardInterrupt:
        told = (
            f"interrupted: nothing of this run was saved, {library} is as it was; go on with "
            f"`trace2skill distill --resume --library {library}`"
        )
        print_error("Interrupted", told, INTERRUPTED) if as_json else note(told)
        raise typer.Exit(INTERRUPTED) from None
    settle(report, library, checkpoints, as_json=as_json)
    if models.model and report.up_to_date:
        note("so no model was asked: --again has one read what the library rests on already")
