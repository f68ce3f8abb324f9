"""A person's approval: what waits in quarantine becomes a skill, and what is withheld is taken as it is."""

from trace2skill.errors import LibraryError
from trace2skill.skills.consolidate import placed
from trace2skill.store.library import Library
from trace2skill.store.records import Change, Commit, StoredSkill


def approve(library: Library, name: str, digest: str = "") -> StoredSkill:
    """Take a skill out of quarantine into the library, or a version that is withheld for what it is.

    A person's text from a merged library goes to the skill of that name if that has none.

    Args:
        library: The library.
        name: The skill's.
        digest: The start of the digest of the bytes that were read.

    Raises:
        LibraryError: Nothing waits under that name and digest, or several do.
    """
    waiting = [each for each in library.quarantine.held(name) if each.digest.startswith(digest)]
    if len(waiting) > 1:
        digests = ", ".join(each.digest[:16] for each in waiting)
        raise LibraryError(f"{len(waiting)} skills wait as {name!r}; say which with --digest: {digests}")
    if not waiting:
        return _accepted(library, name, digest)
    (held,) = waiting
    taken = held.skill
    if held.origin.door == "skills merge":
        taken = placed(taken, {each.skill.name: each.skill for each in library.skills(status=None)})
    change = Change(skill=taken, operation="import", note=str(held.origin), origin=held.origin)
    library.commit(Commit(changes=(change,), released=((name, held.digest),)))
    return library.skill(taken.name)


def _accepted(library: Library, name: str, digest: str) -> StoredSkill:
    withheld = {each.skill.name: each.skill for each in library.skills(status="withheld")}
    if name not in withheld or not withheld[name].digest.startswith(digest):
        raise LibraryError(
            f"nothing waits for approval as {name!r} {digest}: `trace2skill skills quarantine` lists it"
        )
    library.commit(Commit(accepted=(name,)))
    return library.skill(name)
