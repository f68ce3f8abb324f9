"""Files that are none, bombs, encodings, broken JSON: what the user is told; the good rest is read."""

import gzip
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from trace2skill.errors import InputError, SettingError
from trace2skill.traces import limits
from trace2skill.traces.beside import find_judgements
from trace2skill.traces.model import Label
from trace2skill.traces.problem import Problem, Scope
from trace2skill.traces.read import Intake

GOOD = '{"schema_version": 1, "id": "good", "outcome": {"score": 0.5}, "steps": []}'
Make = Callable[[Path], object]


def read(folder: Path) -> list[Problem]:
    """The problems of a folder, of which the one good file is read all the same."""
    (folder / "good.json").write_text(GOOD)
    intake = Intake(folder)
    assert [trace.id for trace in intake] == ["good"]
    return intake.problems


def told(folder: Path) -> str:
    """The one problem of a folder, as the user sees it, without the folder's own name."""
    (problem,) = read(folder)
    assert problem.scope is Scope.FILE
    return str(problem).replace(f"{folder}/", "")


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    """It would wait for a writer for ever."""
    os.mkfifo(tmp_path / "x.json")
    assert told(tmp_path) == "x.json: it is a pipe, not a file. Write what it gives to a file, and name that."


def test_a_socket_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said."""
    monkeypatch.chdir(tmp_path)  # a socket's path may have a hundred characters
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("x.json")
        assert "it is a socket, not a file" in told(tmp_path)


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/tty"])
def test_a_device_is_not_read(device: str) -> None:
    """One never ends, the other waits for keys."""
    intake = Intake(device)
    assert list(intake) == []
    assert [each.message for each in intake.problems] == ["it is a device, not a file"]


@pytest.mark.parametrize(
    ("make", "told_of"),
    [
        (
            lambda path: path.symlink_to(path),
            "x.json: cannot be read (Too many levels of symbolic links). Mend the link.",
        ),
        (
            lambda path: path.symlink_to("nowhere"),
            "x.json: cannot be read (No such file or directory). It is gone",
        ),
        (
            lambda path: path.symlink_to("/etc/hostname"),
            "x.json: a link out of the folder is not followed. Name what",
        ),
        (lambda path: path.symlink_to("/etc"), "x.json: a link out of the folder is not followed. Name what"),
        (lambda path: path.symlink_to("../x"), "x.json: a link out of the folder is not followed. Name what"),
    ],
    ids=["loop", "dangling", "to a file outside", "to a folder outside", "to its neighbour"],
)
def test_links_that_lead_astray_are_told(tmp_path: Path, make: Make, told_of: str) -> None:
    """Nothing outside of the folder is read."""
    (tmp_path / "x").write_text(GOOD.replace("good", "outside"))
    folder = tmp_path / "runs"
    folder.mkdir()
    make(folder / "x.json")
    assert told(folder).startswith(told_of)


def test_links_inside_a_folder_are_followed(tmp_path: Path) -> None:
    """Each file once; a link to the folder itself does not lead round."""
    (tmp_path / "a.json").symlink_to("good.json")
    (tmp_path / "round").symlink_to(tmp_path)
    assert read(tmp_path) == []


def test_a_link_that_is_named_is_followed(tmp_path: Path) -> None:
    """Whoever names it means what it leads to."""
    (tmp_path / "good.json").write_text(GOOD)
    (tmp_path / "link").symlink_to("good.json")
    assert [trace.id for trace in Intake(tmp_path / "link")] == ["good"]


def test_a_folder_with_the_name_of_a_file_is_a_folder(tmp_path: Path) -> None:
    """What lies in it is read."""
    (tmp_path / "x.json").mkdir()
    assert read(tmp_path) == []
    (tmp_path / "x.json" / "y.json").write_text(GOOD.replace("good", "inner"))
    assert [trace.id for trace in Intake(tmp_path)] == ["good", "inner"]


UNPRIVILEGED = """
import sys
from trace2skill.traces.read import Intake
intake = Intake(sys.argv[1])
print([trace.id for trace in intake], *intake.problems, sep="\\n")
"""


def test_what_may_not_be_read_is_told(tmp_path: Path) -> None:
    """A file, and a folder with all that is in it; root heeds no modes, so it lays its powers down."""
    (tmp_path / "good.json").write_text(GOOD)
    (tmp_path / "x.json").write_text(GOOD)
    (tmp_path / "closed").mkdir()
    for name in ("x.json", "closed"):
        (tmp_path / name).chmod(0)
    line = [sys.executable, "-c", UNPRIVILEGED, str(tmp_path)]
    if os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("root heeds no modes, and there is no setpriv")
        line = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *line]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    (tmp_path / "closed").chmod(0o700)
    assert done.stdout.replace(f"{tmp_path}/", "").splitlines() == [
        "['good']",
        "closed: cannot be read (Permission denied). Check the permissions.",
        "x.json: cannot be read (Permission denied). Check the permissions.",
    ]


ENCODED = [
    ("utf-16", "the file is UTF-16, not UTF-8. Convert it to UTF-8, e.g. iconv -f UTF-16 -t UTF-8."),
    ("utf-16-le", "the file is UTF-16, not UTF-8. Convert it to UTF-8, e.g. iconv -f UTF-16LE -t UTF-8."),
    ("utf-16-be", "the file is UTF-16, not UTF-8. Convert it to UTF-8, e.g. iconv -f UTF-16BE -t UTF-8."),
    ("utf-32", "the file is UTF-32, not UTF-8. Convert it to UTF-8, e.g. iconv -f UTF-32 -t UTF-8."),
    ("gbk", "iconv -f GB18030 -t UTF-8."),
    ("cp1252", "iconv -f WINDOWS-1252 -t UTF-8."),
]


@pytest.mark.parametrize(("encoding", "fix"), ENCODED)
def test_encodings_are_told_apart(tmp_path: Path, encoding: str, fix: str) -> None:
    """By their marks, by where zeros stand, by whether bytes pair; the command that mends it is given."""
    text = "Überprüfe die Tür für Frau Müller" if encoding == "cp1252" else "请把门打开, 然后关上"
    line = json.dumps({"schema_version": 1, "id": text, "steps": []}, ensure_ascii=False)
    (tmp_path / "x.json").write_bytes(f"{line}\n{line}".encode(encoding))
    assert told(tmp_path).endswith(fix)


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    """As Windows writes it."""
    (tmp_path / "x.json").write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert read(tmp_path) == []


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("indent", [None, 1], ids=["a line", "a document"])
def test_what_is_no_number_is_null(tmp_path: Path, number: str, indent: int | None) -> None:
    """Python writes NaN into JSON; a score of NaN is no score."""
    run = {"id": "x", "task_id": 1, "messages": [{"role": "user", "content": "NaN, she said"}]}
    whole = {"simulations": [{**run, "reward_info": {"reward": float(number)}}], "tasks": []}
    (tmp_path / "x.json").write_text(json.dumps(whole, indent=indent))
    (trace,) = Intake(tmp_path)
    assert trace.outcome.label is Label.UNKNOWN
    assert trace.task == "NaN, she said"


def test_of_keys_that_stand_twice_the_last_counts(tmp_path: Path) -> None:
    """As in every JSON reader."""
    (tmp_path / "x.json").write_text(GOOD.replace('"id": "good"', '"id": "first", "id": "good"'))
    assert read(tmp_path) == []


@pytest.mark.parametrize("fields", [{}, {"info": {}}, {"info": None, "seed": 1}])
def test_results_without_tasks_are_read(tmp_path: Path, fields: dict[str, object]) -> None:
    """The task of a run of tau2 is what its user asked first."""
    run = {"id": "x", "task_id": 1, "messages": [{"role": "user", "content": "open the door"}]}
    (tmp_path / "x.json").write_text(json.dumps({**fields, "simulations": [run]}))
    assert [trace.task for trace in Intake(tmp_path)] == ["open the door"]


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
@pytest.mark.parametrize("depth", [1100, 1_000_000])
def test_deep_nesting_is_told(tmp_path: Path, opening: str, closing: str, depth: int) -> None:
    """No reader runs out of stack. How it is told is orjson's."""
    (tmp_path / "x.json").write_text(f"{opening * depth}1{closing * depth}")
    assert re.search(r"x\.json, line 1: not valid JSON \(.*depth.* exceeded", told(tmp_path))


