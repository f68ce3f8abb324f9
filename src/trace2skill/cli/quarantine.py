"""What comes from outside: `skills import`, `skills quarantine`, `skills approve`, `skills discard`."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trace2skill.cli.options import (
    DEFAULT_LIBRARY,
    ChromaOption,
    EmbeddingOption,
    JsonOption,
    LibraryOption,
    NameArgument,
)
from trace2skill.cli.output import add_row, console, note, print_json, say, table
from trace2skill.errors import LibraryError

if TYPE_CHECKING:
    from trace2skill.skills.inspection import Suspicion
    from trace2skill.store.library import Library
    from trace2skill.store.quarantine import Held

DigestOption = Annotated[
    str,
    typer.Option("--digest", metavar="HEX", help="Only these bytes: the start of the digest that was shown."),
]


def import_(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="An Agent Skills folder, its SKILL.md, or a ZIP of one.")
    ],
    *,
    trust: Annotated[
        bool, typer.Option("--trust", help="Approve it at once: you wrote it, or have read it.")
    ] = False,
    verify: Annotated[
        Path | None,
        typer.Option("--verify", metavar="PUBKEY", help="Refuse it unless this Ed25519 key signed it."),
    ] = None,
    library: LibraryOption = DEFAULT_LIBRARY,
    embedding: EmbeddingOption = None,
    chroma: ChromaOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a skill folder into the library.

    It may be an export or written by hand. It waits in quarantine, where nothing offers, serves, exports or
    deepens it, until `skills approve` or unless --trust; a skill of that name then gets a new version. A
    signature that was verified (extra `sign`) is noted, and approves nothing.
    """
    from trace2skill.integrations.exchange import import_skill
    from trace2skill.wording.evidence import count

    found = import_skill(path, library, trust=trust, verify=verify, embedding=embedding, chroma=chroma)
    rules = count(found.rules, "rule")
    if as_json:
        print_json(found.model_dump(exclude_defaults=True))
    elif found.state == "approved":
        say(f"{found.name}: version {found.version}, {rules}")
    elif found.state == "known":
        say(f"{found.name}: the library holds exactly this already")
    else:
        say(f"{found.name}: in quarantine, {rules}{f', signed by {found.signer}' if found.signer else ''}")
        tell_held(found.name, library)


def tell_held(name: str, library: Path) -> None:
    """Say that a skill waits, and what to do."""
    note(
        f"{name} came from outside: nothing uses it yet. Read it: trace2skill skills quarantine {name} "
        f"--library {library}; then: trace2skill skills approve {name} --library {library} (or discard)"
    )


def quarantine(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Show this skill; without it, list what waits.")
    ] = None,
    library: LibraryOption = DEFAULT_LIBRARY,
    as_json: JsonOption = False,
) -> None:
    """List, or show, skills from outside that wait for approval, and skills that are withheld.

    With what in them deserves a second look: hidden and look-alike characters, addresses, commands, words
    addressed to an agent. A withheld skill is not as it was saved or approved.
    """
    from trace2skill.store.library import Library

    with Library(library, create=False) as opened:
        waiting = [*opened.quarantine.held(name), *_withheld(opened, name)]
    if name is not None and not waiting:
        raise LibraryError(f"nothing waits as {name!r}; list what does with `trace2skill skills quarantine`")
    if as_json:
        print_json([_record(each) for each in waiting])
    elif name is None:
        _list(waiting, library)
    else:
        for each in waiting:
            _show(each, library)


def approve(
    name: NameArgument,
    *,
    digest: DigestOption = "",
    library: LibraryOption = DEFAULT_LIBRARY,
    embedding: EmbeddingOption = None,
    chroma: ChromaOption = None,
    as_json: JsonOption = False,
) -> None:
    """Approve a skill from outside: from now on it is offered like any other.

    The approval holds for exactly these bytes, and for the kinds of suspicious text that are in them. Should
    either change, the skill is withheld.
    """
    from trace2skill.store.approving import approve as take
    from trace2skill.store.library import Library
    from trace2skill.wording.evidence import count

    with Library(library, embedding=embedding, chroma=chroma, create=False) as opened:
        stored = take(opened, name, digest)
    if as_json:
        print_json({"name": stored.skill.name, "version": stored.version, "origin": stored.origin})
    else:
        rules = count(len(stored.skill.rules), "rule")
        say(f"{stored.skill.name}: version {stored.version}, {rules}, approved")


def discard(
    name: NameArgument,
    digest: DigestOption = "",
    library: LibraryOption = DEFAULT_LIBRARY,
    as_json: JsonOption = False,
) -> None:
    """Take a skill out of quarantine without approving it."""
    from trace2skill.store.library import Library

    with Library(library, create=False) as opened:
        gone = opened.quarantine.discard(name, digest)
    if not gone:
        raise LibraryError(f"nothing waits as {name!r}; list what does with `trace2skill skills quarantine`")
    print_json({"name": name, "discarded": gone}) if as_json else say(f"{name}: discarded")


def _withheld(library: "Library", name: str | None) -> "list[Held]":
    from trace2skill.store.approvals import Origin
    from trace2skill.store.quarantine import Held

    return [
        Held(skill=each.skill, digest=each.skill.digest, origin=each.origin or Origin(), why=each.withheld)
        for each in library.skills(status="withheld")
        if name in {None, each.skill.name}
    ]


def _list(waiting: "list[Held]", library: Path) -> None:
    if not waiting:
        say(f"Nothing waits in {library}.")
        return
    grid = table("skill", "digest", "from", "deserves a second look")
    for each in waiting:
        found = Counter(suspicion.kind for suspicion in _suspicions(each))
        looks = "; ".join(f"{kind} ({number})" for kind, number in found.items())
        what = f"withheld: {each.why}" if each.why else str(each.origin)
        add_row(grid, each.skill.name, each.digest[:16], what, looks)
    console().print(grid)


def _show(held: "Held", library: Path) -> None:
    from trace2skill.skills.playbook import to_markdown

    say(to_markdown(held.skill, 1).rstrip("\n"))
    what = f"withheld: {held.why}" if held.why else str(held.origin)
    note(f"{held.skill.name}, {what}; its own digest is {held.digest}")
    for each in _suspicions(held):
        note(f"{each.place}: {each.kind}")
    which = f"{held.skill.name} --digest {held.digest[:16]} --library {library}"
    note(f"approve it with: trace2skill skills approve {which}")


def _record(held: "Held") -> dict[str, object]:
    found = [each.model_dump() for each in _suspicions(held)]
    return {**held.model_dump(mode="json"), "suspicions": found}


def _suspicions(held: "Held") -> "list[Suspicion]":
    from trace2skill.skills.inspection import suspicions

    return suspicions(held.skill)
