"""Traces in the library: staged, kept, found."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from trace2skill.errors import LibraryError
from trace2skill.evidence.rows import TraceFacts
from trace2skill.store.library import FILE, Library
from trace2skill.store.records import Commit, Staged
from trace2skill.traces.model import Trace


def test_staged_traces_belong_to_their_run(library: Library, make_trace: Callable[..., Trace]) -> None:
    """Others see them only after the commit."""
    trace = make_trace("t1")
    assert library.stage("run", [trace]) == Staged(new=(trace.hash,))
    assert library.trace_hashes() == []
    assert library.trace_hashes("other") == []
    assert library.trace_hashes("run") == [trace.hash]
    assert list(library.traces(run="run")) == [trace]
    library.commit(Commit(run="run"))
    assert library.trace_hashes() == [trace.hash]


def test_a_kept_trace_is_known_to_the_next_run(library: Library, make_trace: Callable[..., Trace]) -> None:
    """Staging tells new from known, and staging again answers the same."""
    old, new = make_trace("old"), make_trace("new")
    library.stage("first", [old])
    library.commit(Commit(run="first"))
    expected = Staged(new=(new.hash,), known=(old.hash,))
    assert library.stage("second", [old, new, old]) == expected
    assert library.stage("second", [new, old]) == expected


def test_a_trace_comes_back_as_it_was(library: Library, make_trace: Callable[..., Trace]) -> None:
    """Text in any script, nested observations and the content hash survive."""
    trace = make_trace("t1", value="数据 🎉 — “quoted”")
    library.stage("run", [trace])
    library.commit(Commit(run="run"))
    assert library.trace("t1") == trace
    assert library.trace("t1").hash == trace.hash


def test_traces_stream_sorted_by_hash(library: Library, make_trace: Callable[..., Trace]) -> None:
    """More than one chunk, in any order of staging; a choice of hashes gives only those."""
    traces = [make_trace(f"t{number}") for number in range(230)]
    library.stage("run", traces)
    hashes = sorted(trace.hash for trace in traces)
    assert [trace.hash for trace in library.traces(run="run")] == hashes
    assert [trace.hash for trace in library.traces(hashes[5:2:-1], run="run")] == hashes[3:6]


def test_an_unknown_hash_is_refused(library: Library) -> None:
    """Asking for a trace that is not there is an error, not an empty answer."""
    with pytest.raises(LibraryError, match="no trace feed"):
        list(library.traces(["feed"]))


def test_a_trace_is_found_by_hash_id_or_prefix(library: Library, make_trace: Callable[..., Trace]) -> None:
    """And nothing is found by an empty or unknown reference."""
    trace = make_trace("t1")
    library.stage("run", [trace])
    library.commit(Commit(run="run"))
    assert library.trace(trace.hash) == library.trace("t1") == library.trace(trace.hash[:6]) == trace
    for unknown in ("", "t", "zzz"):
        with pytest.raises(LibraryError, match="no trace"):
            library.trace(unknown)


def test_an_id_that_several_traces_share_is_refused(
    library: Library, make_trace: Callable[..., Trace]
) -> None:
    """The message lists the hashes to choose from."""
    one, two = make_trace("t", value="1"), make_trace("t", value="2")
    library.stage("run", [one, two])
    library.commit(Commit(run="run"))
    with pytest.raises(LibraryError, match=f"several traces.*{min(one.hash, two.hash)}"):
        library.trace("t")


def test_traces_need_not_be_kept(
    library: Library, make_trace: Callable[..., Trace], make_facts: Callable[..., TraceFacts]
) -> None:
    """Then their facts remain, and asking for the steps says why there are none."""
    trace = make_trace("t1")
    library.stage("run", [trace])
    library.commit(Commit(run="run", facts=(make_facts(trace.hash),), keep_traces=False))
    assert library.trace_hashes("run") == []
    with pytest.raises(LibraryError, match="steps were not kept"):
        library.trace(trace.hash)


def test_unstage_drops_only_that_run(library: Library, make_trace: Callable[..., Trace]) -> None:
    """Another run's stage of the same trace stays."""
    trace = make_trace("t1")
    library.stage("one", [trace])
    library.stage("two", [trace])
    library.unstage("one")
    assert library.trace_hashes("one") == []
    assert library.trace_hashes("two") == [trace.hash]


def test_a_dead_runs_stage_goes_after_a_week(tmp_path: Path, make_trace: Callable[..., Trace]) -> None:
    """Anybody's next commit sweeps it, without that being a change."""
    with Library(tmp_path) as library:
        library.stage("dead", [make_trace("t1")])
        library.stage("alive", [make_trace("t2")])
        with sqlite3.connect(tmp_path / FILE) as file:
            file.execute("UPDATE staged SET touched = touched - 8 * 24 * 3600 WHERE run = 'dead'")
        file.close()
        assert library.commit(Commit(run="third")) == 0
        assert library.trace_hashes("dead") == []
        assert len(library.trace_hashes("alive")) == 1
