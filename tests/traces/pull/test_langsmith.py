"""LangSmith's runs and feedback, pulled; and what holds for pulls from any server."""

import json
import stat
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from langsmith import Client

from tests.traces.pull.serving import Asked, Served, Status, serving
from trace2skill.errors import InputError, SettingError
from trace2skill.traces.model import Label
from trace2skill.traces.pull.langsmith import FIELDS
from trace2skill.traces.pull.pulling import Pulled, pull
from trace2skill.traces.read import Intake

KEY = "lsv2-0123456789abcdef-secret"
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)


def at(minute: float) -> str:
    """A time as LangSmith writes it, without a zone."""
    return (BEGIN + timedelta(minutes=minute)).replace(tzinfo=None).isoformat()


def run(trace: str, number: int, minute: float, kind: str = "chain", **fields: Any) -> dict[str, Any]:
    """A run of a minute; number 0 is the outermost."""
    identity = f"{trace}-{number}"
    return {
        "id": identity,
        "trace_id": f"{trace}-0",
        "parent_run_id": f"{trace}-0" if number else None,
        "dotted_order": f"20261101T{number:06}Z{identity}",
        "run_type": kind,
        "name": "agent" if kind == "chain" else kind,
        "start_time": at(minute),
        "end_time": at(minute + 1),
        "inputs": {},
        "outputs": {},
        "extra": {},
        **fields,
    }


def trace(name: str, minute: float, **root: Any) -> list[dict[str, Any]]:
    """A run of an agent that calls one tool."""
    asked = [{"role": "user", "content": f"Please open the old door {name}."}]
    call = {"id": "c", "type": "function", "function": {"name": "open", "arguments": '{"door": "D1"}'}}
    said = {"role": "assistant", "content": "", "tool_calls": [call]}
    return [
        run(name, 0, minute, inputs={"messages": asked}, **root),
        run(
            name, 1, minute + 0.1, "llm", inputs={"messages": asked}, outputs={"choices": [{"message": said}]}
        ),
        run(name, 2, minute + 0.2, "tool", name="open", inputs={"door": "D1"}, outputs={"output": "open"}),
    ]


class Project:
    """A project as the API documents it: `runs` by start, `size` to a page, and feedback."""

    def __init__(self, *traces: list[dict[str, Any]], size: int = 2) -> None:
        self.runs = [each for listed in traces for each in listed]
        self.feedback: list[dict[str, Any]] = []
        self.size = size
        self.faults: list[Status | None] = []

    def __call__(self, asked: Asked) -> Any:
        """Answer a request."""
        if asked.path == "/sessions":
            return [{"id": "p-1"}] if asked.query["name"] == ["doors"] else []
        if asked.path == "/feedback":
            least = asked.query.get("min_created_at", [""])[0]
            return [each for each in self.feedback if each["created_at"] >= least.removesuffix("+00:00")]
        fault = self.faults.pop(0) if self.faults else None
        if fault:
            return fault
        assert asked.body["session"] == ["p-1"]
        assert asked.body["order"] == "asc"
        since = asked.body.get("start_time", "").removesuffix("+00:00")
        found = sorted(
            (each for each in self.runs if each["start_time"] >= since), key=lambda each: each["start_time"]
        )
        first = int(asked.body.get("cursor", 0))
        following = str(first + self.size) if first + self.size < len(found) else None
        return {"runs": found[first : first + self.size], "cursors": {"next": following}}


Fixture = tuple[Project, Served]


@pytest.fixture
def doors(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fixture]:
    """Two traces, an hour and a half apart."""
    project = Project(trace("a", 0), trace("b", 90))
    project.feedback = [{"run_id": "a-0", "key": "correctness", "score": 1.0, "created_at": at(5)}]
    with serving(project) as served:
        monkeypatch.setenv("LANGSMITH_ENDPOINT", served.url)
        monkeypatch.setenv("LANGSMITH_API_KEY", KEY)
        yield project, served


def pulled(folder: Path, options: str = "", **given: Any) -> Pulled:
    """One pull that waits for nothing."""
    return pull(f"langsmith://doors{options}", folder, wait=lambda _: None, **given)


def read(folder: Path) -> dict[str, Label]:
    """The traces in a folder, and their outcomes."""
    return {each.id: each.outcome.label for each in Intake(folder)}


