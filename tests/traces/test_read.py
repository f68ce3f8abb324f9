"""Reading files: recognition, compression, broken input, duplicates, outcomes."""

import gzip
import secrets
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from trace2skill.errors import InputError
from trace2skill.traces.decoding import read_lines
from trace2skill.traces.model import Label, Trace
from trace2skill.traces.problem import Scope
from trace2skill.traces.read import Intake, read_traces

ONE = '{"schema_version": 1, "id": "one", "outcome": {"score": 0.5}, "steps": []}'
TWO = '{"schema_version": 1, "id": "two", "steps": [{"index": 0, "text": "hello"}]}'


def intake_of(folder: Path, content: str | bytes, name: str = "traces.txt") -> tuple[list[Trace], Intake]:
    """Read a file of this content."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    intake = Intake(path)
    return list(intake), intake


def test_lines_are_read_with_their_numbers(tmp_path: Path) -> None:
    """The record of a trace names its line."""
    traces, intake = intake_of(tmp_path, f"{ONE}\n\n{TWO}\n")
    assert [(trace.id, trace.source.record) for trace in traces] == [("one", "line 1"), ("two", "line 3")]
    assert intake.summary.formats == {"trace2skill": 2}


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
def test_compression_is_found_by_content(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """A misleading file name does not matter; members may follow each other."""
    traces, _ = intake_of(tmp_path, pack(f"{ONE}\n".encode()) + pack(TWO.encode()), name="plain.json")
    assert [trace.id for trace in traces] == ["one", "two"]


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
def test_members_may_begin_anywhere_and_be_padded(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """Also where the data is read in pieces, and behind zeros, which tapes and block devices leave."""
    for size in range(950, 1060, 3):
        first = f'{{"schema_version": 1, "id": "{secrets.token_hex(size)}", "steps": []}}\n'.encode()
        traces, intake = intake_of(tmp_path, pack(first) + pack(TWO.encode()) + bytes(3000))
        assert [trace.id for trace in traces][1:] == ["two"]
        assert intake.problems == []


def test_data_that_was_packed_tightly_is_read_in_bounded_memory(tmp_path: Path) -> None:
    """A few kilobytes that become 160 MB."""
    path = tmp_path / "x.jsonl"
    line = b" " * (1 << 20) + b"\n"
    packer = zstandard.ZstdCompressor().compressobj()
    path.write_bytes(b"".join(packer.compress(line) for _ in range(160)) + packer.flush())
    tracemalloc.start()
    lines = sum(1 for _ in read_lines(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert lines == 160
    assert path.stat().st_size < 100_000
    assert peak < 32 << 20


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
def test_a_cut_compressed_file_is_reported(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """What broke off is said, not raised."""
    traces, intake = intake_of(tmp_path, pack(TWO.encode())[:-4])
    assert traces == []
    assert "breaks off" in intake.problems[0].message


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (b'{"schema_version', "not valid JSON"),
        (b"garbage", "not valid JSON"),
        (b"\0\0", "NUL"),
        (b"\xff{}", "not valid UTF-8"),
        (b"[" * 5000, "not valid JSON"),
        (b'{"schema_version": 2, "id": "x", "steps": []}', "schema_version"),
        (b'{"schema_version": 1, "id": "x", "steps": [{"index": 4}]}', "steps[0].index is 4"),
        (b'{"schema_version": 1, "id": "x", "step": []}', "step: Extra inputs"),
    ],
)
@pytest.mark.parametrize("first", [True, False], ids=["first line", "later line"])
def test_a_broken_line_is_reported_and_the_rest_read(
    tmp_path: Path, bad: bytes, message: str, first: bool
) -> None:
    """One bad line costs one record, also when it is the first."""
    lines = [bad, ONE.encode()] if first else [ONE.encode(), bad]
    traces, intake = intake_of(tmp_path, b"\n".join([*lines, TWO.encode()]))
    assert [trace.id for trace in traces] == ["one", "two"]
    assert (intake.summary.read, intake.summary.rejected) == (2, 1)
    assert message in intake.problems[0].message
    assert intake.problems[0].record == ("line 1" if first else "line 2")


def test_an_observation_nested_too_deeply_is_reported(tmp_path: Path) -> None:
    """Depth that cannot be validated costs the record, not the run."""
    deep = (
        '{"schema_version": 1, "id": "x", "steps": [{"index": 0, "observation": '
        + "[" * 500
        + "]" * 500
        + "}]}"
    )
    traces, intake = intake_of(tmp_path, f"{deep}\n{ONE}")
    assert [trace.id for trace in traces] == ["one"]
    assert intake.summary.rejected == 1


@pytest.mark.parametrize("content", ["", "\n \n", "some prose\nand more", "[]", "3", "\x89PNG\r\n\x1a\n"])
def test_a_file_that_holds_no_traces_is_skipped(tmp_path: Path, content: str) -> None:
    """An unrecognised or empty file is one problem."""
    traces, intake = intake_of(tmp_path, content)
    assert traces == []
    assert [problem.scope for problem in intake.problems] == [Scope.FILE]
    assert intake.summary.skipped == 1


def test_a_folder_is_read_recursively_and_sorted(tmp_path: Path) -> None:
    """Files come in path order; what is no trace is reported, hidden files are passed over."""
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "x.jsonl").write_text(TWO)
    (tmp_path / "a.json").write_text(ONE)
    (tmp_path / "notes.md").write_text("# Notes")
    (tmp_path / ".hidden").write_text("nothing")
    intake = Intake(tmp_path)
    assert [trace.id for trace in intake] == ["one", "two"]
    assert [Path(problem.path).name for problem in intake.problems] == ["notes.md"]


def test_globs_and_repeated_paths(tmp_path: Path) -> None:
    """A glob is expanded, and a file named twice is read once."""
    (tmp_path / "a.json").write_text(ONE)
    (tmp_path / "b.json").write_text(TWO)
    traces = read_traces([str(tmp_path / "*.json"), tmp_path / "a.json"])
    assert [trace.id for trace in traces] == ["one", "two"]


@pytest.mark.parametrize("name", ["missing.json", "*.nothing"])
def test_a_path_that_is_not_there_stops(tmp_path: Path, name: str) -> None:
    """The message names the path, before anything is read."""
    with pytest.raises(InputError, match="no such file"):
        read_traces(tmp_path / name)


def test_the_same_run_twice_is_read_once(tmp_path: Path) -> None:
    """Duplicates are counted, whatever file they stand in."""
    (tmp_path / "a.jsonl").write_text(f"{ONE}\n{ONE}")
    (tmp_path / "b.jsonl").write_text(ONE)
    intake = Intake(tmp_path)
    assert len(list(intake)) == 1
    assert intake.summary.duplicates == 2


def test_strict_raises_at_the_first_problem(tmp_path: Path) -> None:
    """The error names file, line and fix."""
    path = tmp_path / "a.jsonl"
    path.write_text(f"{ONE}\n{{broken\n{TWO}")
    with pytest.raises(InputError, match=r"a\.jsonl, line 2: not valid JSON .* Mend or remove the line"):
        list(read_traces(path, strict=True))


def test_problems_are_passed_on(tmp_path: Path) -> None:
    """`on_problem` sees each problem as it is met."""
    path = tmp_path / "a.jsonl"
    path.write_text(f"{ONE}\n{{broken")
    seen = []
    list(read_traces(path, on_problem=seen.append))
    assert [problem.record for problem in seen] == ["line 2"]


@pytest.mark.parametrize(("threshold", "label"), [(0.5, Label.SUCCESS), (0.6, Label.FAILURE)])
def test_success_at_judges_scores_anew(tmp_path: Path, threshold: float, label: Label) -> None:
    """The threshold given wins over the data's own label."""
    path = tmp_path / "a.json"
    path.write_text(ONE)
    (trace,) = read_traces(path, success_at=threshold)
    assert trace.outcome.label is label


