"""Intake: read the input, remove secrets, and stage the traces in the library."""

import json
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import StreamWriter
from pydantic import ValidationError

from trace2skill.errors import InputError
from trace2skill.nodes.engines import engine
from trace2skill.nodes.models import NO_MODELS, Models, insist_on_models
from trace2skill.nodes.report import TraceCounts, plain
from trace2skill.nodes.runtime import keep
from trace2skill.nodes.settings import DistillSettings, settings
from trace2skill.nodes.shards import SIZE, Cleaned, clean, shards
from trace2skill.nodes.state import DistillInput, DistillState
from trace2skill.store.merging import take_over
from trace2skill.store.records import Staged
from trace2skill.store.sources import SourceLibrary
from trace2skill.store.traces import Packed, unpack
from trace2skill.traces.files import Record
from trace2skill.traces.known import KnownRecords, Part
from trace2skill.traces.model import SCHEMA_VERSION, Source, Trace
from trace2skill.traces.problem import Problem
from trace2skill.traces.read import Intake, IntakeSummary
from trace2skill.traces.readers.trace_jsonl import NAME, read
from trace2skill.traces.redact import Level, redact_path, redact_text

PATH = "traces"


class InlineTraces:
    """Traces given as JSON objects: iterate once, then read `summary` and `problems`, as with `Intake`.

    A trace need not have a `schema_version`. A trace that states its source keeps it.

    Args:
        given: The traces.
        success_at: The least score of a successful run.
        strict: Raise at the first broken trace instead of reporting it and going on.
    """

    def __init__(
        self, given: Sequence[dict[str, Any]], *, success_at: float | None = None, strict: bool = False
    ) -> None:
        self.problems: list[Problem] = []
        self._given = given
        self._success_at = success_at
        self._strict = strict
        self._seen: set[str] = set()
        self._yielded = 0

    def __iter__(self) -> Iterator[Trace]:
        for number, item in enumerate(self._given):
            value = {"schema_version": SCHEMA_VERSION, **item} if isinstance(item, dict) else item
            for entry in read(Record(PATH, f"[{number}]", value), self._success_at):
                if isinstance(entry, Problem):
                    self._report(entry)
                    continue
                self._yielded += 1
                if entry.hash not in self._seen:
                    self._seen.add(entry.hash)
                    yield _with_source(entry, item)

    @property
    def summary(self) -> IntakeSummary:
        """The counts so far; final once the iteration has ended."""
        return IntakeSummary(
            files=0,
            read=len(self._seen),
            rejected=len(self.problems),
            duplicates=self._yielded - len(self._seen),
            skipped=0,
            formats={NAME: len(self._seen)},
        )

    def _report(self, problem: Problem) -> None:
        if self._strict:
            raise problem.as_error()
        self.problems.append(problem)


def _with_source(trace: Trace, item: dict[str, Any]) -> Trace:
    """The trace with the source that the item states, if any; the hash does not depend on it."""
    try:
        return trace.model_copy(update={"source": Source.model_validate(item["source"])})
    except (KeyError, ValidationError):
        return trace


LIBRARY = "library"


class LibraryTraces:
    """The distinct traces of libraries: iterate once, then read `summary`, as with `Intake`.

    Of a trace that several have, a version whose outcome a model judged is yielded too, after the others.

    Args:
        paths: Folders of libraries.

    Raises:
        LibraryError: One of them holds no library.
    """

    problems: Sequence[Problem] = ()

    def __init__(self, paths: Sequence[str]) -> None:
        self.sources = [SourceLibrary(path) for path in paths]
        self.doors: dict[str, str] = {}
        self._seen: set[str] = set()
        self._yielded = 0

    def __iter__(self) -> Iterator[Packed]:
        for source in self.sources:
            door = f"skills merge, from {redact_path(str(source.file.parent))}"
            for trace in source.traces():
                self._yielded += 1
                if trace.hash not in self._seen or unpack(trace.body).outcome.judgement:
                    self._seen.add(trace.hash)
                    self.doors[trace.hash] = door
                    yield trace

    @property
    def summary(self) -> IntakeSummary:
        """The counts so far; final once the iteration has ended."""
        read = len(self._seen)
        return IntakeSummary(
            files=len(self.sources),
            read=read,
            rejected=0,
            duplicates=self._yielded - read,
            skipped=0,
            formats={LIBRARY: read} if read else {},
        )


SHOWN_PROBLEMS = 20
SHOWN_CHARACTERS = 80
Input = Intake | InlineTraces | LibraryTraces


