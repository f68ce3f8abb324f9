"""`trace2skill skills rejected`: what people turned down at reviews."""

from typing import Annotated

import typer

from trace2skill.cli.options import DEFAULT_LIBRARY, JsonOption, LibraryOption


def rejected(
    withdraw: Annotated[
        str | None,
        typer.Option(
            "--withdraw", metavar="NAME", help="Take back what was rejected under this skill's name."
        ),
    ] = None,
    library: LibraryOption = DEFAULT_LIBRARY,
    as_json: JsonOption = False,
) -> None:
    """List what was rejected at reviews: skills, and rules taken out of skills.

    None of it is proposed again while its rules are the same. What is withdrawn is proposed again when its
    task family is next mined (`distill --again` mines all).
    """
    from trace2skill.cli.output import add_row, console, print_json, say, table
    from trace2skill.store.library import Library

    with Library(library, create=False) as opened:
        if withdraw is not None:
            count = opened.withdraw_refusals(withdraw)
            print_json({"withdrawn": count}) if as_json else say(f"{withdraw}: {count} rejections withdrawn")
            return
        known = opened.refusals()
    if as_json:
        print_json(known)
        return
    if not known:
        say(f"Nothing was rejected in {library}.")
        return
    grid = table("when (UTC)", "what", "skill", "#rules", "reason")
    for each in known:
        add_row(grid, each.time[:16].replace("T", " "), each.scope, each.skill, len(each.rules), each.reason)
    console().print(grid)
