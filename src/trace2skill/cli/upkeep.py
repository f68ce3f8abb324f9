"""Commands that maintain a library: rollback, reindex, forget, export, import, drop, merge."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
from trace2skill.errors import InputError

if TYPE_CHECKING:
    from trace2skill.skills.model import Skill


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


def export(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where the folders go; made if absent.")],
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="Skills to export; all if none is named.")
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="CLIENT",
            help="Take DIR for a project, or your home folder: write to where this client looks (agents, "
            "claude, codex, cursor, deepagents, gemini, opencode), and note it in DIR/trace2skill.lock.",
        ),
    ] = None,
    library: LibraryOption = DEFAULT_LIBRARY,
    as_json: JsonOption = False,
) -> None:
    """Write skills as Agent Skills folders.

    One folder per skill: SKILL.md, and the evidence under references/. No folder that holds other work, or
    was edited since, is written over, and none is written through a link.
    """
    from trace2skill.cli.installing import export_to
    from trace2skill.skillmd.folder import export_skill
    from trace2skill.store.library import Library

    with Library(library, create=False) as opened:
        chosen = [opened.skill(name) for name in sorted(set(names))] if names else opened.skills()
    written = (
        export_to(directory, to, chosen)
        if to
        else [export_skill(each.skill, each.version, directory) for each in chosen]
    )
    folders = list(map(str, written))
    if as_json:
        print_json(folders)
    else:
        say("\n".join(folders) if folders else f"{library} holds no skills.")


def import_(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="An Agent Skills folder, or its SKILL.md.")],
    library: LibraryOption = DEFAULT_LIBRARY,
    embedding: EmbeddingOption = None,
    chroma: ChromaOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a skill folder into the library.

    It may be an export or written by hand; distilling then deepens it. A skill of that name gets a new
    version.
    """
    from trace2skill.skillmd.folder import import_skill
    from trace2skill.store.library import Library
    from trace2skill.store.records import Change, Commit
    from trace2skill.wording.evidence import count

    skill = import_skill(path)
    _refuse_secrets(skill, path)
    with Library(library, embedding=embedding, chroma=chroma) as opened:
        opened.commit(Commit(changes=(Change(skill=skill, operation="import", note=f"from {path.name}"),)))
        stored = opened.skill(skill.name)
    if as_json:
        print_json({"name": skill.name, "version": stored.version, "rules": len(skill.rules)})
    else:
        say(f"{skill.name}: version {stored.version}, {count(len(skill.rules), 'rule')}")


def _refuse_secrets(skill: "Skill", path: Path) -> None:
    from trace2skill.traces.redact import find_secrets

    texts = (skill.title, skill.description, skill.human_text, *(rule.text for rule in skill.rules))
    if kinds := find_secrets("\n".join(texts)):
        raise InputError(
            f"{path}: holds what looks like a secret ({', '.join(sorted(kinds))}); take it out first"
        )


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
    library: LibraryOption = DEFAULT_LIBRARY,
    redact: RedactOption = None,
    embedding: EmbeddingOption = None,
    chroma: ChromaOption = None,
    workers: WorkersOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Unite libraries in the library.

    Their traces are distilled as one; what people wrote in their skills is kept, and what they rejected is
    not proposed again. The sources are only read; their order changes nothing, and merging them again adds
    nothing. Traces that were redacted with a lower level than this library's are redacted again.
    """
    from trace2skill.cli.report import show_report
    from trace2skill.graph.run import merge as run

    with shown_progress() as progress:
        report = run(
            sources,
            library=library,
            embedding=embedding,
            chroma=chroma,
            progress=progress,
            **given(redact=redact, workers=workers, engine=engine),
        )
    if as_json:
        print_json(report)
    else:
        show_report(report, library)