def test_pages_become_traces_with_their_feedback(doors: Fixture, tmp_path: Path) -> None:
    """Six runs on three pages; the runs of a trace lie on two of them."""
    _, served = doors
    result = pulled(tmp_path)
    assert (result.traces, result.judgements, result.waiting, result.cut) == (2, 1, 0, "")
    assert read(result.folder) == {"a-0": Label.SUCCESS, "b-0": Label.UNKNOWN}
    assert served.paths() == ["/sessions", *["/runs/query"] * 3, "/feedback"]
    assert {each.headers["x-api-key"] for each in served.asked} == {KEY}
    steps = next(iter(Intake(result.folder))).steps
    assert [step.action.tool for step in steps if step.action] == ["open"]


def test_a_second_pull_fetches_what_is_new(doors: Fixture, tmp_path: Path) -> None:
    """It asks from an hour before the last start on, and for feedback on what it has already."""
    project, served = doors
    folder = pulled(tmp_path).folder
    project.runs += trace("c", 100)
    later = datetime.now(UTC).replace(tzinfo=None) + timedelta(minutes=1)
    project.feedback.append(
        {"run_id": "b-0", "key": "correctness", "score": 0, "created_at": later.isoformat()}
    )
    served.asked.clear()
    again = pulled(tmp_path)
    assert (again.folder, again.traces, again.judgements) == (folder, 1, 1)
    assert next(each.body["start_time"] for each in served.asked if each.body)[:16] == at(30)[:16]
    assert read(folder) == {"a-0": Label.SUCCESS, "b-0": Label.FAILURE, "c-0": Label.UNKNOWN}
    assert pulled(tmp_path).traces == 0
    assert Intake(folder).summary.duplicates == 0


def test_what_is_kept_is_its_owners_alone(doors: Fixture, tmp_path: Path) -> None:
    """Pages and cursor, and no key in any of them."""
    folder = pulled(tmp_path / "kept").folder
    files = [each for each in folder.iterdir() if each.name != ".lock"]
    assert {each.name for each in files} == {"0001-traces.jsonl", "0001-feedback.jsonl", ".cursor.json"}
    assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not any(KEY.encode() in each.read_bytes() for each in files)


def test_a_busy_server_is_asked_again_when_it_says(doors: Fixture, tmp_path: Path) -> None:
    """`Retry-After` is waited for, but never longer than a minute; without it the wait doubles."""
    project, _ = doors
    project.faults = [
        Status(429, (("retry-after", "7"),)),
        Status(429, (("retry-after", "86400"),)),
        Status(503),
        None,
    ]
    waits: list[float] = []
    assert pull("langsmith://doors", tmp_path, wait=waits.append).traces == 2
    assert waits == [7, 60, 2]


def test_a_cut_connection_keeps_what_is_whole(doors: Fixture, tmp_path: Path) -> None:
    """The third page never comes: a part of `b` is there, and not kept; the next pull has its two pages."""
    project, served = doors
    project.faults = [None, None, *[Status(0)] * 6]
    first = pulled(tmp_path)
    assert first.traces == 1
    assert "cut the connection, 6 times" in first.cut
    assert read(first.folder) == {"a-0": Label.SUCCESS}
    assert pulled(tmp_path).traces == 1
    assert read(first.folder) == {"a-0": Label.SUCCESS, "b-0": Label.UNKNOWN}
    assert len([path for path in served.paths() if path == "/runs/query"]) == 2 + 6 + 2


def test_nothing_at_all_is_an_error(doors: Fixture, tmp_path: Path) -> None:
    """Without a page there is nothing to go on with."""
    doors[0].faults = [Status(500)] * 6
    with pytest.raises(InputError, match="answered with status 500, 6 times"):
        pulled(tmp_path)


def test_a_run_that_goes_on_is_left_for_later(doors: Fixture, tmp_path: Path) -> None:
    """It is taken when it has ended, whole."""
    project, _ = doors
    minutes = (datetime.now(UTC) - BEGIN).total_seconds() / 60
    project.runs += trace("now", minutes - 5, end_time=None)
    first = pulled(tmp_path)
    assert (first.traces, first.waiting) == (2, 1)
    project.runs[-3]["end_time"] = at(minutes)
    second = pulled(tmp_path)
    assert (second.traces, second.waiting) == (1, 0)
    assert len(list(Intake(second.folder))) == 3


