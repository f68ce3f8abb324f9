"""Traces out of files of spans: the spans of a run may lie anywhere in a file, and in several."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import orjson
from pydantic import JsonValue, ValidationError

from trace2skill.traces.assembly import Assembly
from trace2skill.traces.files import Record
from trace2skill.traces.judgements import Judging
from trace2skill.traces.model import Source, Trace
from trace2skill.traces.problem import Dropped, Problem, Scope, describe
from trace2skill.traces.run_store import MOST_HELD, RunStore, weight
from trace2skill.traces.spans import Kind, MessagePool, Span, united
from trace2skill.traces.spread import Run, Spread

NO_CONTENT = (
    "Switch the recording of messages and tool arguments on in the instrumentation, and record again."
)
TOO_DEEP = ("a value is nested too deeply", "Flatten it or drop it.")
Read = Trace | Problem | Dropped


class SpanReader:
    """Reads one format of spans. One trace is one run, or the runs of a thread that carry each other on.

    Args:
        name: The format's name, as reports show it.
        judged: What the format calls what is said of a run: feedback, score, annotation or assessment.
        recognises: Whether a JSON value of a file is of this format.
        spans: The spans of a JSON value, or what log records say of them; other values are passed over.
        whole: Whether a record holds whole runs, so that they need not be kept to the end of the file.
            By default none does.
    """

    def __init__(
        self,
        name: str,
        judged: str,
        recognises: Callable[[JsonValue], bool],
        spans: Callable[[JsonValue, MessagePool], Iterable[Span | Dropped]],
        *,
        whole: Callable[[JsonValue], bool] | None = None,
    ) -> None:
        self.NAME = name
        self.recognises = recognises
        self._judged = judged
        self._spans = spans
        self._whole = whole

    def read_all(
        self, records: Iterable[Record | Problem], judging: Judging, spread: Spread | None = None
    ) -> Iterator[Read]:
        """The traces of a file, in the order in which their runs are first met.

        What cannot be used is yielded as a `Problem`, what is in no trace is counted as `Dropped`. A file of
        which nothing but that comes is a `Problem` itself.

        Args:
            records: The file's.
            judging: How outcomes are told.
            spread: Keeps the runs that go on in a later file; they come with the last.
        """
        path, useful = "", False
        for entry in self._read(records, judging, spread):
            if isinstance(entry, str):
                path = entry
            else:
                useful = useful or not isinstance(entry, Dropped)
                yield entry
        useful = useful or (spread is not None and spread.holds_of(path))
        if path and not useful:
            told = "none of its spans is of a model or a tool"
            yield Problem(path, "", told, "Export the runs of an agent with all their spans.", Scope.FILE)

    def read_rest(self, judging: Judging, spread: Spread) -> Iterator[Read]:
        """The runs that are still kept once every file was read."""
        runs = spread.rest(self.NAME)
        yield from self._traces(runs[0].path if runs else "", runs, judging, RunStore())

    def _read(
        self, records: Iterable[Record | Problem], judging: Judging, spread: Spread | None
    ) -> Iterator[Read | str]:
        """As `read_all`, and the path of the file, once it is known."""
        store = RunStore()
        pool, held = MessagePool(), 0
        path = ""
        for record in records:
            if isinstance(record, Problem):
                yield record
                continue
            if not path:
                yield record.path
            path = record.path
            before = len(store.runs)
            try:
                found = list(self._spans(record.value, pool))
            except (RecursionError, orjson.JSONEncodeError):
                yield Problem(path, record.inside(""), *TOO_DEEP)
                continue
            yield from (each for each in found if isinstance(each, Dropped))
            whole = bool(self._whole and self._whole(record.value))
            for span in (each for each in found if not isinstance(each, Dropped)):
                kept = spread.runs(self.NAME, span.trace, path) if spread and not whole else None
                store.add(span, path, record.where, store.runs if kept is None else kept)
                held += weight(span)
            if early := spread.overfull(self.NAME) if spread else []:
                yield Dropped("runs that were not kept until their last file", len(early))
                yield from self._traces(path, early, judging, store)
            if not found and record.value not in ([], {}):
                fix = f"Mend or remove this record ({self.NAME})."
                yield Problem(path, record.inside(""), "it holds no span with an id and a trace", fix)
            if len(store.runs) > before and whole:
                loose = [key for key, run in store.runs.items() if not (run.parts or run.thread)]
                yield from self._traces(path, [store.runs.pop(key) for key in loose], judging, store)
                pool, held = (pool, held) if store.runs else (MessagePool(), 0)
            if held + pool.size > MOST_HELD:
                store.put_aside()
                pool, held = MessagePool(), 0
        due = spread.due(self.NAME, path) if spread else []
        yield from self._traces(path, [*due, *store.runs.values()], judging, store)
        store.close()

    def _traces(self, path: str, runs: Sequence[Run], judging: Judging, store: RunStore) -> Iterator[Read]:
        """Runs as traces; those of a thread together, where one repeats what the one before it said."""
        threads: dict[str, list[Run]] = {}
        for number, run in enumerate(runs):
            threads.setdefault(store.thread(run) or f"\0{number}", []).append(run)
        for thread in threads.values():
            for run in thread:
                store.load(run)
            try:
                yield from self._thread(path, thread, judging)
            except (RecursionError, orjson.JSONEncodeError):
                yield Problem(path, thread[0].where or "document", *TOO_DEEP)
            for run in thread:
                run.spans = []

    def _thread(self, path: str, thread: Sequence[Run], judging: Judging) -> Iterator[Read]:
        assembly = Assembly()
        joined: list[Run] = []
        for run in sorted(thread, key=_begun):
            run.spans = united(run.spans)
            if joined and not assembly.carried_on_by(run.spans):
                yield from self._assembled(path, assembly, joined, judging)
                assembly, joined = Assembly(), []
            assembly.add(run.spans)
            joined.append(run)
        yield from self._assembled(path, assembly, joined, judging)

    def _assembled(
        self, path: str, assembly: Assembly, runs: Sequence[Run], judging: Judging
    ) -> Iterator[Read]:
        if judging.unit == "run":
            for number, run in enumerate(runs, start=1):
                yield self._trace(path, assembly, [run], judging, number)
        else:
            yield self._trace(path, assembly, runs, judging)
        yield from (Dropped(what, count) for what, count in sorted(assembly.dropped.items()) if count)

    def _trace(
        self,
        path: str,
        assembly: Assembly,
        runs: Sequence[Run],
        judging: Judging,
        number: int | None = None,
    ) -> Read:
        first = runs[0]
        where = " ".join(filter(None, (first.where, f"run {first.number}")))
        try:
            steps = assembly.steps(number)
            if not steps:
                return _nothing(path, where, first.spans)
            trace = Trace(
                id=first.root.trace,
                task=assembly.request(number) or first.root.request,
                task_key=first.root.task_key,
                steps=steps,
                tools=tuple(assembly.tools.values()),
                instructions=assembly.instructions,
                skills=tuple(each for _, each in sorted(assembly.skills.items())),
                outcome=judging.outcome(
                    [each for run in runs for span in run.spans for each in span.judged],
                    [identity for run in runs for identity in _identities(run)],
                    self._judged,
                ),
                source=Source(format=self.NAME, path=first.path, record=where),
            )
            _ = trace.hash
        except ValidationError as error:
            return Problem(path, where, describe(error), f"Mend or remove this record ({self.NAME}).")
        return trace


def _begun(run: Run) -> float:
    starts = [span.start.timestamp() for span in run.spans if span.start]
    return min(starts, default=0.0)


def _identities(run: Run) -> Iterator[str]:
    """The ids under which a run is judged: its own, that of its root, that of its thread."""
    yield from dict.fromkeys((run.spans[0].trace, run.root.id, run.thread))


def _nothing(path: str, where: str, spans: Sequence[Span]) -> Problem | Dropped:
    """What a run without a step is: one whose content was not recorded, or none of an agent."""
    models = sum(span.kind is Kind.MODEL for span in spans)
    if models:
        told = f"no message is recorded in its {models} model calls, and no tool was run"
        return Problem(path, where, told, NO_CONTENT)
    return Dropped("runs without a model or a tool", 1)
