"""Which runs have been quiet for a while: nothing says that a run is over but that no more spans come."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

REMEMBERED = 10_000
"""How many runs are remembered after they were quiet, in case that more of them comes."""


@dataclass
class Conversation:
    """The runs of a conversation, or one run that names none.

    Attributes:
        runs: Trace ids.
        files: What holds their spans.
        last: When the last spans came, in seconds of the caller's clock.
    """

    runs: set[str] = field(default_factory=set)
    files: set[Path] = field(default_factory=set)
    last: float = 0.0

    def add(self, other: "Conversation") -> None:
        """Take over what another holds."""
        self.runs |= other.runs
        self.files |= other.files
        self.last = max(self.last, other.last)


class QuietRuns:
    """Keeps what is under way, by conversation. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._active: dict[str, Conversation] = {}
        self._quiet: OrderedDict[str, Conversation] = OrderedDict()
        self._of: dict[str, str] = {}

    def seen(self, runs: Mapping[str, str], file: Path, now: float) -> None:
        """Note that spans of these trace ids came, each with its conversation or an empty text."""
        with self._lock:
            for run, thread in runs.items():
                self._see(run, thread, file, now)

    def take_quiet(self, now: float, after: float) -> list[Conversation]:
        """What has been quiet for `after` seconds, the longest first; given once, and again if more comes."""
        with self._lock:
            quiet = [key for key, each in self._active.items() if now - each.last >= after]
            quiet.sort(key=lambda key: self._active[key].last)
            taken = [self._active.pop(key) for key in quiet]
            self._quiet.update(zip(quiet, taken, strict=True))
            while len(self._quiet) > REMEMBERED:
                for run in self._quiet.popitem(last=False)[1].runs:
                    self._of.pop(run, None)
            return taken

    def put_back(self, conversations: Iterable[Conversation], now: float) -> None:
        """Give these again once they have been quiet from now on."""
        for each in conversations:
            for file in each.files:
                self.seen(dict.fromkeys(each.runs, ""), file, now)

    def _see(self, run: str, thread: str, file: Path, now: float) -> None:
        before = self._of.get(run, run)
        key = thread or before
        self._of[run] = key
        talk = self._active.setdefault(key, Conversation())
        for name in dict.fromkeys((key, before)):
            if earlier := self._quiet.pop(name, None):
                talk.add(earlier)
        if before != key and (alone := self._active.pop(before, None)):
            talk.add(alone)
        self._of.update(dict.fromkeys(talk.runs, key))
        talk.add(Conversation({run}, {file}, now))