# Bombs and sizes


def zipped(path: Path, method: int) -> None:
    """An archive of an evaluation whose one sample is large."""
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("header.json", json.dumps({"version": 2, "eval": {"task": "t"}}))
        archive.writestr("samples/1.json", b" " * (20 << 20))


BOMBS: dict[str, Make] = {
    "gzip": lambda path: path.write_bytes(gzip.compress(b" " * (20 << 20))),
    "zstd": lambda path: path.write_bytes(zstandard.compress(b" " * (20 << 20))),
    "zip": lambda path: zipped(path, zipfile.ZIP_DEFLATED),
}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that a test reaches in no time."""
    monkeypatch.setattr(limits, "FREE", 1 << 20)


@pytest.mark.parametrize("kind", BOMBS)
@pytest.mark.usefixtures("small")
def test_a_bomb_is_unpacked_no_further(tmp_path: Path, kind: str) -> None:
    """The message has the file, the bound, and the variable that raises it."""
    BOMBS[kind](tmp_path / "x.gz")
    said = str(next(each for each in read(tmp_path) if "unpacks" in each.message))
    assert "x.gz, " in said
    assert "it unpacks to more than 200 times its size (TRACE2SKILL_MAX_RATIO)" in said
    assert "Raise the bound if you trust the file" in said


@pytest.mark.parametrize("kind", BOMBS)
@pytest.mark.usefixtures("small")
def test_the_bounds_can_be_raised(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One by one: then the next is met."""
    BOMBS[kind](tmp_path / "x.gz")
    monkeypatch.setenv("TRACE2SKILL_MAX_RATIO", "100000")
    assert not [each for each in read(tmp_path) if "unpacks" in each.message]
    monkeypatch.setenv("TRACE2SKILL_MAX_UNPACKED_MB", "2")
    (said,) = [each.message for each in read(tmp_path) if "unpacks" in each.message]
    assert said == "it unpacks to more than 2 MB (TRACE2SKILL_MAX_UNPACKED_MB)"