def test_a_limit_takes_the_oldest_and_the_next_pull_goes_on(doors: Fixture, tmp_path: Path) -> None:
    """One trace a pull."""
    first = pulled(tmp_path, "?limit=1")
    assert (first.traces, list(read(first.folder))) == (1, ["a-0"])
    assert pulled(tmp_path, "?limit=1").traces == 1
    assert sorted(read(first.folder)) == ["a-0", "b-0"]


def test_options_are_asked_for(doors: Fixture, tmp_path: Path) -> None:
    """Times, and a filter on the outermost run; a quote in a name stays in it."""
    _, served = doors
    pulled(tmp_path, "?since=2026-11-01&until=2026-11-02T08:00:00Z&tag=prod&name=my%20%22agent%22")
    body = next(each.body for each in served.asked if each.body)
    assert body["start_time"] == "2026-11-01T00:00:00+00:00"
    assert body["end_time"] == "2026-11-02T08:00:00+00:00"
    assert body["trace_filter"] == r'and(has(tags, "prod"), eq(name, "my \"agent\""))'


def test_refetch_replaces_what_was_pulled(doors: Fixture, tmp_path: Path) -> None:
    """All is asked for again; while the server fails, what was there stays."""
    folder = pulled(tmp_path).folder
    assert pulled(tmp_path, refetch=True).traces == 2
    assert [each.name for each in sorted(folder.glob("*.jsonl"))] == [
        "0002-feedback.jsonl",
        "0002-traces.jsonl",
    ]
    doors[0].faults = [None, *[Status(500)] * 6]
    with pytest.raises(InputError, match="as it was"):
        pulled(tmp_path, refetch=True)
    assert sorted(read(folder)) == ["a-0", "b-0"]


def test_a_folder_that_cannot_be_written_is_told(doors: Fixture, tmp_path: Path) -> None:
    """A file is in its place."""
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="choose another with --keep"):
        pulled(tmp_path / "file")


def test_runs_of_before_since_are_not_waited_for(doors: Fixture, tmp_path: Path) -> None:
    """Of `a` only the last run began later than that; its outermost never comes."""
    result = pulled(tmp_path, "?since=2026-11-01T00:00:10Z")
    assert (result.traces, result.waiting) == (1, 0)
    assert list(read(result.folder)) == ["b-0"]


def test_a_missing_key_is_told_before_anything_is_asked(
    doors: Fixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the variable to set."""
    monkeypatch.delenv("LANGSMITH_API_KEY")
    with pytest.raises(SettingError, match="set LANGSMITH_API_KEY in the environment"):
        pulled(tmp_path)
    assert doors[1].asked == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 302, 429])
def test_no_message_holds_the_key(
    doors: Fixture,
    tmp_path: Path,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither an error, nor what it came from, nor a log at its most talkative."""
    caplog.set_level("DEBUG")
    project, served = doors
    monkeypatch.setenv("LANGSMITH_ENDPOINT", served.url.replace("//", f"//user:{KEY}@"))
    project.faults = [Status(status, (("location", "http://127.0.0.1:9/elsewhere"),))] * 6
    with pytest.raises((InputError, SettingError)) as told:
        pulled(tmp_path)
    shown: BaseException | None = told.value
    while shown:
        assert KEY not in repr(shown)
        shown = shown.__cause__ or shown.__context__
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    ("address", "told"),
    [
        (f"langsmith://user:{KEY}@doors", "holds no user or key"),
        (f"langsmith://doors?api_key={KEY}", "keys in the environment alone"),
        (f"langsmith://doors?since={KEY}", "since is a date or a time"),
        (f"langsmith://doors?limit={KEY}", "limit is a number"),
        ("langsmith://", "names no project"),
        ("langsmith://gates", "no project 'gates'"),
        ("phoenix://doors?tag=x", "takes no tag"),
    ],
)
def test_a_wrong_address_is_told_without_what_may_be_a_key(
    doors: Fixture, tmp_path: Path, address: str, told: str
) -> None:
    """Each with the fix."""
    with pytest.raises(SettingError, match=told) as error:
        pull(address, tmp_path)
    assert KEY not in str(error.value)


def test_an_answer_of_another_kind_is_an_error(doors: Fixture, tmp_path: Path) -> None:
    """What is at the address is no LangSmith."""
    with serving(lambda _: {"detail": "hello"}) as other, pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANGSMITH_ENDPOINT", other.url)
        with pytest.raises(SettingError, match="no project 'doors'"):
            pulled(tmp_path)
    doors[0].runs = json.loads('[{"id": 1, "start_time": "2026"}]')
    with pytest.raises(InputError, match="no run that has ended"):
        pulled(tmp_path)


