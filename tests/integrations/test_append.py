"""Lines added to a shared file."""

import resource
import threading
from pathlib import Path

import pytest

from trace2skill.integrations.trace_log import append_line


def test_a_line_goes_to_the_end(tmp_path: Path) -> None:
    """Of a file that is made, with its folder, if absent."""
    file = tmp_path / "new" / "runs.jsonl"
    append_line(file, b"one")
    append_line(file, b"two")
    assert file.read_bytes() == b"one\ntwo\n"


def test_a_torn_line_is_ended_first(tmp_path: Path) -> None:
    """What a crash left does not swallow the next line."""
    file = tmp_path / "runs.jsonl"
    file.write_bytes(b"one\nhal")
    append_line(file, b"two")
    assert file.read_bytes() == b"one\nhal\ntwo\n"


def test_lines_of_many_writers_are_whole(tmp_path: Path) -> None:
    """However long they are."""
    file = tmp_path / "runs.jsonl"
    lines = [bytes([ord("a") + number]) * 200_000 for number in range(8)]
    writers = [threading.Thread(target=append_line, args=(file, line)) for line in lines]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(30)
    assert sorted(file.read_bytes().splitlines()) == lines


def test_a_line_that_does_not_fit_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """The error says so."""
    file = tmp_path / "runs.jsonl"
    append_line(file, b"one")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        with pytest.raises(OSError, match="only 6 of 13 bytes fit"):
            append_line(file, b"two and more")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert file.read_bytes() == b"one\n"
