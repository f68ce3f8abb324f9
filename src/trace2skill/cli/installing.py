"""Skills out of a library: `skills export`, to folders, clients and registries, and `skills install`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trace2skill.cli.options import DEFAULT_LIBRARY, JsonOption, LibraryOption
from trace2skill.cli.output import add_row, console, note, print_json, say, table
from trace2skill.errors import SettingError

if TYPE_CHECKING:
    from trace2skill.integrations.registries import Registered

FAILED = 1


def export(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[DIR] [NAME]...",
            help="Where the folders go, made if absent (a registry takes no DIR); skills to export, all if "
            "none is named.",
            show_default=False,
        ),
    ] = None,
    *,
    sign: Annotated[
        Path | None,
        typer.Option("--sign", metavar="KEY", help="Sign with this Ed25519 key, e.g. ~/.ssh/id_ed25519."),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="CLIENT",
            help="Take DIR for a project, or your home folder: write to where this client looks (agents, "
            "claude, codex, cursor, deepagents, gemini, opencode), and note it in DIR/trace2skill.lock. Or a "
            "registry: langfuse://prompts, langfuse://skills, mlflow://prompts, mlflow://skills.",
        ),
    ] = None,
    labels: Annotated[
        list[str] | None,
        typer.Option(
            "--label", metavar="LABEL", help="In a registry: put this label, or alias, on the versions."
        ),
    ] = None,
    library: LibraryOption = DEFAULT_LIBRARY,
    as_json: JsonOption = False,
) -> None:
    """Write skills as Agent Skills folders, or put them into a registry.

    One folder per skill: SKILL.md, and the evidence under references/; with --sign (extra `sign`) a
    signature there, which `skills import --verify` checks. No folder that holds other work, or was edited
    since, is written over, and none is written through a link.

    A registry gets a new version where the content is not what it has last. Its client is an extra
    (`langfuse`, `mlflow`); server and keys come from the environment (docs/embedding.md).
    """
    from trace2skill.integrations.exchange import export_skills, register_skills
    from trace2skill.integrations.registries import is_registry

    given = words or []
    if to and is_registry(to):
        if sign or any(not name.replace("-", "").isalnum() for name in given):
            raise SettingError("a registry takes names of skills alone: leave out the folder, and --sign")
        _tell(register_skills(to, library, names=given, labels=labels or ()), library, as_json=as_json)
        return
    if labels:
        raise SettingError("--label is for registries: give one with --to, e.g. --to langfuse://prompts")
    if not given:
        raise SettingError("say where the folders go: trace2skill skills export DIR")
    exports = export_skills(given[0], library, names=given[1:], to=to, sign=sign)
    for remark in exports.remarks:
        note(remark)
    folders = list(map(str, exports.folders))
    if as_json:
        print_json(folders)
    else:
        say("\n".join(folders) if folders else f"{library} holds no skills.")


def _tell(registered: "list[Registered]", library: Path, *, as_json: bool) -> None:
    if as_json:
        print_json(registered)
    elif not registered:
        say(f"{library} holds no skills.")
    else:
        grid = table("skill", "#version", "registry", "#version there", "")
        for each in registered:
            state = "new" if each.new else "was there"
            add_row(grid, each.skill, each.version, each.registry, each.registered, state)
        console().print(grid)


def install(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="The project, with the trace2skill.lock of an export.")
    ] = Path(),
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing: say what differs from the lock, and exit with 1.")
    ] = False,
    library: LibraryOption = DEFAULT_LIBRARY,
    as_json: JsonOption = False,
) -> None:
    """Install the skills that a project's lock names.

    `skills export DIR --to CLIENT` writes the lock, DIR/trace2skill.lock: keep it with the project, and the
    skills' folders need not be. Each skill is written in just the version and with just the bytes that were
    locked, or not at all.
    """
    from trace2skill.integrations.exchange import install_skills

    found = install_skills(directory, library, check=check)
    if as_json:
        print_json(found)
    else:
        grid = table("skill", "#version", "client", "state")
        for each in found:
            add_row(grid, each.skill, each.version, each.client, each.state)
        console().print(grid)
    if not all(each.good for each in found):
        raise typer.Exit(FAILED)