@pytest.mark.parametrize("first", [True, False], ids=["first line", "later line"])
def test_a_line_that_is_too_long_costs_itself_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: bool
) -> None:
    """Lines before and after it are read, in bounded memory."""
    monkeypatch.setenv("TRACE2SKILL_MAX_RECORD_MB", "1")
    with (tmp_path / "x.jsonl").open("w") as file:
        file.write("" if first else GOOD.replace("good", "before") + "\n")
        for _ in range(64):
            file.write('{"' + "x" * (1 << 20))
        file.write("\n" + GOOD.replace("good", "after") + "\n")
    tracemalloc.start()
    intake = Intake(tmp_path)
    assert [trace.id for trace in intake] == (["after"] if first else ["before", "after"])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    (said,) = map(str, intake.problems)
    assert said.endswith(
        f"x.jsonl, line {1 if first else 2}: longer than 1 MB (TRACE2SKILL_MAX_RECORD_MB). "
        "Raise the bound if you trust the file and have the memory."
    )
    assert peak < 16 << 20


@pytest.mark.parametrize("lines", [1, 1 << 12], ids=["one line", "many lines"])
def test_a_document_that_is_too_long_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: int
) -> None:
    """As a whole: it is read whole or not at all."""
    monkeypatch.setenv("TRACE2SKILL_MAX_RECORD_MB", "1")
    (tmp_path / "x.json").write_text("[" + ("1," * ((1 << 20) // lines) + "\n") * lines + "1]")
    assert "longer than 1 MB (TRACE2SKILL_MAX_RECORD_MB)" in told(tmp_path)


def test_a_broken_first_line_does_not_gather_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines are read one by one, however many follow it."""
    monkeypatch.setenv("TRACE2SKILL_MAX_RECORD_MB", "1")
    run = '{"schema_version": 1, "id": "%d", "steps": [{"index": 0, "text": "' + "x" * 1000 + '"}]}\n'
    (tmp_path / "x.jsonl").write_text('{"broken\n' + "".join(run % number for number in range(2000)))
    intake = Intake(tmp_path)
    assert len(list(intake)) == 2000
    assert [each.record for each in intake.problems] == ["line 1"]


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5"])
def test_a_bound_that_is_none_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """The message names the variable."""
    (tmp_path / "x.json").write_text(GOOD)
    monkeypatch.setenv("TRACE2SKILL_MAX_RECORD_MB", value)
    with pytest.raises(SettingError, match=r"TRACE2SKILL_MAX_RECORD_MB: .* is no whole number above 0"):
        list(Intake(tmp_path))


def test_scores_beside_the_runs_are_not_read_through_a_link(tmp_path: Path) -> None:
    """What lies beside is looked at unasked, so only what is there itself."""
    folder = tmp_path / "runs"
    folder.mkdir()
    spans = {"run_type": "llm", "trace_id": "r", "id": "r", "name": "n", "inputs": {}, "outputs": {}}
    (folder / "runs.jsonl").write_text(json.dumps(spans))
    (tmp_path / "outside").write_text('{"run_id": "r", "key": "success", "score": 1}')
    (folder / "feedback.jsonl").symlink_to(tmp_path / "outside")
    assert find_judgements([folder / "runs.jsonl"]) == {}
    shutil.copy(tmp_path / "outside", folder / "scores.jsonl")
    assert list(find_judgements([folder / "runs.jsonl"])) == ["r"]


# Files that change


def lines(count: int) -> str:
    """So many runs."""
    return "".join(GOOD.replace("good", f"run {number}") + "\n" for number in range(count))


def test_a_file_that_grows_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    """A line that is half written then is a problem of its own; the next reading has it whole."""
    path = tmp_path / "x.jsonl"
    path.write_text(lines(3))
    intake = Intake(path)
    traces = iter(intake)
    next(traces)
    with path.open("a") as file:
        file.write('{"schema_version": 1, "id')
    assert len(list(traces)) in (2, 3)
    assert all("not valid JSON" in each.message for each in intake.problems)


def test_a_file_that_shrinks_loses_what_is_gone(tmp_path: Path) -> None:
    """What was read stays; the cut line is told."""
    path = tmp_path / "x.jsonl"
    path.write_text(lines(16_000))
    intake = Intake(path)
    traces = iter(intake)
    first = [next(traces) for _ in range(3)]
    os.truncate(path, (1 << 20) + 100)
    rest = list(traces)
    assert 3 < len(first) + len(rest) < 16_000
    assert [each.path for each in intake.problems] == [str(path)]


def test_a_file_that_goes_is_told(tmp_path: Path) -> None:
    """Between being found and being read; the others are read."""
    (tmp_path / "a.json").write_text(GOOD)
    (tmp_path / "x.json").write_text(GOOD)
    intake = Intake(tmp_path)
    (tmp_path / "x.json").unlink()
    assert [trace.id for trace in intake] == ["good"]
    assert "x.json: cannot be read (No such file or directory). It is gone" in str(intake.problems[0])


def test_strict_stops_at_what_is_no_file(tmp_path: Path) -> None:
    """As at any other problem."""
    os.mkfifo(tmp_path / "x.json")
    with pytest.raises(InputError, match=r"x\.json: it is a pipe"):
        list(Intake(tmp_path, strict=True))
