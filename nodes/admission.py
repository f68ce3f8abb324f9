"""What clients of a server may name: folders that its operator allows, and nothing about models or means.

The command line and Python are not restricted: who runs them may read what they name anyway.
"""

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import takewhile
from os import environ
from pathlib import Path
from typing import Any, TypeVar

from trace2skill.errors import InputError, SettingError, Trace2SkillError
from trace2skill.llm.settings import PREFIX, ModelSettings
from trace2skill.nodes.run_limits import RunLimits
from trace2skill.nodes.settings import Settings
from trace2skill.traces.finding import find_files
from trace2skill.traces.pull.address import is_address

ROOTS = f"{PREFIX}ROOTS"
"""The variable with the folders that clients may name, separated as in PATH."""

OPERATORS = (*ModelSettings.model_fields, "embedding", "chroma", "engine", "workers", "redact", "trust")
"""Settings that say which programs and servers are used, what they may cost, and what is kept of people."""

OPENED = f"{PREFIX}CLIENT_SETTINGS"
"""The variable with those of `OPERATORS` that clients may set all the same, separated by commas."""

NEVER = frozenset({"base_url", "embedding", "chroma"})
"""Settings that would send the operator's keys somewhere, or load a program, whatever `OPENED` says."""

FILES = ("mapping", "outcomes")
LIBRARY = ".trace2skill"
"""The library of a server whose operator names none."""

_PATTERN = re.compile(r"[*?\[]")
_RUN = re.compile(r"[0-9a-f]{32}")

Given = TypeVar("Given", bound=Settings)


@dataclass(frozen=True)
class Admission:
    """The rules of a server, from its environment at the time of each check."""

    @property
    def roots(self) -> tuple[Path, ...]:
        """The folders that clients may name, or lie above what they name."""
        given = environ.get(ROOTS, "").split(os.pathsep)
        return tuple(Path(each).expanduser().resolve() for each in given if each.strip())

    def admit(self, context: Mapping[str, Any] | Settings | None, kind: type[Given]) -> Given:
        """The settings that a client sent, with the operator's.

        Args:
            context: What it sent.
            kind: The settings that it meant.

        Raises:
            SettingError: Some are wrong, or not a client's to give.
        """
        settings = kind.of(context).checked()  # type: ignore[arg-type]
        defaults = {name: field.get_default() for name, field in kind.model_fields.items()}
        # Forms send what is left as it was, too.
        given = {name for name in settings.model_fields_set if getattr(settings, name) != defaults[name]}
        for name in (each for each in OPERATORS if each in given - self._opened):
            raise SettingError(
                f"on this server the setting {name} is its operator's: leave it out, or set "
                f"{PREFIX}{name.upper()} in the server's environment"
            )
        for name in ("library", *FILES):
            if name in given:
                self._within(f"the setting {name}", getattr(settings, name))
        return settings.model_copy(update=self._own(settings, given))

    def keep(self, settings: Given) -> Given:
        """Settings that were kept with a run, with the operator's of today in their place.

        A thread's state can be changed by clients too.

        Raises:
            SettingError: They name a library that this server does not allow.
        """
        kept = settings.library  # type: ignore[attr-defined]
        if Path(kept).resolve() != Path(self._library).resolve():
            self._within("the run's library", kept)
        given = {"library", *self._opened}
        return settings.model_copy(update=self._own(settings, given))

    def check_input(self, state: Mapping[str, Any]) -> None:
        """Check the paths that a client names, and how much it has read.

        Raises:
            InputError: One lies outside of the folders that are allowed, or it is more than a run may read.
            SettingError: The operator's limits cannot be used.
        """
        limits = RunLimits.from_environment()
        limits.check_sent(state.get("traces"))
        named: dict[str, list[str]] = {}
        for name in ("paths", "libraries"):
            given = state.get(name) or ()
            named[name] = [
                each for each in ([given] if isinstance(given, str) else given) if isinstance(each, str)
            ]
            for path in named[name]:
                if is_address(path):
                    raise InputError(
                        f"{name}: this server's clients may not have it pull from another; its operator "
                        "pulls with `trace2skill traces ADDRESS --keep FOLDER`, and allows that folder"
                    )
                self._within(name, path, InputError)
        limits.check_files(**named)

    def check_run(self, state: Mapping[str, Any]) -> None:
        """Check the run's id, from which the paths of its files are made.

        Raises:
            InputError: It is none.
        """
        if "run" in state and not _RUN.fullmatch(str(state["run"])):
            raise InputError("the thread's run is no run of this server; start a new one")

    @property
    def _library(self) -> str:
        return environ.get(f"{PREFIX}LIBRARY") or LIBRARY

    @property
    def _opened(self) -> frozenset[str]:
        """Settings of the operator's that clients may set.

        Raises:
            SettingError: One is named that is none, or must not be a client's.
        """
        names = {each.strip() for each in environ.get(OPENED, "").split(",") if each.strip()}
        if wrong := sorted(names - (set(OPERATORS) - NEVER)):
            may = ", ".join(sorted(set(OPERATORS) - NEVER))
            raise SettingError(f"{OPENED} names {wrong[0]}, which no client may set; it may name {may}")
        return frozenset(names)

    def _own(self, settings: Settings, given: Collection[str]) -> dict[str, Any]:
        """The operator's settings, and the operator's library unless another is given."""
        kind = type(settings)
        names = [name for name in OPERATORS if name in kind.model_fields]
        told = {name: environ[PREFIX + name.upper()] for name in names if environ.get(PREFIX + name.upper())}
        operators = kind(**told).checked()
        own = {
            name: getattr(operators, name) for name in names if not (name in self._opened and name in given)
        }
        return own if "library" in given else own | {"library": self._library}

    def _within(self, what: str, path: str, error: type[Trace2SkillError] = SettingError) -> None:
        """Raise unless a path, and every file that it stands for, lies below a root."""
        parts = Path(path).expanduser().absolute().parts
        certain = list(takewhile(lambda part: not _PATTERN.search(part), parts))
        if ".." in parts[len(certain) :] or not self._allows(Path(*certain)):
            raise error(self._refusal(what))
        if what == "paths" and not all(map(self._allows, find_files([path])[0])):
            raise error(self._refusal(what))

    def _allows(self, path: Path) -> bool:
        return any(path.resolve().is_relative_to(root) for root in self.roots)

    def _refusal(self, what: str) -> str:
        if self.roots:
            return (
                f"{what} lies in no folder that this server's clients may name; "
                f"its operator lists those in {ROOTS}"
            )
        return (
            f"{what}: this server's clients may name no folders; its operator can allow some with {ROOTS} in "
            "the server's environment, and traces can be sent inline, as `traces`"
        )
