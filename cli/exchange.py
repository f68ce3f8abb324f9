"""Skills to and from Agent Skills folders: export, import."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trace2skill.cli.options import DEFAULT_LIBRARY, EmbeddingOption, JsonOption, LibraryOption
from trace2skill.errors import InputError

if TYPE_CHECKING:
    from trace2skill.skills.model import Skill


def export(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where the folders go; made if absent.")],
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="Skills to export; all if none is named.")
    ] = None,
    library: LibraryOption = DEFAULT_LIBRARY,
    as_json: JsonOption = False,
) -> None:
    """Write skills as Agent Skills folders.

    One folder per skill: SKILL.md, and the evidence under references/.
    """
    from trace2skill.cli.output import print_json, say
    from trace2skill.skills.folder import export_skill
    from trace2skill.store.library import Library

    with Library(library, create=False) as opened:
        chosen = [opened.skill(name) for name in sorted(set(names))] if names else opened.skills()
    folders = [str(export_skill(each.skill, each.version, directory)) for each in chosen]
    if as_json:
        print_json(folders)
    else:
        say("\n".join(folders) if folders else f"{library} holds no skills.")


def import_(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="An Agent Skills folder, or its SKILL.md.")],
    library: LibraryOption = DEFAULT_LIBRARY,
    embedding: EmbeddingOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a skill folder into the library.

    It may be an export or written by hand; distilling then deepens it. A skill of that name gets a new
    version.
    """
    from trace2skill.cli.output import print_json, say
    from trace2skill.skills.importer import import_skill
    from trace2skill.store.library import Library
    from trace2skill.store.records import Change, Commit

    skill = import_skill(path)
    _refuse_secrets(skill, path)
    with Library(library, embedding=embedding) as opened:
        opened.commit(Commit(changes=(Change(skill=skill, operation="import", note=f"from {path.name}"),)))
        stored = opened.skill(skill.name)
    if as_json:
        print_json({"name": skill.name, "version": stored.version, "rules": len(skill.rules)})
    else:
        say(f"{skill.name}: version {stored.version}, {len(skill.rules)} rules")


def _refuse_secrets(skill: "Skill", path: Path) -> None:
    from trace2skill.traces.redact import find_secrets

    texts = (skill.title, skill.description, skill.human_text, *(rule.text for rule in skill.rules))
    if kinds := find_secrets("\n".join(texts)):
        raise InputError(
            f"{path}: holds what looks like a secret ({', '.join(sorted(kinds))}); take it out first"
        )
