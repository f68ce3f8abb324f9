"""`trace2skill distill`: traces in, skills out."""

from typing import Annotated

import typer

from trace2skill.cli.options import (
    DEFAULT_LIBRARY,
    CheckpointsOption,
    EmbeddingOption,
    Engine,
    EngineOption,
    JsonOption,
    LibraryOption,
    MapOption,
    OutcomesOption,
    StrictOption,
    SuccessAtOption,
    WorkersOption,
)
from trace2skill.cli.review import settle
from trace2skill.errors import SettingError

PANEL = "Model"

ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="PROVIDER:NAME",
        rich_help_panel=PANEL,
        help="Chat model of the analysts, e.g. openai:gpt-4.1-mini [variable TRACE2SKILL_MODEL]. Without one "
        "nothing is asked and nothing leaves this machine.",
    ),
]
SynthesisModelOption = Annotated[
    str | None,
    typer.Option(
        "--synthesis-model",
        metavar="PROVIDER:NAME",
        rich_help_panel=PANEL,
        help="The one that words and criticises skills; --model if absent.",
    ),
]
BaseUrlOption = Annotated[
    str | None,
    typer.Option(
        "--base-url",
        metavar="URL",
        rich_help_panel=PANEL,
        help="An OpenAI-compatible server, e.g. http://127.0.0.1:8115/v1 [TRACE2SKILL_BASE_URL].",
    ),
]
PriceOption = Annotated[
    str | None,
    typer.Option(
        "--price",
        metavar="IN,OUT",
        rich_help_panel=PANEL,
        help="USD per million tokens of prompt and completion, e.g. 0.4,1.6.",
    ),
]
MaxCallsOption = Annotated[
    int | None,
    typer.Option(
        "--max-calls",
        min=0,
        rich_help_panel=PANEL,
        help="Ask no more after so many calls; save what is done.",
    ),
]
MaxCostOption = Annotated[
    float | None,
    typer.Option(
        "--max-cost",
        metavar="USD",
        min=0.0,
        rich_help_panel=PANEL,
        help="Ask no more before this is exceeded; save what is done. Needs --price.",
    ),
]
MaxConcurrencyOption = Annotated[
    int | None,
    typer.Option("--max-concurrency", min=1, rich_help_panel=PANEL, help="Most calls at once [default: 8]."),
]
RateOption = Annotated[
    float | None,
    typer.Option("--requests-per-minute", rich_help_panel=PANEL, help="Make calls no faster than this."),
]
BatchTokensOption = Annotated[
    int | None,
    typer.Option(
        "--batch-tokens",
        min=200,
        rich_help_panel=PANEL,
        help="Most tokens of recorded runs in one prompt [default: 12000]; less for a small context.",
    ),
]
DryRunOption = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        rich_help_panel=PANEL,
        help="Mine and measure, say which calls a model would get and what they cost, and save nothing.",
    ),
]


INTERRUPTED = 130


def distill(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH", help="Trace files, folders or globs; with --resume, a run's id."),
    ] = None,
    *,
    library: LibraryOption = DEFAULT_LIBRARY,
    mapping: MapOption = None,
    success_at: SuccessAtOption = None,
    outcomes: OutcomesOption = None,
    strict: StrictOption = False,
    again: Annotated[
        bool, typer.Option("--again", help="Mine every task family, also those with nothing new.")
    ] = False,
    holdout: Annotated[
        float,
        typer.Option(
            "--holdout",
            metavar="FRACTION",
            min=0.0,
            max=0.9,
            help="Keep this share of tasks from mining and corroborate on them what was mined on the rest.",
        ),
    ] = 0.0,
    embedding: EmbeddingOption = None,
    workers: WorkersOption = 1,
    engine: EngineOption = Engine.PROCESSES,
    model: ModelOption = None,
    synthesis_model: SynthesisModelOption = None,
    base_url: BaseUrlOption = None,
    price: PriceOption = None,
    max_calls: MaxCallsOption = None,
    max_cost: MaxCostOption = None,
    max_concurrency: MaxConcurrencyOption = None,
    requests_per_minute: RateOption = None,
    batch_tokens: BatchTokensOption = None,
    dry_run: DryRunOption = False,
    review: Annotated[
        bool,
        typer.Option("--review", help="Ask a person about each new or changed skill before it is saved."),
    ] = False,
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

    Reads what it can and reports the rest, removes secrets, mines each task family, and saves skills whose
    every rule rests on measured evidence. The same traces a second time change nothing. A run that was
    killed goes on with --resume.

    With --model a model reads the runs beside what was mined, proposes what code then measures, and words
    the skills; it never supplies a number. --dry-run says what that would take.
    """
    from trace2skill.cli.output import note, print_error, shown_progress
    from trace2skill.graph.run import distill as run
    from trace2skill.graph.run import resume_run
    from trace2skill.llm.settings import ModelSettings

    if not (resume or paths) or (resume and len(paths or ()) > 1):
        raise SettingError(
            "give PATH...: trace files, folders or globs; or --resume, with one run's id or none"
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
        with shown_progress() as progress:
            report = (
                resume_run(library, paths[0] if paths else None, checkpoints=checkpoints, progress=progress)
                if resume
                else run(
                    paths or (),
                    library=library,
                    mapping=mapping,
                    success_at=success_at,
                    outcomes=outcomes,
                    strict=strict,
                    again=again,
                    holdout=holdout,
                    embedding=embedding,
                    workers=workers,
                    engine=engine.value,
                    review=review,
                    checkpoints=checkpoints,
                    models=models,
                    dry_run=dry_run,
                    progress=progress,
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