OUTCOMES = [
    ("id,success\none,true\ntwo,no\n", {"one": Label.SUCCESS, "two": Label.FAILURE}),
    ("id,score\none,1.0\ntwo,0.4\n", {"one": Label.SUCCESS, "two": Label.FAILURE}),
    (
        '{"id": "one", "success": false}\n{"id": "two", "score": 1}',
        {"one": Label.FAILURE, "two": Label.SUCCESS},
    ),
]


@pytest.mark.parametrize(("content", "labels"), OUTCOMES)
def test_outcomes_come_from_a_file(tmp_path: Path, content: str, labels: dict[str, Label]) -> None:
    """CSV and JSON lines override what the data says."""
    (tmp_path / "t.jsonl").write_text(f"{ONE}\n{TWO}")
    (tmp_path / "o.csv").write_text(content)
    traces = read_traces(tmp_path / "t.jsonl", outcomes=tmp_path / "o.csv")
    assert {trace.id: trace.outcome.label for trace in traces} == labels


def test_bad_and_unmatched_outcomes_are_reported(tmp_path: Path) -> None:
    """A line that says nothing, one given twice, and an id no trace has."""
    (tmp_path / "t.jsonl").write_text(ONE)
    (tmp_path / "o.csv").write_text("id,success\none,perhaps\none,true\none,false\nnobody,true\n")
    intake = Intake(tmp_path / "t.jsonl", outcomes=tmp_path / "o.csv")
    (trace,) = intake
    assert trace.outcome.label is Label.SUCCESS
    assert [(problem.record, problem.message) for problem in intake.problems] == [
        ("line 2", "no id, or no readable success or score"),
        ("line 4", "this id was given on an earlier line"),
        ("line 5", "no trace has this id"),
    ]


