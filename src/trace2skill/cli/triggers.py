"""`trace2skill eval triggers`: is each skill offered for what it is for, and which skills collide?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trace2skill.cli.options import DEFAULT_LIBRARY, EmbeddingOption, JsonOption, LibraryOption
from trace2skill.cli.output import SHOWN, add_row, console, listed, note, print_json, say, table
from trace2skill.errors import InputError

if TYPE_CHECKING:
    from trace2skill.conformance.model import Rate
    from trace2skill.evaluation.catalogue import ClientListing
    from trace2skill.evaluation.triggers import TriggerReport


def triggers(
    *,
    queries: Annotated[
        Path | None,
        typer.Option(
            "--queries",
            metavar="DIR",
            help="Folder of the skills' queries.  [default: evaluations/triggers in the library]",
        ),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Make the generated queries anew; what a person wrote stays.")
    ] = False,
    context: Annotated[
        int, typer.Option("--context", metavar="TOKENS", min=1000, help="Context of the client's model.")
    ] = 200_000,
    library: LibraryOption = DEFAULT_LIBRARY,
    embedding: EmbeddingOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check what each skill is offered for, which skills collide, and what a client has room to list.

    Each skill has a file of queries, NAME.json: some for which it is to be offered, and near misses for which
    it is not. Where there is none, about 20 of each are made from the tasks of the library's runs and written
    there: edit them, and say as `author` who wrote them. No model is asked.
    """
    from trace2skill.evaluation.catalogue import listings
    from trace2skill.evaluation.trigger_queries import kept_queries
    from trace2skill.evaluation.triggers import trigger_report
    from trace2skill.store.library import Library

    folder = queries or library / "evaluations" / "triggers"
    with Library(library, embedding=embedding, create=False) as opened:
        asked = kept_queries(opened, folder, again=again)
        if not asked:
            raise InputError(f"{library} holds no skills; distil some first")
        found = trigger_report(opened, asked)
        rooms = listings(opened, context)
    note(f"queries: {folder}")
    if as_json:
        print_json({"queries": str(folder), "triggers": found, "listings": rooms})
        return
    _show_skills(found)
    _show_wrong(found)
    _show_collisions(found)
    _show_listings(rooms)


def _show_skills(found: "TriggerReport") -> None:
    grid = table("skill", "#recall", "", "#precision", "", "#near misses offered", "queries by")
    for each in found.skills:
        by = ", ".join(f"{author or 'nobody named'} {count}" for author, count in each.authors.items())
        near = f"{each.near_misses.hits}/{each.near_misses.trials}"
        add_row(grid, each.skill, *_cells(each.recall), *_cells(each.precision), near, by)
    add_row(grid, "all", *_cells(found.recall), *_cells(found.precision), "", "")
    console().print(grid)
    say("Recall: wanted queries for which the skill was offered. Precision: queries for which it was offered")
    say("and that want it, of all skills' queries. In brackets 95 % intervals.")


def _cells(rate: "Rate") -> tuple[str, str]:
    if not rate.trials:
        return "", "never offered"
    return f"{rate.hits}/{rate.trials}", f"{rate.hits / rate.trials:.2f} ({rate.low:.2f} to {rate.high:.2f})"


def _show_wrong(found: "TriggerReport") -> None:
    from trace2skill.wording.escape import shortened

    wrong = list(dict.fromkeys(each for skill in found.skills for each in skill.wrong))
    if not wrong:
        return
    grid = table("answered otherwise than wanted", "wanted", "offered")
    for each in wrong[:SHOWN]:
        add_row(grid, shortened(each.query, 90), ", ".join(each.right) or "none", each.offered or "none")
    console().print(grid)
    if len(wrong) > SHOWN:
        say(f"and {len(wrong) - SHOWN} more (--json lists them)")


def _show_collisions(found: "TriggerReport") -> None:
    from trace2skill.wording.escape import shortened

    if not found.collisions:
        say("No skill takes queries of another.")
        return
    grid = table("wanted of", "nearer to", "#queries", "#offered it", "such as")
    for each in found.collisions[:SHOWN]:
        add_row(
            grid, each.skill, each.taken_by, len(each.queries), each.offered, shortened(each.queries[0], 80)
        )
    console().print(grid)
    if len(found.collisions) > SHOWN:
        say(f"and {len(found.collisions) - SHOWN} more pairs (--json lists them)")


def _show_listings(rooms: "tuple[ClientListing, ...]") -> None:
    grid = table("listed by", "#room", "#needed", "#cut", "#no room", "#alike")
    for each in rooms:
        cells = (each.budget, each.needed, len(each.cut), len(each.left_out), len(each.alike))
        add_row(grid, each.client, *cells)
    console().print(grid)
    for each in rooms:
        listed(f"Descriptions that are cut by {each.client}", list(each.cut))
        listed(f"Descriptions without room in {each.client}", list(each.left_out))
        listed(f"Entries that say the same in {each.client}", [", ".join(names) for names in each.alike])
