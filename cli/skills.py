"""`trace2skill skills`: the commands on a library."""

import typer

from trace2skill.cli.exchange import export, import_
from trace2skill.cli.merge import merge
from trace2skill.cli.read import diff, history, list_skills, show
from trace2skill.cli.rejected import rejected
from trace2skill.cli.search import search
from trace2skill.cli.upkeep import forget, reindex, rollback

app = typer.Typer(
    help="Read and mend the skills of a library.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("list")(list_skills)
app.command("show")(show)
app.command("search")(search)
app.command("history")(history)
app.command("diff")(diff)
app.command("rollback")(rollback)
app.command("rejected")(rejected)
app.command("export")(export)
app.command("import")(import_)
app.command("merge")(merge)
app.command("reindex")(reindex)
app.command("forget")(forget)
