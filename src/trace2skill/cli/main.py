"""The `trace2skill` command: its subcommands, exit codes and error messages."""

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from trace2skill.cli.collect import collect
from trace2skill.cli.conform import conform
from trace2skill.cli.distill import distill
from trace2skill.cli.evaluate import app as evaluations
from trace2skill.cli.evidence import evidence
from trace2skill.cli.mcp import mcp
from trace2skill.cli.options import SettingsCommand
from trace2skill.cli.output import print_error
from trace2skill.cli.review import review
from trace2skill.cli.runs import runs
from trace2skill.cli.skills import app as skills
from trace2skill.cli.solve import feedback, solve
from trace2skill.cli.traces import traces
from trace2skill.cli.ui import ui
from trace2skill.cli.usage import usage
from trace2skill.cli.validate import validate
from trace2skill.errors import Trace2SkillError

EPILOG = """\b
Exit codes:
  0    done
  1    nothing was saved, or something failed
  2    wrong usage
  3    the input cannot be used
  4    the library cannot be used, or does not hold what was asked for
  5    the model cannot be used
  6    a limit on calls or cost was reached; what was done by then is saved
  7    changes wait for a review
  130  interrupted
"""


WrongUsage: type[Exception] = next(
    kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "UsageError"
)
"""What typer raises for wrong options and arguments; its import path differs between typer's versions."""


class Commands(TyperGroup):
    """The root group: an expected error becomes one message and an exit code.

    With `--json`, the message is JSON on stdout: `{"error": {"kind", "message", "exit_code"}}`.
    """

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - typer's own context type is private
        """Run the given command."""
        as_json = "--json" in ctx.args
        try:
            return super().invoke(ctx)
        except Trace2SkillError as error:
            notes = getattr(error, "__notes__", ())
            if as_json:
                print_error(type(error).__name__, "\n".join((str(error), *notes)), error.exit_code)
            else:
                for line in (f"error: {error}", *notes):
                    typer.echo(line, err=True)
            raise typer.Exit(error.exit_code) from None
        except WrongUsage as error:
            if not as_json:
                raise
            usage: Any = error
            print_error("UsageError", usage.format_message(), usage.exit_code)
            raise typer.Exit(usage.exit_code) from None


def _version(wanted: bool) -> None:
    if wanted:
        import trace2skill

        typer.echo(f"trace2skill {trace2skill.__version__}")
        raise typer.Exit


def root(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Distil agent execution traces into skills whose every rule shows its evidence."""


def build() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(
        cls=Commands,
        epilog=EPILOG,
        context_settings={"help_option_names": ["-h", "--help"]},
        no_args_is_help=True,
        rich_markup_mode=None,  # rich costs 0.2 s at every --help
        pretty_exceptions_enable=False,
    )
    app.callback()(root)
    app.command("distill", cls=SettingsCommand)(distill)
    app.command("review")(review)
    app.command("runs")(runs)
    app.command("conform", cls=SettingsCommand)(conform)
    app.command("usage", cls=SettingsCommand)(usage)
    app.command("validate")(validate)
    app.add_typer(evaluations, name="eval")
    app.command("solve")(solve)
    app.command("feedback")(feedback)
    app.command("traces", cls=SettingsCommand)(traces)
    app.command("collect")(collect)
    app.command("mcp")(mcp)
    app.command("evidence")(evidence)
    app.command("ui")(ui)
    app.add_typer(skills, name="skills")
    return app


def main() -> None:
    """Entry point of the console script."""
    build()()
