"""A thousand broken inputs: each is read or reported, none crashes or hangs."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.mutations import MUTATIONS, mutated
from trace2skill.graph.run import distill
from trace2skill.store.library import Library
from trace2skill.traces.read import Intake
from trace2skill.traces.redact import redact

pytestmark = pytest.mark.faults

COUNT = 1000
SECONDS = 10


@contextmanager
def limited(seconds: int) -> Iterator[None]:
    """Raise where it takes longer."""

    def late(*_: object) -> None:
        raise TimeoutError(f"longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("kind", range(len(MUTATIONS)), ids=[each.__name__ for each in MUTATIONS])
def test_every_input_is_read_or_reported(tmp_path: Path, kind: int) -> None:
    """Something comes of each, in time; an empty list of simulations is nothing to report."""
    path = tmp_path / "input"
    for number in range(kind, COUNT, len(MUTATIONS)):
        path.write_bytes(mutated(number))
        with limited(SECONDS):
            intake = Intake(path)
            traces = [redact(trace)[0] for trace in intake]
        nothing = b'"simulations": []' in path.read_bytes() or path.read_bytes().strip() in (b"[]", b"{}")
        assert traces or intake.problems or nothing, f"input {number} was lost"


def test_all_of_them_are_distilled_at_once(tmp_path: Path) -> None:
    """What can be read is kept, the rest is counted, and the library is whole."""
    folder = tmp_path / "runs"
    folder.mkdir()
    for number in range(COUNT):
        (folder / f"{number:04}").write_bytes(mutated(number))
    with limited(300):
        report = distill(folder, library=tmp_path / "library")
    assert report.traces.new > 100
    assert report.traces.rejected + report.traces.skipped_files > 100
    assert not report.failures
    with Library(tmp_path / "library", create=False) as library:
        assert len(library.trace_hashes()) == report.traces.new
