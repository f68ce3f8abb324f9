"""`trace2skill skills search`: which skills fit a task."""

from typing import Annotated

import typer

from trace2skill.cli.options import DEFAULT_LIBRARY, EmbeddingOption, JsonOption, LibraryOption


def search(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="A task, or what it is about.")],
    *,
    limit: Annotated[int, typer.Option("--limit", "-k", metavar="K", min=1, help="How many to show.")] = 5,
    rules: Annotated[bool, typer.Option("--rules", help="Search single rules instead of skills.")] = False,
    library: LibraryOption = DEFAULT_LIBRARY,
    embedding: EmbeddingOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find the skills, or rules, that fit a task best."""
    from trace2skill.cli.output import add_row, console, print_json, say, table
    from trace2skill.store.library import Library

    with Library(library, embedding=embedding, create=False) as opened:
        hits = opened.search(query, k=limit, kind="rule" if rules else "skill")
    if as_json:
        print_json(hits)
        return
    if not hits:
        say("Nothing found.")
        return
    grid = table("#similarity", "skill", "rule", "text")
    for hit in hits:
        similarity = "" if hit.similarity is None else f"{hit.similarity:.2f}"
        add_row(grid, similarity, hit.skill, hit.rule or "", hit.text.partition("\n")[0])
    console().print(grid)
