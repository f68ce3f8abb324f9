"""The `trace2skill` command: its groups, its exit codes, and what a mistake looks like."""

from typing import Any

import typer
from typer.core import TyperGroup

from trace2skill.cli.conform import conform
from trace2skill.cli.distill import distill
from trace2skill.cli.evidence import evidence
from trace2skill.cli.mcp import mcp
from trace2skill.cli.review import review
from trace2skill.cli.runs import runs
from trace2skill.cli.skills import app as skills
from trace2skill.cli.solve import feedback, solve
from trace2skill.cli.traces import traces
from trace2skill.errors import Trace2SkillError

EPILOG = """\b
Exit codes:
  0    done
  1    nothing was saved, or something failed
  2    wrong usage
  3    the input cannot be used
  4    the library cannot be used, or does not hold what was asked for
  5    the model cannot be used
  6    a limit on calls or cost was reached; what was done is saved
  7    changes wait for a review
  130  interrupted
"""


class Commands(TyperGroup):
    """The root group: an expected error becomes one message and its exit code."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - typer's own context type is private
        """Run the command asked for."""
        try:
            return super().invoke(ctx)
        except Trace2SkillError as error:
            for line in (f"error: {error}", *getattr(error, "__notes__", ())):
                typer.echo(line, err=True)
            raise typer.Exit(error.exit_code) from None


def build() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(
        cls=Commands,
        help="Distil agent execution traces into skills whose every rule shows its evidence.",
        epilog=EPILOG,
        no_args_is_help=True,
        rich_markup_mode=None,  # rich costs 0.2 s at every --help
        pretty_exceptions_enable=False,
    )
    app.command("distill")(distill)
    app.command("review")(review)
    app.command("runs")(runs)
    app.command("conform")(conform)
    app.command("solve")(solve)
    app.command("feedback")(feedback)
    app.command("traces")(traces)
    app.command("mcp")(mcp)
    app.command("evidence")(evidence)
    app.add_typer(skills, name="skills")
    return app


def main() -> None:
    """Entry point of the console script."""
    build()()
