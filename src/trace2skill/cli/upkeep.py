"""Commands that maintain a library: rollback, reindex, forget, drop, merge."""

from pathlib import Path
from typing import Annotated

import typer

from trace2skill.cli.options import (
    DEFAULT_LIBRARY,
    ChromaOption,
    EmbeddingOption,
    EngineOption,
    JsonOption,
    LibraryOption,
    NameArgument,
    RedactOption,
    WorkersOption,
    YesOption,
    given,
)
from trace2skill.cli.output import note, print_json, say, shown_progress
from trace2skill.cli.quarantine import tell_held


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
    from trace2skill.store.library import Library

    with Library(library, embedding=embedding, create=False) as opened:
        stored = opened.rollback(name, version)
    if as_json:
        print_json({"name": name, "version": stored.version, "note": stored.note})
    else:
        say(f"{name}: version {stored.version} has the content of version {version}")


def reindex(
    library: LibraryOption = DEFAULT_LIBRARY,
    embedding: EmbeddingOption = None,
    chroma: ChromaOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rebuild the search index.

    The library's skills and rules are embedded anew, with the embedding named. With --chroma the index moves
    there: to a Chroma server, or back into the library's folder.
    """
    from trace2skill.store.library import Library
    from trace2skill.wording.evidence import count

    with Library(library, embedding=embedding, chroma=chroma, create=False) as opened:
        documents = opened.reindex()
    if as_json:
        print_json({"documents": documents})
    else:
        say(f"{count(documents, 'document')} indexed")


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
    from trace2skill.store.library import Library
    from trace2skill.traces.pull.address import FOLDER
    from trace2skill.wording.evidence import count

    with Library(library, embedding=embedding, create=False) as opened:
        if not yes:
            typer.confirm(f"Forget trace {trace} for good?", abort=True, err=True)
        forgotten = opened.forget(trace)
    if as_json:
        print_json(forgotten)
    else:
        say(
            f"{forgotten.trace} forgotten: {forgotten.rows} rows of evidence, "
            f"{count(len(forgotten.skills), 'skill')} changed, "
            f"{count(len(forgotten.dropped), 'rule')} dropped, "
            f"{count(len(forgotten.retired), 'skill')} retired"
        )
    if not forgotten.erased:
        note("another process still reads the library; old pages stay in its log until it closes")
    if (pages := library / FOLDER).is_dir():
        note(f"what was pulled from servers is kept in {pages} and may hold the trace: delete it there too")


def drop(
    name: NameArgument,
    rules: Annotated[list[str], typer.Argument(metavar="RULE...", help="Names of its rules, e.g. P3.")],
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Kept with the version.")] = "",
    library: LibraryOption = DEFAULT_LIBRARY,
    embedding: EmbeddingOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take rules out of a skill, e.g. those that `validate --ablate` found to harm.

    The skill gets a new version, and the rules are not proposed again. `skills show NAME --evidence` lists
    the names of rules.
    """
    from trace2skill.evaluation.validation import drop as take_out
    from trace2skill.store.library import Library
    from trace2skill.wording.evidence import count

    with Library(library, embedding=embedding, create=False) as opened:
        stored = take_out(opened, name, rules, reason)
    if as_json:
        print_json({"name": name, "version": stored.version, "rules": len(stored.skill.rules)})
    else:
        say(f"{name}: version {stored.version}, {count(len(stored.skill.rules), 'rule')}")


def merge(
    sources: Annotated[list[Path], typer.Argument(metavar="SOURCE", help="Libraries to take from.")],
    *,
    trust: Annotated[
        bool,
        typer.Option("--trust", help="Vouch for these libraries, now and when they are merged again."),
    ] = False,
    library: LibraryOption = DEFAULT_LIBRARY,
    redact: RedactOption = None,
    embedding: EmbeddingOption = None,
    chroma: ChromaOption = None,
    workers: WorkersOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Unite libraries in the library.

    Their traces are distilled as one. The sources are only read; their order changes nothing, and merging
    them again adds nothing. Traces that were redacted with a lower level than this library's are redacted
    again.

    Libraries that you vouch for with --trust are taken over whole: what people wrote in their skills is kept,
    what they rejected is not proposed again, and verdicts count. Of others the changes wait for `trace2skill
    review`, what people wrote waits in quarantine, rejections and verdicts are left.
    """
    from trace2skill.cli.review import settle
    from trace2skill.graph.run import merge as run

    with shown_progress() as progress:
        report = run(
            sources,
            library=library,
            trust=trust,
            embedding=embedding,
            chroma=chroma,
            progress=progress,
            **given(redact=redact, workers=workers, engine=engine),
        )
    for name in report.held:
        tell_held(name, library)
    settle(report, library, None, as_json=as_json)
