"""Intake: read the input, remove secrets, and put the traces aside in the library."""

import json
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from langgraph.runtime import Runtime
from langgraph.types import StreamWriter

from trace2skill.errors import InputError
from trace2skill.nodes.askers import NO_MODELS, Models, insist_on_models
from trace2skill.nodes.context import DistillContext, settings
from trace2skill.nodes.engines import engine
from trace2skill.nodes.inline import InlineTraces
from trace2skill.nodes.kept import keep
from trace2skill.nodes.libraries import LibraryTraces, take_over
from trace2skill.nodes.report import TraceCounts, plain
from trace2skill.nodes.shards import Cleaned, clean, shards
from trace2skill.nodes.state import DistillInput, DistillState
from trace2skill.store.library import Library
from trace2skill.store.records import Staged
from trace2skill.store.traces import Packed
from trace2skill.traces.read import Intake
from trace2skill.traces.redact import redact_text

SHOWN_PROBLEMS = 20
SHOWN_CHARACTERS = 80
Source = Intake | InlineTraces | LibraryTraces


def intake(
    state: DistillInput, runtime: Runtime[DistillContext], *, models: Models = NO_MODELS
) -> DistillState:
    """Read, redact and stage. From here on the state knows the traces by the name of the run alone.

    The settings are kept with the run: this is the only node that looks at those that came with the call.

    Raises:
        InputError: The input names no trace, or, if strict, any of it is broken.
        ModelError: A model is to be asked, and its package or its key is missing.
    """
    context = settings(runtime)
    kept = keep(context, models)
    source = _source(state, context)
    if not context.dry_run:
        insist_on_models(context, models)
    run = uuid.uuid4().hex
    redactions: Counter[str] = Counter()
    embedding = models.embedding or context.embedding
    with (
        Library(context.library, embedding=embedding) as library,
        engine(context.engine, context.workers) as opened,
    ):
        if isinstance(source, LibraryTraces):
            staged = library.stage_packed(run, source)
            take_over(library, source.sources)
        else:
            cleaned = opened.map(clean, shards(source))
            staged = library.stage_packed(run, _packed(cleaned, redactions, runtime.stream_writer))
    counts = _counts(source, staged)
    if not counts.read:
        raise InputError(_nothing_read(source))
    return {
        "run": run,
        "settings": kept,
        "traces": [],
        "counts": plain(counts),
        "redactions": dict(sorted(redactions.items())),
        "problems": [str(problem) for problem in source.problems[:SHOWN_PROBLEMS]],
    }


def _source(state: DistillInput, context: DistillContext) -> Source:
    paths, libraries = _texts("paths", state.get("paths")), _texts("libraries", state.get("libraries"))
    traces = state.get("traces") or []
    if not isinstance(traces, list):
        raise InputError(f"traces is a list of traces in our own format, not {_shown(traces)}")
    if sum(map(bool, (paths, traces, libraries))) != 1:
        raise InputError('give either paths, traces or libraries, e.g. {"paths": ["runs/"]}')
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
    )


def _texts(name: str, given: object) -> list[str]:
    listed = [given] if isinstance(given, str) else given or []
    if isinstance(listed, list) and all(isinstance(each, str) for each in listed):
        return listed
    raise InputError(f'{name} is a list of texts, e.g. {{"{name}": ["runs/"]}}, not {_shown(given)}')


def _shown(given: object) -> str:
    return redact_text(json.dumps(given, default=repr))[:SHOWN_CHARACTERS]


def _packed(cleaned: Iterable[Cleaned], redactions: Counter[str], write: StreamWriter) -> Iterator[Packed]:
    done = 0
    for traces, removed in cleaned:
        redactions.update(removed)
        done += len(traces)
        write({"stage": "read", "done": done})
        yield from traces


def _counts(source: Source, staged: Staged) -> TraceCounts:
    summary = source.summary
    read = summary.read + summary.duplicates
    return TraceCounts(
        read=read,
        rejected=summary.rejected,
        skipped_files=summary.skipped,
        duplicates=read - len(staged.new),
        new=len(staged.new),
    )


def _nothing_read(source: Source) -> str:
    if isinstance(source, Intake):
        return source.nothing
    first = f"; the first problem: {source.problems[0]}" if source.problems else ""
    return f"no trace could be read ({source.summary.rejected} records rejected){first}"
