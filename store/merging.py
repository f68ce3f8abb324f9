"""What comes along when libraries are merged beside their traces: texts of people, rejections, verdicts."""

from collections.abc import Collection, Sequence

from trace2skill.skills.consolidate import placed
from trace2skill.skills.model import Skill
from trace2skill.skills.refusals import Refusal
from trace2skill.store.approvals import Origin
from trace2skill.store.library import Library
from trace2skill.store.records import Change, Commit
from trace2skill.store.sources import SourceLibrary
from trace2skill.store.validations import Validation
from trace2skill.traces.redact import redact_path


def take_over(library: Library, sources: Sequence[SourceLibrary], trusted: Collection[str]) -> list[str]:
    """Import the texts that people wrote in the sources' skills, their rejections, and verdicts on skills.

    All are imported once, in an order given by their content. A text goes to the skill of the same name if
    that has no human text, else to a new skill under a new name. A text that the library has under any name
    is not imported. A rejection applies to later proposals, a verdict to skills with the content it is about.

    Args:
        library: Where to.
        sources: Where from.
        trusted: The keys of the libraries that a person vouched for. Texts of others wait in quarantine;
            their rejections and verdicts, which can suppress or raise skills, are not taken.

    Returns:
        The names under which texts wait.
    """
    own = [source for source in sources if source.key in trusted]
    changes, refused = _imported_texts(library, own), _imported_refusals(library, own)
    verdicts = _imported_validations(library, own)
    if changes or refused or verdicts:
        library.commit(Commit(changes=tuple(changes), refused=tuple(refused), validations=tuple(verdicts)))
    foreign = _texts_of(library, [source for source in sources if source.key not in trusted])
    library.quarantine.hold(foreign)
    return sorted({part.name for part, _ in foreign})


def _texts_of(library: Library, sources: Sequence[SourceLibrary]) -> list[tuple[Skill, Origin]]:
    """What people wrote in the sources and the library lacks, once each, with where it comes from."""
    present = (stored.skill for stored in library.skills(status=None))
    known = {(skill.human_text, _notes(skill)) for skill in present}
    found: dict[str, tuple[Skill, Origin]] = {}
    for source in sources:
        for each in source.skills():
            part = _written(each.skill)
            if part and (part.human_text, _notes(part)) not in known:
                name = redact_path(str(source.file.parent))
                found.setdefault(
                    part.hash, (part, Origin(door="skills merge", source=name, digest=part.digest))
                )
    return sorted(found.values(), key=lambda one: (one[0].name, one[0].hash))


def _imported_texts(library: Library, sources: Sequence[SourceLibrary]) -> list[Change]:
    present = {stored.skill.name: stored.skill for stored in library.skills(status=None)}
    known = {(skill.human_text, _notes(skill)) for skill in present.values()}
    changes = []
    for part, origin in _texts_of(library, sources):
        if (part.human_text, _notes(part)) not in known:
            known.add((part.human_text, _notes(part)))
            taken = placed(part, present)
            present[taken.name] = taken
            note = "a person's text from another library"
            changes.append(Change(skill=taken, operation="import", note=note, origin=origin))
    return changes


def _imported_validations(library: Library, sources: Sequence[SourceLibrary]) -> list[Validation]:
    def content(validation: Validation) -> str:
        return validation.model_copy(update={"standing": True}).model_dump_json()

    known = {content(each) for each in library.validations()}
    every = [each for source in sources for each in source.validations()]
    every.sort(key=lambda each: each.standing, reverse=True)  # of equal ones, a withdrawn one is kept
    found = {content(each): each for each in every}
    return sorted((found[key] for key in found.keys() - known), key=lambda each: (each.time, content(each)))


def _imported_refusals(library: Library, sources: Sequence[SourceLibrary]) -> list[Refusal]:
    known = {_content(each) for each in library.refusals()}
    every = [each for source in sources for each in source.refusals()]
    every.sort(key=lambda each: each.standing, reverse=True)  # of equal ones, one that does not stand is kept
    found = {_content(each): each for each in every}
    return sorted((found[key] for key in found.keys() - known), key=lambda each: (each.time, _content(each)))


def _content(refusal: Refusal) -> str:
    return refusal.model_copy(update={"standing": True}).model_dump_json()


def _written(skill: Skill) -> Skill | None:
    """The skill with what a person wrote and nothing that was measured; None without human text."""
    if not skill.human_text:
        return None
    notes = tuple(rule for rule in skill.rules if rule.finding is None)
    measured = {"rules": notes, "traces": (), "example": (), "example_task": "", "parameters": ()}
    return skill.model_copy(update=measured)


def _notes(skill: Skill) -> tuple[str, ...]:
    return tuple(rule.text for rule in skill.rules if rule.finding is None)
