"""Readers of other packages."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.traces.otel_spans import shown, write
from tests.traces.readers import test_langsmith
from trace2skill.errors import InputError
from trace2skill.traces.problem import Scope
from trace2skill.traces.read import Intake

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"
LOG = (
    '{"runs": [{"id": "7", "goal": "open the door", "log": [["open", "door", "It is open."]], "won": true}]}'
)
OWN = '{"schema_version": 1, "id": "one", "steps": []}'
Install = Callable[[str, str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a package with a reader where Python finds it, as an installer would."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))

    def put(name: str, code: str, target: str = "") -> None:
        (site / f"{name}.py").write_text(code)
        info = site / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[trace2skill.readers]\n{name} = {target or name}\n")
        monkeypatch.delitem(sys.modules, name, raising=False)

    return put


def documented() -> str:
    """The example of docs/formats.md."""
    found = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert found
    return found[1]


def test_the_documented_plug_in_works(tmp_path: Path, install: Install) -> None:
    """It reads its format beside the others, and is named among what is known."""
    install("door_game", documented())
    (tmp_path / "a.json").write_text(LOG)
    (tmp_path / "b.jsonl").write_text(OWN)
    (tmp_path / "c.txt").write_text("prose")
    source = Intake([tmp_path / name for name in ("a.json", "b.jsonl", "c.txt")])
    first, second = source
    assert (first.id, first.task, first.outcome.label.value, second.id) == (
        "7",
        "open the door",
        "success",
        "one",
    )
    assert (first.steps[0].action.tool, first.steps[0].observation) == ("open", "It is open.")
    assert first.source.format == "door-game"
    (problem,) = source.problems
    assert "door-game" in problem.fix


@pytest.mark.parametrize(
    ("code", "target", "told"),
    [
        ("import no_such_package", "", "broken cannot be imported (ModuleNotFoundError)"),
        ("raise RuntimeError('sk-secret')", "", "broken cannot be imported (RuntimeError)"),
        ("NAME = 'x'", "", "broken lacks recognises, read"),
        ("NAME = 7\ndef recognises(sample): ...\ndef read(record, success_at): ...", "", "no text"),
        ("x = 1", "broken:Reader", "broken:Reader cannot be imported (AttributeError)"),
        ("class Reader:\n    def __init__(self, x): ...", "broken:Reader", "cannot be imported (TypeError)"),
        ("NAME = 'x'\ndef recognises(sample): raise KeyError\ndef read(r, s): ...", "", "raised KeyError"),
    ],
)
def test_a_broken_plug_in_is_told_and_stops_nothing(
    tmp_path: Path, install: Callable[..., None], code: str, target: str, told: str
) -> None:
    """By the names of package and error, and not by what the error says."""
    install("broken", code, target)
    (tmp_path / "b.jsonl").write_text(OWN)
    source = Intake(tmp_path / "b.jsonl")
    assert [trace.id for trace in source] == ["one"]
    (problem,) = source.problems
    assert (problem.scope, problem.path) == (Scope.PLUGIN, "reader plug-in 'broken'")
    assert told in problem.message
    assert "sk-secret" not in str(problem)


@pytest.mark.parametrize("body", ["raise KeyError('x')", "yield 3", "return 3"])
def test_a_plug_in_that_fails_at_a_record_costs_the_record(
    tmp_path: Path, install: Install, body: str
) -> None:
    """The other files are read."""
    code = "NAME = 'mine'\ndef recognises(sample): return 'mine' in sample\n"
    install("failing", f"{code}def read(record, success_at):\n    {body}\n")
    (tmp_path / "a.json").write_text('{"mine": 1}')
    (tmp_path / "b.json").write_text(OWN)
    source = Intake([tmp_path / "a.json", tmp_path / "b.json"])
    assert [trace.id for trace in source] == ["one"]
    (problem,) = source.problems
    assert problem.scope is Scope.RECORD
    assert "plug-in 'failing'" in problem.message


SPREAD = """
from trace2skill.traces.files import Record
from trace2skill.traces.model import Step, Trace

NAME = "spread"


def recognises(sample):
    return isinstance(sample, dict) and "said" in sample


def read_all(records, judging):
    said = {}
    for record in records:
        if isinstance(record, Record):
            said.setdefault(record.value["run"], []).append(record.value["said"])
        else:
            yield record
    for run, texts in said.items():
        yield Trace(id=run, steps=[Step(index=index, text=text) for index, text in enumerate(texts)])
"""


def test_runs_may_lie_spread_over_a_file(tmp_path: Path, install: Install) -> None:
    """The plug-in sees all records of a file; a line that is no JSON is a problem as ever."""
    install("spread", SPREAD)
    lines = ['{"run": "a", "said": "1"}', '{"run": "b", "said": "2"}', "{broken", '{"run": "a", "said": "3"}']
    (tmp_path / "x.jsonl").write_text("\n".join(lines))
    source = Intake(tmp_path / "x.jsonl")
    assert [(trace.id, [step.text for step in trace.steps]) for trace in source] == [
        ("a", ["1", "3"]),
        ("b", ["2"]),
    ]
    assert [problem.record for problem in source.problems] == ["line 3"]
    (tmp_path / "y.jsonl").write_text('{"said": "1"}')
    source = Intake([tmp_path / "y.jsonl", tmp_path / "x.jsonl"])
    assert len(list(source)) == 2
    fault = next(problem for problem in source.problems if "plug-in" in problem.message)
    assert (Path(fault.path).name, fault.message) == (
        "y.jsonl",
        "the reader plug-in 'spread' raised KeyError",
    )


def test_a_reader_of_spans_may_be_a_plug_in(tmp_path: Path, install: Install) -> None:
    """As it is: the outcome is read from what lies beside."""
    code = "from trace2skill.traces.readers import langsmith\nREADER = langsmith.READER\n"
    install("spans", code, "spans:READER")
    write(tmp_path / "runs.jsonl", test_langsmith.RUNS)
    write(tmp_path / "feedback.jsonl", [{"run_id": test_langsmith.ROOT, "key": "success", "score": 1}])
    (trace,) = Intake(tmp_path / "runs.jsonl")
    assert (shown(trace), trace.outcome.label.value) == (test_langsmith.STEPS, "success")


def test_strict_stops_at_a_broken_plug_in(tmp_path: Path, install: Install) -> None:
    """As at any first problem."""
    install("broken", "NAME = 'x'")
    (tmp_path / "b.jsonl").write_text(OWN)
    with pytest.raises(InputError, match="broken lacks"):
        list(Intake(tmp_path / "b.jsonl", strict=True))
