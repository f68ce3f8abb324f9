"""Options of the commands that may ask a model. Where one is absent, its environment variable counts."""

from typing import Annotated

import typer

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