def test_recorded_runs_are_read_as_from_their_export(
    doors: Fixture, tmp_path: Path, shared_traces: Path
) -> None:
    """What LangSmith's client recorded comes over seven to a page, and is the same traces then."""
    project, _ = doors
    export = shared_traces / "langsmith"

    def lines(name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (export / name).read_text().splitlines()]

    project.runs, project.size = lines("runs.jsonl"), 7
    project.feedback = [{"created_at": at(0), **each} for each in lines("feedback.jsonl")]
    result = pulled(tmp_path)
    assert {each.hash for each in Intake(result.folder)} == {each.hash for each in Intake(export)}
    assert result.traces == len({each["trace_id"] for each in project.runs})


def test_version_two_is_asked_where_the_first_is_no_more(
    doors: Fixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As its documentation has it: other names, kinds in capitals, the runs around one, pages with marks."""
    project, _ = doors

    def answer(asked: Asked) -> Any:
        if asked.path == "/api/v1/runs/query":
            return Status(410)
        if asked.path != "/api/v2/runs/query":
            return project(asked._replace(path=asked.path.removeprefix("/api/v1")))
        assert asked.body["project_ids"] == ["p-1"]
        assert {"PARENT_RUN_IDS", "PROJECT_ID", "DOTTED_ORDER"} <= set(asked.body["selects"])
        least = asked.body["min_start_time"].removesuffix("+00:00")
        rows = [newer(each) for each in reversed(project.runs) if each["start_time"] >= least]
        first = int(asked.body.get("cursor", 0))
        mark = {"next_cursor": str(first + 2)} if first + 2 < len(rows) else {}
        return {"items": rows[first : first + 2], **mark}

    with serving(answer) as served:
        monkeypatch.setenv("LANGSMITH_ENDPOINT", f"{served.url}/api/v1/")
        result = pulled(tmp_path)
        assert (result.traces, read(result.folder)) == (2, {"a-0": Label.SUCCESS, "b-0": Label.UNKNOWN})
        (trace, _) = Intake(result.folder)
        assert [step.action.tool for step in trace.steps if step.action] == ["open"]
        assert pulled(tmp_path).traces == 0


def newer(run: dict[str, Any]) -> dict[str, Any]:
    """A run as version 2 gives it."""
    parent = run["parent_run_id"]
    kept = {key: value for key, value in run.items() if key not in ("parent_run_id", "extra")}
    around = {"parent_run_ids": [parent]} if parent else {}
    return {**kept, "run_type": run["run_type"].upper(), "metadata": {}, **around}


PROJECT = "00000000-0000-0000-0000-000000000001"


def test_runs_are_asked_for_as_langsmiths_own_client_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same paths, and each field of the client's request with the same value."""
    project = {"id": PROJECT, "name": "doors", "start_time": at(0), "tenant_id": PROJECT}
    answers: dict[str, Any] = {
        "/sessions": [{**project, "reference_dataset_id": None}],
        "/runs/query": {"runs": [], "cursors": {"next": None}},
        "/feedback": [],
        "/info": {},
    }
    with serving(lambda asked: answers[asked.path]) as served:
        monkeypatch.setenv("LANGSMITH_ENDPOINT", served.url)
        monkeypatch.setenv("LANGSMITH_API_KEY", KEY)
        with pytest.raises(InputError, match="no run that has ended"):
            pulled(tmp_path, "?since=2026-10-01&until=2026-12-01&tag=night")
        ours = {each.path: each for each in served.asked}
        served.asked.clear()
        client = Client(api_url=served.url, api_key=KEY)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the method's end in 2027
            runs = client.list_runs(
                project_name="doors",
                start_time=datetime(2026, 10, 1, tzinfo=UTC),
                end_time=datetime(2026, 12, 1, tzinfo=UTC),
                trace_filter='has(tags, "night")',
                select=FIELDS,
                order="asc",
                limit=100,
            )
            assert [*runs, *client.list_feedback()] == []
        theirs = {each.path: each for each in served.asked}
    assert theirs["/runs/query"].body == ours["/runs/query"].body
    assert ours["/sessions"].query.items() <= theirs["/sessions"].query.items()
    assert theirs["/feedback"].query.items() <= ours["/feedback"].query.items()
    assert ours["/runs/query"].headers["x-api-key"] == theirs["/runs/query"].headers["x-api-key"] == KEY
