"""Readers of other packages: entry points of the group `trace2skill.readers`.

docs/formats.md shows one in full.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from pydantic import JsonValue

from trace2skill.traces.files import Record
from trace2skill.traces.judgements import Judging
from trace2skill.traces.model import Trace
from trace2skill.traces.problem import Dropped, Problem, Scope

GROUP = "trace2skill.readers"
_PARTS = ("NAME", "recognises")
_READS = ("read", "read_all")


class PluginReader:
    """A reader of another package. What it raises is reported, and the rest goes on.

    Args:
        name: The name of the entry point.
        reader: The object that it names, with `NAME`, `recognises` and `read` or `read_all`.
    """

    def __init__(self, name: str, reader: Any) -> None:  # noqa: ANN401 - checked by its parts
        self.NAME: str = reader.NAME
        self.failed: str = ""
        self.streams = hasattr(reader, "read_all")
        self._name = name
        self._reader = reader

    def recognises(self, sample: JsonValue) -> bool:
        """Whether the plug-in says so; one that raises does not, and is asked no more."""
        if self.failed:
            return False
        try:
            return bool(self._reader.recognises(sample))
        except Exception as error:  # noqa: BLE001 - whatever another's code raises
            self.failed = f"its `recognises` raised {type(error).__name__}"
            return False

    def read(self, record: Record, success_at: float | None = None) -> Iterator[Trace | Problem]:
        """The plug-in's traces of a record."""
        where = record.inside("")
        for entry in self._guarded(record.path, where, lambda: self._reader.read(record, success_at)):
            if not isinstance(entry, Dropped):
                yield entry

    def read_all(
        self, records: Iterable[Record | Problem], judging: Judging
    ) -> Iterator[Trace | Problem | Dropped]:
        """The plug-in's traces of a file whose runs lie spread over its records."""
        path = ""

        def noted() -> Iterator[Record | Problem]:
            nonlocal path
            for record in records:
                path = record.path
                yield record

        for entry in self._guarded("", "", lambda: self._reader.read_all(noted(), judging)):
            yield replace(entry, path=path) if isinstance(entry, Problem) and not entry.path else entry

    def problem(self) -> Problem:
        """What keeps the plug-in from being asked."""
        return _unusable(self._name, self.failed)

    def _guarded(
        self, path: str, where: str, read: Callable[[], Iterable[Any]]
    ) -> Iterator[Trace | Problem | Dropped]:
        def broken(fault: str) -> Problem:
            told = f"the reader plug-in {self._name!r} {fault}"
            return Problem(path, where, told, "Tell its author, or uninstall it.")

        try:
            for entry in read():
                if isinstance(entry, Trace | Problem | Dropped):
                    yield entry
                else:
                    yield broken(f"yielded {type(entry).__name__}, no Trace and no Problem")
        except Exception as error:  # noqa: BLE001 - whatever another's code raises
            yield broken(f"raised {type(error).__name__}")


def load_plugins() -> tuple[list[PluginReader], list[Problem]]:
    """The readers that installed packages add, sorted by name, and those that cannot be used."""
    readers: list[PluginReader] = []
    problems: list[Problem] = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
        fault, reader = _load(point)
        if fault:
            problems.append(_unusable(point.name, fault))
        else:
            readers.append(PluginReader(point.name, reader))
    return readers, problems


def _load(point: EntryPoint) -> tuple[str, Any]:
    """The object of an entry point, an instance where it is a class; and what is wrong with it."""
    try:
        reader = point.load()
        reader = reader() if isinstance(reader, type) else reader
    except Exception as error:  # noqa: BLE001 - whatever another's code raises
        return f"{point.value} cannot be imported ({type(error).__name__})", None
    lacking = [part for part in _PARTS if not hasattr(reader, part)]
    lacking += [] if any(hasattr(reader, part) for part in _READS) else ["read"]
    if lacking:
        return f"{point.value} lacks {', '.join(lacking)}", None
    if not isinstance(reader.NAME, str):
        return f"the NAME of {point.value} is no text", None
    return "", reader


def _unusable(name: str, fault: str) -> Problem:
    told = f"it cannot be used: {fault}"
    fix = "Mend or uninstall the package that it is of; the other formats are read."
    return Problem(f"reader plug-in {name!r}", "", told, fix, Scope.PLUGIN)
