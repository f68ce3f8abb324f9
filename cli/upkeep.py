"""Mending a library: rollback, reindex, forget."""

from typing import Annotated

import typer

from trace2skill.cli.options import (
    DEFAULT_LIBRARY,
    EmbeddingOption,
    JsonOption,
    LibraryOption,
    NameArgument,
    YesOption,
)


def rollback(
    name: NameArgument,
    version: Annotated[int, typer.Argument(metavar="VERSION", help="The version to return to.")],
    library: LibraryOption = DEFAULT_LIBRARY,
    embedding: EmbeddingOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an old version current again.

    It becomes a new version; nothing is lost.
    """
    from trace2skill.cli.output import print_json, say
    from trace2skill.store.library import Library

    with Library(library, embedding=embedding, create=False) as opened:
        stored = opened.rollback(name, version)
    if as_json:
        print_json({"name": name, "version": stored.version, "note": stored.note})
    else:
        say(f"{name}: version {stored.version} has the content of version {version}")


def reindex(
    library: LibraryOption = DEFAULT_LIBRARY, embedding: EmbeddingOption = None, as_json: JsonOption = False
) -> None:
    """Rebuild the search index.

    The library's skills and rules are embedded anew, with the embedding named.
    """
    from trace2skill.cli.output import print_json, say
    from trace2skill.store.library import Library

    with Library(library, embedding=embedding, create=False) as opened:
        count = opened.reindex()
    if as_json:
        print_json({"documents": count})
    else:
        say(f"{count} documents indexed")


def forget(
    trace: Annotated[str, typer.Argument(metavar="TRACE", help="Hash, id, or start of the hash.")],
    library: LibraryOption = DEFAULT_LIBRARY,
    embedding: EmbeddingOption = None,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Remove a trace and what came from it.

    What came from it alone goes from every version of every skill; rules left without support go, and
    skills left without rules. This cannot be undone.
    """
    from trace2skill.cli.output import note, print_json, say
    from trace2skill.store.library import Library

    with Library(library, embedding=embedding, create=False) as opened:
        if not yes:
            typer.confirm(f"Forget trace {trace} for good?", abort=True, err=True)
        forgotten = opened.forget(trace)
    if as_json:
        print_json(forgotten)
    else:
        say(
            f"{forgotten.trace} forgotten: {forgotten.rows} rows of evidence, "
            f"{len(forgotten.skills)} skills changed, {len(forgotten.dropped)} rules dropped, "
            f"{len(forgotten.retired)} skills retired"
        )
    if not forgotten.erased:
        note("another process still reads the library; old pages stay in its log until it closes")