def test_outcomes_without_a_header_stop(tmp_path: Path) -> None:
    """A CSV file that cannot be understood is not half used."""
    (tmp_path / "t.jsonl").write_text(ONE)
    (tmp_path / "o.csv").write_text("one,true\n")
    with pytest.raises(InputError, match="no header"):
        read_traces(tmp_path / "t.jsonl", outcomes=tmp_path / "o.csv")


def test_a_changed_outcome_changes_the_hash(tmp_path: Path) -> None:
    """The identity of a trace covers the outcome that was given beside it."""
    (tmp_path / "t.jsonl").write_text(TWO)
    (tmp_path / "o.csv").write_text("id,success\ntwo,true\n")
    (plain,) = read_traces(tmp_path / "t.jsonl")
    (labelled,) = read_traces(tmp_path / "t.jsonl", outcomes=tmp_path / "o.csv")
    assert plain.hash != labelled.hash


@pytest.mark.parametrize(
    ("content", "message", "fix"),
    [
        (f"{ONE}\n{TWO}".encode("utf-16"), "the file is UTF-16", "iconv -f UTF-16"),
        (
            '{"id": "东西", "steps": []}\n{"id": "二", "steps": []}'.encode("gb18030"),
            "not valid UTF-8",
            "iconv",
        ),
        ('{\n "id": "东西",\n "steps": []\n}'.encode("gb18030"), "not valid UTF-8", "iconv"),
        (b"PK\x03\x04\x14\0\0\0log.json", "the file is a ZIP archive", "Unpack it"),
        (b'{"id": "a", "success": true}\n{"id": "b", "score": 0}\n', "it holds outcomes by id", "--outcomes"),
        (b"id,success\na,1\n", "it holds outcomes by id", "--outcomes"),
        (b"# Notes\n\nNothing here is a trace.\n", "no reader recognises the content", "Known formats"),
    ],
    ids=["utf-16", "lines of gb18030", "a document of gb18030", "zip", "outcomes", "table", "prose"],
)
def test_another_encoding_is_named_with_the_fix(
    tmp_path: Path, content: bytes, message: str, fix: str
) -> None:
    """Not "no reader recognises the content": what is wrong, and the command that mends it."""
    traces, intake = intake_of(tmp_path, content)
    (problem,) = intake.problems
    assert (traces, problem.scope) == ([], Scope.FILE)
    assert message in problem.message
    assert fix in problem.fix


def test_paths_may_be_texts(tmp_path: Path) -> None:
    """Of the traces, the mapping and the outcomes, as people write them."""
    (tmp_path / "runs.jsonl").write_text('{"steps": [{"command": "open"}], "id": "a"}')
    (tmp_path / "map.toml").write_text('[trace]\nsteps = "steps"\nid = "id"\n[step]\naction = "command"\n')
    (tmp_path / "outcomes.csv").write_text("id,success\na,1\n")
    (trace,) = read_traces(
        str(tmp_path / "runs.jsonl"),
        mapping=str(tmp_path / "map.toml"),
        outcomes=str(tmp_path / "outcomes.csv"),
    )
    assert trace.outcome.label is Label.SUCCESS


def test_a_file_of_no_runs_is_reported(tmp_path: Path) -> None:
    """As results of a benchmark that was stopped before its first run: read, and nothing in it."""
    (tmp_path / "results.json").write_text('{"info": {}, "tasks": [], "simulations": []}')
    source = Intake(tmp_path)
    assert list(source) == []
    (problem,) = source.problems
    assert (problem.scope, problem.message) == (Scope.FILE, "it holds no run (tau2)")