def intake(
    state: DistillInput, runtime: Runtime[DistillSettings], *, models: Models = NO_MODELS
) -> DistillState:
    """Read, redact and stage the traces. Later nodes find them by the run's id.

    The settings are stored in the state; later nodes use these instead of the ones passed with the call.

    Raises:
        InputError: The input has no trace, or, if strict, any broken one.
        ModelError: A model is to be asked, and its package or its key is missing.
    """
    context = settings(runtime)
    kept = keep(context, models)
    if not context.only_plans:
        insist_on_models(context, models)
    known = KnownRecords()
    source = _source(state, context, known)
    run = uuid.uuid4().hex
    redactions: Counter[str] = Counter()
    held: list[str] = []
    with (
        models.library(context) as library,
        engine(context.engine, context.workers) as opened,
    ):
        level = library.redaction(context.redact, keep=not context.dry_run)
        known.start(library.increments.parts, [level, context.success_at, _mapping(context)])
        if isinstance(source, LibraryTraces):
            staged = library.stage_packed(run, _as_strict(source, level, redactions, runtime.stream_writer))
            trusted = library.quarantine.trusted(
                source.sources if context.trust else (), keep=not context.only_plans
            )
            held = take_over(library, source.sources, trusted)
            if not trusted.issuperset(each.key for each in source.sources):
                kept["review"] = True
        else:
            taken: dict[str, Cleaned] = {}
            cleaned = opened.map(partial(clean, level=level), shards(source))
            staged = library.stage_packed(run, _packed(cleaned, taken, runtime.stream_writer))
            for each in taken.values():
                redactions.update(each.removed)
            redactions.update(known.removed)
            if not context.only_plans:
                library.increments.note_records(_records(known, taken))
        library.note_arrivals(_doors(source, staged))
    counts = _counts(source, staged)
    if not counts.read:
        raise InputError(_nothing_read(source))
    return {
        "run": run,
        "settings": kept,
        "traces": [],
        "messages": [],
        "counts": plain(counts),
        "held": held,
        "redactions": dict(sorted(redactions.items())),
        "problems": [redact_path(str(each), level) for each in source.problems[:SHOWN_PROBLEMS]],
    }


def _mapping(context: DistillSettings) -> bytes:
    """The content of the mapping file, if there is one that can be read."""
    try:
        return Path(context.mapping).read_bytes() if context.mapping else b""
    except OSError:
        return b""  # what is wrong with it is told when it is read as a mapping


def _source(state: DistillInput, context: DistillSettings, known: KnownRecords) -> Input:
    paths, libraries = _texts("paths", state.get("paths")), _texts("libraries", state.get("libraries"))
    traces, messages = state.get("traces") or [], state.get("messages") or []
    if not isinstance(traces, list):
        raise InputError(f"traces is a list of traces in our own format, not {_shown(traces)}")
    if not isinstance(messages, list):
        raise InputError(f"messages is the list of one conversation's messages, not {_shown(messages)}")
    if sum(map(bool, (paths, traces, messages, libraries))) != 1:
        raise InputError('give either paths, traces, messages or libraries, e.g. {"paths": ["runs/"]}')
    if messages:
        traces = [Trace.from_messages(messages).model_dump(mode="json")]
    if libraries:
        return LibraryTraces(libraries)
    if traces:
        return InlineTraces(traces, success_at=context.success_at, strict=context.strict)
    return Intake(
        paths,
        mapping=Path(context.mapping) if context.mapping else None,
        success_at=context.success_at,
        outcomes=Path(context.outcomes) if context.outcomes else None,
        strict=context.strict,
        score=context.score,
        unit=context.unit,
        known=known,
    )


def _texts(name: str, given: object) -> list[str]:
    listed = [given] if isinstance(given, str) else given or []
    if isinstance(listed, list) and all(isinstance(each, str) for each in listed):
        return listed
    raise InputError(f'{name} is a list of texts, e.g. {{"{name}": ["runs/"]}}, not {_shown(given)}')


def _shown(given: object) -> str:
    return redact_text(json.dumps(given, default=repr))[:SHOWN_CHARACTERS]


def _as_strict(
    source: LibraryTraces, level: Level, redactions: Counter[str], write: StreamWriter
) -> Iterator[Packed]:
    """The traces of other libraries, redacted with this one's level."""
    strict = {each.redaction for each in source.sources} <= {level, "personal"}
    for done, packed in enumerate(source, 1):
        if done % SIZE == 0:
            write({"stage": "read", "done": done})
        if strict:
            yield packed
            continue
        (again,) = clean([unpack(packed.body)], level)
        redactions.update(again.removed)
        yield again.trace


def _packed(
    cleaned: Iterable[list[Cleaned]], taken: dict[str, Cleaned], write: StreamWriter
) -> Iterator[Packed]:
    """The traces as they are to be stored; what else is known of each goes to `taken`, by hash as read."""
    for shard in cleaned:
        for each in shard:
            taken[each.read_as] = each._replace(trace=each.trace._replace(body=b""))
            yield each.trace
        write({"stage": "read", "done": len(taken)})


def _records(known: KnownRecords, taken: Mapping[str, Cleaned]) -> dict[bytes, list[tuple[Part, str]]]:
    """What came of the records read now, with the hashes by which it is stored."""
    return {
        record: [
            (part._replace(removed=tuple(sorted(each.removed.items()))), each.trace.hash)
            for part in parts
            for each in [taken[part.hash]]
        ]
        for record, parts in known.noted.items()
        if all(part.hash in taken for part in parts)
    }


def _doors(source: Input, staged: Staged) -> dict[str, str]:
    """What took each new trace in. A trace that is redacted anew in a merge has another hash there."""
    default = {Intake: "distill", InlineTraces: "distill, given as objects", LibraryTraces: "skills merge"}
    known = source.doors if isinstance(source, LibraryTraces) else {}
    return {trace: known.get(trace, default[type(source)]) for trace in staged.new}


def _counts(source: Input, staged: Staged) -> TraceCounts:
    summary = source.summary
    read = summary.read + summary.duplicates
    return TraceCounts(
        read=read,
        rejected=summary.rejected,
        skipped_files=summary.skipped,
        duplicates=read - len(staged.new),
        new=len(staged.new),
        without_calls=summary.without_calls,
    )


def _nothing_read(source: Input) -> str:
    if isinstance(source, Intake):
        return source.nothing
    first = f"; the first problem: {source.problems[0]}" if source.problems else ""
    return f"no trace could be read ({source.summary.rejected} records rejected){first}"
