"""Reads traces: finds files, recognises their formats by content, and continues past broken records."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain, islice
from pathlib import Path
from typing import Protocol

from pydantic import Field, JsonValue

from trace2skill.errors import InputError
from trace2skill.traces.beside import find_judgements
from trace2skill.traces.database import is_beside_database, is_database
from trace2skill.traces.encodings import CONVERT
from trace2skill.traces.files import PROBE, Record, read_records
from trace2skill.traces.finding import find_files
from trace2skill.traces.judgements import Judging, Unit, read_judgements
from trace2skill.traces.known import KnownRecords, Part
from trace2skill.traces.mapping import load_mapping
from trace2skill.traces.model import Frozen, Trace, rebuild
from trace2skill.traces.outcomes import Given, holds_outcomes, read_outcomes, unmatched
from trace2skill.traces.plugins import PluginReader, load_plugins
from trace2skill.traces.problem import Dropped, Problem, Scope
from trace2skill.traces.readers import (
    chat,
    langfuse,
    langgraph,
    langsmith,
    mlflow,
    otel,
    phoenix,
    react_text,
    tau2,
    tau_bench,
    trace_jsonl,
)
from trace2skill.traces.readers.step_log import StepLog
from trace2skill.traces.session_file import Folders, Joined, SessionFile, SessionReader, first_lines
from trace2skill.traces.session_readers import SESSION_READERS
from trace2skill.traces.span_reader import SpanReader
from trace2skill.traces.spread import Spread


class Reader(Protocol):
    """A reader of a format whose records hold whole runs: a module of `readers/`, a `StepLog`, a plug-in."""

    NAME: str

    def recognises(self, sample: JsonValue) -> bool:
        """Whether a JSON value of a file (the whole document, or one line) is of this format."""
        ...

    def read(self, record: Record, success_at: float | None = None) -> Iterator[Trace | Problem]:
        """The traces of one record; a broken one is yielded as a `Problem`."""
        ...


AnyReader = Reader | SpanReader | SessionReader

READERS: tuple[Reader | SpanReader, ...] = (
    trace_jsonl,
    tau2,
    tau_bench,
    langsmith.READER,
    langfuse.READER,
    mlflow.READER,
    phoenix.READER,
    otel.READER,
    langgraph,
    chat.RESPONSES,
    chat.ANTHROPIC,
    chat.LANGCHAIN,
    chat.OPENAI_CHAT,
)

Paths = Path | str | Iterable[Path | str]

KEPT_PROBLEMS = 1000
"""Maximum number of problems kept in memory; all are counted and passed to `on_problem`."""


class IntakeSummary(Frozen):
    """The counts of a reading pass.

    `rejected` counts records, `skipped` whole files, `joined` files that were read with another one,
    `judging` files that hold what is said of runs, `dropped` what of a format is in no trace.
    """

    files: int
    read: int
    rejected: int
    duplicates: int
    skipped: int
    formats: dict[str, int]
    without_calls: int = 0
    judging: int = 0
    dropped: dict[str, dict[str, int]] = Field(default_factory=dict)
    joined: int = 0


class Intake:
    """One pass over trace files: iterate once for the traces, then read `summary` and `problems`.

    Attributes:
        problems: The first problems in order of occurrence, at most `KEPT_PROBLEMS`.
    """

    def __init__(  # noqa: PLR0913 the options of the command line, keyword only
        self,
        paths: Paths,
        *,
        mapping: Path | str | None = None,
        success_at: float | None = None,
        outcomes: Path | str | None = None,
        strict: bool = False,
        on_problem: Callable[[Problem], None] | None = None,
        score: str | None = None,
        unit: Unit = "thread",
        known: KnownRecords | None = None,
    ) -> None:
        self.problems: list[Problem] = []
        self._counts: Counter[str] = Counter()
        self._formats: Counter[str] = Counter()
        self._dropped: dict[str, Counter[str]] = {}
        self._strict = strict
        self._on_problem = on_problem
        self._success_at = success_at
        self._score = score
        self._unit = unit
        given = [paths] if isinstance(paths, Path | str) else list(paths)
        self._files, self._refused = find_files(given)
        if not self._files and not self._refused:
            named = ", ".join(map(str, given)) or "no path"
            raise InputError(f"{named}: there is no file in it, so no trace; hidden files are passed over")
        self._mapping = mapping
        self._mapped = StepLog(load_mapping(Path(mapping))) if mapping else None
        self._plugins, self._unusable = load_plugins()
        mapped = (self._mapped,) if self._mapped else ()
        self._readers: tuple[AnyReader, ...] = (*mapped, *self._plugins, *SESSION_READERS, *READERS)
        self._resolved = frozenset(each.resolve() for each in self._files)
        self._folders = Folders()
        self._spread = Spread(self._files)
        self._outcomes_path = Path(outcomes) if outcomes else None
        self._known = None if outcomes else known
        self._seen: set[str] = set()
        beside = self._outcomes_path
        self._outcomes = read_outcomes(beside, success_at, self._report) if beside else {}

    def __iter__(self) -> Iterator[Trace]:
        self._seen = set()
        used: set[str] = set()
        for problem in (*self._refused, *self._unusable):
            self._report(problem)
        self._folders = Folders()
        self._spread = Spread(self._files)
        for entry in chain(chain.from_iterable(map(self._read_file, self._files)), self._read_rest()):
            if isinstance(entry, Problem):
                self._report(entry)
                continue
            if isinstance(entry, Joined):
                self._counts["joined"] += 1
                continue
            given = self._outcomes.get(entry.id)
            used.add(entry.id)
            trace = rebuild(entry, outcome=given.outcome) if given else entry
            if self._count(part_of(trace)):
                yield trace
        for plugin in self._plugins:
            if plugin.failed:
                self._report(plugin.problem())
        self._report_unmatched({key: given for key, given in self._outcomes.items() if key not in used})

    @property
    def summary(self) -> IntakeSummary:
        """The counts so far; final once the iteration has ended."""
        return IntakeSummary(
            files=len(self._files) + len(self._refused),
            read=self._counts["read"],
            rejected=self._counts[Scope.RECORD],
            duplicates=self._counts["duplicates"],
            skipped=self._counts[Scope.FILE],
            formats=dict(sorted(self._formats.items())),
            without_calls=self._counts["without calls"],
            judging=self._counts["judging"],
            dropped={form: dict(sorted(counts.items())) for form, counts in sorted(self._dropped.items())},
            joined=self._counts["joined"],
        )

    @property
    def nothing(self) -> str:
        """One sentence that says why a finished pass yielded no trace."""
        kinds = (("record", "rejected", Scope.RECORD), ("file", "skipped", Scope.FILE))
        counts = [(self._counts[scope], noun, what) for noun, what, scope in kinds if self._counts[scope]]
        told = ", ".join(f"{many} {noun}{'' if many == 1 else 's'} {what}" for many, noun, what in counts)
        first = f"; the first problem: {self.problems[0]}" if self.problems else ""
        return f"no trace could be read ({told or 'the files hold none'}){first}"

    def _read_file(self, path: Path) -> Iterator[Trace | Problem | Joined]:
        if is_beside_database(path):
            yield Joined(path)
            return
        stream = read_records(path)
        head: list[Record | Problem] = []
        reader: AnyReader | None = langgraph if is_database(path) else None
        for entry in islice(stream, 0 if reader else PROBE):
            head.append(entry)
            reader = self._recognise(entry) if isinstance(entry, Record) else None
            if reader:
                break
        entries = chain(head, stream)
        session = SessionFile(path, entries, self._among, self._folders)
        spoken = reader is None and bool(head) and isinstance(head[0], Problem)
        if spoken and react_text.fits_text(first_lines(path)):
            yield from react_text.read_text(session)
        elif reader is None and any(isinstance(entry, Record) and _judges(entry) for entry in head):
            self._counts["judging"] += 1
        elif reader is None:
            yield _spoiled(head) or self._unrecognised(path, head)
        elif isinstance(reader, SpanReader) or (isinstance(reader, PluginReader) and reader.streams):
            yield from self._read_spread(reader, entries)
        elif isinstance(reader, SessionReader):
            yield from reader.read_file(session, self._success_at)
        else:
            yield from self._read_each(path, reader, entries)

    def _read_each(
        self, path: Path, reader: Reader, entries: Iterable[Record | Problem]
    ) -> Iterator[Trace | Problem]:
        """The traces of each record; a file that holds none, and nothing broken, is a problem itself."""
        empty, counted = True, self._counts.total()
        for entry in entries:
            for found in (entry,) if isinstance(entry, Problem) else self._read_record(reader, entry):
                empty = False
                yield found
        if empty and self._counts.total() == counted:
            yield Problem(str(path), "", f"it holds no run ({reader.NAME})", "Leave it out.", Scope.FILE)

    def _read_record(self, reader: Reader, record: Record) -> Iterator[Trace | Problem]:
        """What comes of a record; of one that was read before nothing does, and its traces are counted."""
        if self._known is None or isinstance(reader, PluginReader):
            yield from reader.read(record, self._success_at)
            return
        digest = self._known.digest(reader.NAME, record)
        if before := self._known.parts(digest):
            for part in before:
                if self._count(part):
                    self._known.removed.update(dict(part.removed))
            return
        parts, whole = [], True
        for entry in reader.read(record, self._success_at):
            if isinstance(entry, Problem):
                whole = False
            else:
                parts.append(part_of(entry))
            yield entry
        if whole:
            self._known.note(digest, parts)

    def _count(self, part: Part) -> bool:
        """Count a trace; whether it is the first of that content."""
        if part.hash in self._seen:
            self._counts["duplicates"] += 1
            return False
        self._seen.add(part.hash)
        self._counts["read"] += 1
        self._counts["without calls"] += not part.calls
        self._formats[part.form] += 1
        return True

    def _read_spread(
        self, reader: SpanReader | PluginReader, records: Iterable[Record | Problem]
    ) -> Iterator[Trace | Problem]:
        if isinstance(reader, SpanReader):
            yield from self._noted(reader.NAME, reader.read_all(records, self._judging, self._spread))
        else:
            yield from self._noted(reader.NAME, reader.read_all(records, self._judging))

    def _read_rest(self) -> Iterator[Trace | Problem]:
        """What is kept of runs whose last file, as its ids have it, was read as something else."""
        for reader in self._readers:
            if isinstance(reader, SpanReader):
                yield from self._noted(reader.NAME, reader.read_rest(self._judging, self._spread))

    def _noted(self, name: str, entries: Iterable[Trace | Problem | Dropped]) -> Iterator[Trace | Problem]:
        for entry in entries:
            if isinstance(entry, Dropped):
                self._dropped.setdefault(name, Counter())[entry.what] += entry.count
            else:
                yield entry

    @cached_property
    def _judging(self) -> Judging:
        """How outcomes are read from what is said of runs, also in files beside the traces."""
        return Judging(self._success_at, self._score, find_judgements(self._files), self._unit)

    def _among(self, path: Path) -> bool:
        return path.resolve() in self._resolved

    def _unrecognised(self, path: Path, head: Sequence[Record | Problem]) -> Problem:
        sample = next((entry.value for entry in head if isinstance(entry, Record)), None)
        if holds_outcomes(sample, next(iter(first_lines(path)), "")):
            told, fix = (
                "it holds outcomes by id, and no traces",
                "Name it with --outcomes, beside the traces.",
            )
            return Problem(str(path), "", told, fix, Scope.FILE)
        known = ", ".join(reader.NAME for reader in (*READERS, *SESSION_READERS, *self._plugins))
        if self._mapped is None:
            fix = f"Known formats: {known}; other step logs need a mapping (--map)."
            return Problem(str(path), "", "no reader recognises the content", fix, Scope.FILE)
        fault = f"the mapping {self._mapping} does not fit ({self._mapped.misfit(sample)})"
        fix = f"Mend the mapping; nor is the content of a format known without one ({known})."
        return Problem(str(path), "", fault, fix, Scope.FILE)

    def _recognise(self, record: Record) -> AnyReader | None:
        return next((reader for reader in self._readers if reader.recognises(record.value)), None)

    def _report(self, problem: Problem) -> None:
        if self._strict:
            raise problem.as_error()
        self._counts[problem.scope] += 1
        if len(self.problems) < KEPT_PROBLEMS:
            self.problems.append(problem)
        if self._on_problem:
            self._on_problem(problem)

    def _report_unmatched(self, left: dict[str, Given]) -> None:
        for given in sorted(left.values(), key=lambda given: given.line):
            if self._outcomes_path:
                self._report(unmatched(self._outcomes_path, given))


def read_traces(  # noqa: PLR0913 the options of the command line, keyword only
    paths: Paths,
    *,
    mapping: Path | str | None = None,
    success_at: float | None = None,
    outcomes: Path | str | None = None,
    strict: bool = False,
    on_problem: Callable[[Problem], None] | None = None,
    score: str | None = None,
    unit: Unit = "thread",
) -> Iterator[Trace]:
    """Stream the traces of files, folders and globs; duplicates are dropped.

    Args:
        paths: Files, folders (read recursively) or globs; `.gz` and `.zst` are recognised by content.
        mapping: A mapping file for step logs; it is tried before the built-in formats.
        success_at: The lowest score that counts as success, instead of the format's default.
        outcomes: CSV or JSONL of `id,success` or `id,score`, which overrides the data's outcomes.
        strict: Raise at the first problem instead of reporting it and continuing.
        on_problem: Called with every input that was not used.
        score: The feedback, score, annotation or assessment that decides the outcome, by name.
        unit: What one trace of spans is: a `thread`, the runs of which carry each other on, or a `run`.

    Raises:
        InputError: A path does not exist, there is no file in it, the mapping or outcomes file is wrong, or,
            with `strict`, anything could not be used.
    """
    return iter(
        Intake(
            paths,
            mapping=mapping,
            success_at=success_at,
            outcomes=outcomes,
            strict=strict,
            on_problem=on_problem,
            score=score,
            unit=unit,
        )
    )


def part_of(trace: Trace) -> Part:
    """What is noted of a trace that was read."""
    return Part(trace.hash, trace.source.format, any(step.action for step in trace.steps))


def _judges(record: Record) -> bool:
    """Whether a record says how runs went, and is none itself."""
    return any(True for _ in read_judgements(record.value))


def _spoiled(head: Sequence[Record | Problem]) -> Problem | None:
    """What keeps a whole file from being read: a problem of the file, or its encoding in every record."""
    problems = [entry for entry in head if isinstance(entry, Problem)]
    whole = next((entry for entry in problems if entry.scope is Scope.FILE), None)
    if (
        whole
        or not head
        or not all(isinstance(each, Problem) and each.fix.startswith(CONVERT) for each in head)
    ):
        return whole
    return replace(problems[0], scope=Scope.FILE)
