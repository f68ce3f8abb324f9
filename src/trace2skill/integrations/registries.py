"""Skills in the registries of other tools, each by its own client: Langfuse and MLflow.

A registry keeps versions of its own. Ours is added there only if its content is not what lies there last, and
what lies there and came from elsewhere is left alone.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from pydantic import ValidationError

from trace2skill.errors import InputError, LibraryError, SettingError
from trace2skill.skills.playbook import GENERATOR, to_markdown
from trace2skill.store.records import StoredSkill
from trace2skill.traces.model import Frozen
from trace2skill.wording.evidence import count

KINDS = ("prompts", "skills")
"""What a registry may hold a skill as: a prompt whose text is SKILL.md, or a folder of files."""

NOTES = "registered.jsonl"
"""The file of a library's folder that says under which numbers registries have its versions."""

LATEST = "latest"
"""The label that both registries keep on the last version themselves."""

MARK = "generator"
"""The key under which a version says that trace2skill wrote it."""


class Entry:
    """A skill as it is registered.

    Attributes:
        skill: The skill.
        version: Its version in the library.
    """

    def __init__(self, stored: StoredSkill) -> None:
        self.skill = stored.skill
        self.version = stored.version

    @property
    def markdown(self) -> str:
        """Its SKILL.md."""
        return to_markdown(self.skill, self.version)

    @property
    def facts(self) -> dict[str, Any]:
        """What the registry is told of the version: its digest, and on how much it rests."""
        return {
            MARK: GENERATOR,
            "digest": self.skill.digest,
            "version": self.version,
            "family": self.skill.family,
            "evidence": {"runs": len(self.skill.traces), "rules": self._rules},
        }

    @property
    def message(self) -> str:
        """What is said of the new version."""
        rules = ", ".join(f"{number} {tier}" for tier, number in self._rules.items())
        runs = count(len(self.skill.traces), "run")
        return f"version {self.version} of trace2skill, from {runs}; rules: {rules or 'none'}"

    @property
    def _rules(self) -> dict[str, int]:
        return dict(sorted(Counter(str(rule.tier) for rule in self.skill.rules).items()))


class Latest(NamedTuple):
    """The version that a registry has last: its number, the content's hash, and its labels.

    The hash is `Skill.hash`, and empty where trace2skill did not write the version.
    """

    version: int
    hash: str
    labels: Collection[str]


class Registered(Frozen):
    """What became of one skill.

    Attributes:
        skill: Its name.
        version: Its version in the library.
        registry: The address it went to.
        registered: The registry's own number of the version.
        new: Whether that version was made now.
    """

    skill: str
    version: int
    registry: str
    registered: int
    new: bool


class Registry(Protocol):
    """A registry as its client reaches it.

    Every method may raise SettingError (keys, address) or InputError (the server refuses, or is not there).
    """

    def latest(self, name: str) -> Latest | None:
        """The last version under a name, if there is any."""

    def add(self, entry: Entry, labels: Collection[str]) -> int:
        """Make a version; its number."""

    def label(self, name: str, version: int, labels: Collection[str]) -> None:
        """Put labels on a version, beside those it has."""


def hash_of(facts: object) -> str:
    """The content's hash, told by `Entry.facts` or the metadata of a SKILL.md; empty if it is not ours."""
    if not isinstance(facts, Mapping) or facts.get(MARK) != GENERATOR:
        return ""
    return str(facts.get("digest") or "")[:16]


def _langfuse(kind: str) -> Registry:
    from trace2skill.integrations.langfuse_registry import LangfusePrompts, LangfuseSkills

    return LangfusePrompts() if kind == "prompts" else LangfuseSkills()


def _mlflow(kind: str) -> Registry:
    from trace2skill.integrations.mlflow_registry import MLflowPrompts, MLflowSkills

    return MLflowPrompts() if kind == "prompts" else MLflowSkills()


REGISTRIES: Mapping[str, Callable[[str], Registry]] = {"langfuse": _langfuse, "mlflow": _mlflow}
"""By the scheme of their addresses; each takes one of `KINDS`."""


def is_registry(target: str) -> bool:
    """Whether a target is the address of a registry, and no client's name."""
    return "://" in target


def registry_at(address: str) -> Registry:
    """The registry at an address, `SCHEME://` or `SCHEME://KIND`; what is wrong is told without the address.

    Raises:
        SettingError: It is none, or its client is not installed, or lacks a key.
    """
    split = urlsplit(address)
    if "@" in split.netloc:
        raise SettingError("the address of a registry holds no key; keys come from the environment alone")
    if split.scheme not in REGISTRIES:
        known = ", ".join(f"{scheme}://" for scheme in REGISTRIES)
        raise SettingError(f"there is no registry of that kind; give one of {known}")
    kind = (split.netloc + split.path).strip("/") or KINDS[0]
    if kind not in KINDS or split.query or split.fragment:
        kinds = " or ".join(f"{split.scheme}://{each}" for each in KINDS)
        raise SettingError(
            f"write {kinds}; which server and project it is, the environment says (docs/embedding.md)"
        )
    return REGISTRIES[split.scheme](kind)


def note(folder: Path, registered: Iterable[Registered]) -> None:
    """Note in a library's folder which of its versions a registry has under which number."""
    lines = "".join(f"{each.model_dump_json()}\n" for each in registered)
    with suppress(OSError), (folder / NOTES).open("a", encoding="utf-8") as notes:
        notes.write(lines)


def noted(folder: Path) -> dict[tuple[str, str], int]:
    """The versions of a library by their names and numbers in registries of skills, which report these."""
    found: dict[tuple[str, str], int] = {}
    with suppress(OSError, ValidationError):
        for line in (folder / NOTES).read_text(encoding="utf-8").splitlines():
            each = Registered.model_validate_json(line)
            if each.registry.endswith("://skills"):
                found[each.skill, str(each.registered)] = each.version
    return found


def register(address: str, chosen: Iterable[StoredSkill], labels: Collection[str] = ()) -> list[Registered]:
    """Put skills into a registry: a new version where the last one there has other content.

    Args:
        address: As `registry_at` takes it.
        chosen: Skills that may be used.
        labels: Put on each skill's version there, old or new; the registry takes them off other versions.

    Raises:
        LibraryError: A skill is not active. Nothing was registered.
        InputError: A name is taken there by something that trace2skill did not write, or the server refuses.
        SettingError: The address, the labels, the keys or the client cannot be used.
    """
    entries = list(chosen)
    if LATEST in labels:
        raise SettingError(f"a registry keeps the label {LATEST!r} on its last version itself; give another")
    for each in entries:
        if each.status != "active":
            raise LibraryError(
                f"{each.skill.name} is {each.status} and goes into no registry; name other skills, or see "
                "`trace2skill skills list --all`"
            )
    registry = registry_at(address)
    return [_registered(registry, address, Entry(each), labels) for each in entries]


def _registered(registry: Registry, address: str, entry: Entry, labels: Collection[str]) -> Registered:
    name = entry.skill.name
    there = registry.latest(name)
    if there and not there.hash:
        raise InputError(
            f"{address} has a {name!r} that trace2skill did not write; rename or delete it there first"
        )
    new = there is None or there.hash != entry.skill.hash
    number = registry.add(entry, labels) if there is None or new else there.version
    if there and not new and (missing := sorted(set(labels) - set(there.labels))):
        registry.label(name, number, missing)
    return Registered(skill=name, version=entry.version, registry=address, registered=number, new=new)
