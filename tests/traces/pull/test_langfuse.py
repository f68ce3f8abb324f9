"""Langfuse's traces and scores, pulled."""

import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.traces.pull.serving import Asked, Served, Status, serving
from trace2skill.errors import SettingError
from trace2skill.traces.model import Label
from trace2skill.traces.pull.pulling import Pulled, pull
from trace2skill.traces.read import Intake

SECRET = "sk-lf-0123456789abcdef"


def trace(number: int, *scores: dict[str, Any]) -> dict[str, Any]:
    """A trace with its observations, as the API gives one."""
    identity, minute = f"t{number}", f"2026-11-01T00:{number:02}"
    tool = {
        "id": f"{identity}-o",
        "traceId": identity,
        "type": "TOOL",
        "name": "open",
        "startTime": f"{minute}:01.000Z",
        "endTime": f"{minute}:02.000Z",
        "input": {"door": "D1"},
        "output": "open",
    }
    whole = {
        "id": identity,
        "timestamp": f"{minute}:00.000Z",
        "name": "agent",
        "input": "Open the old door now.",
    }
    return {**whole, "observations": [tool], "scores": list(scores)}


def score(number: int, value: float) -> dict[str, Any]:
    """A score of a trace."""
    return {
        "id": f"s{number}",
        "traceId": f"t{number}",
        "name": "success",
        "dataType": "NUMERIC",
        "value": value,
        "timestamp": "2026-11-01T01:00:00.000Z",
    }


class Project:
    """A project of Langfuse, two records to a page."""

    def __init__(self) -> None:
        self.traces = {f"t{number}": trace(number) for number in (1, 2, 3)}
        self.scores = [score(1, 1), score(2, 0)]

    def __call__(self, asked: Asked) -> Any:
        """Answer a request."""
        first = 2 * (int(asked.query.get("page", ["1"])[0]) - 1)
        match asked.path.removeprefix("/api/public/").split("/"):
            case ["projects"]:
                return {"data": [{"id": "p-1", "name": "doors"}]}
            case ["traces"]:
                listed = [
                    {"id": each, "timestamp": found["timestamp"]} for each, found in self.traces.items()
                ]
                pages = -(-len(listed) // 2)
                return {"data": listed[first : first + 2], "meta": {"totalPages": pages}}
            case ["traces", identity]:
                return self.traces[identity]
            case ["v2", "scores"]:
                return {"data": self.scores[first : first + 2], "meta": {"totalPages": 1}}
        return Status(404)


class Newer(Project):
    """The same project on a server of version 4: rows of observations, two to a page, the latest first."""

    def __call__(self, asked: Asked) -> Any:
        """Answer a request."""
        first = int(asked.query.get("cursor", ["0"])[0])
        match asked.path.removeprefix("/api/public/").split("/"):
            case ["v2", "observations"]:
                rows = [row for each in self.traces.values() for row in rows_of(each)]
                found = sorted(rows, key=lambda row: row["startTime"], reverse=True)
            case ["v3", "scores"]:
                found = [
                    {
                        **{key: each[key] for key in ("id", "name", "dataType", "value", "timestamp")},
                        "subject": {"kind": "trace", "id": each["traceId"]},
                    }
                    for each in self.scores
                ]
            case ["projects"]:
                return super().__call__(asked)
            case _:
                return Status(404)
        mark = {"cursor": str(first + 2)} if first + 2 < len(found) else {}
        return {"data": found[first : first + 2], "meta": mark}


def rows_of(whole: dict[str, Any]) -> list[dict[str, Any]]:
    """The observations of a trace, as version 4 gives them: the trace is the outermost, values are texts."""
    (tool,) = whole["observations"]
    root = {
        "id": f"{whole['id']}-root",
        "traceId": whole["id"],
        "type": "AGENT",
        "name": "agent",
        "startTime": whole["timestamp"],
        "endTime": tool["endTime"],
        "input": whole["input"],
        "isRootObservation": True,
        "parentObservationId": "the span of a web server",
    }
    given = {
        "input": json.dumps(tool["input"]),
        "parentObservationId": root["id"],
        "isRootObservation": False,
    }
    return [root, {**tool, **given}]


Fixture = tuple[Project, Served]


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fixture]:
    """Three traces, two of them scored."""
    answers = Project()
    with serving(answers) as served:
        monkeypatch.setenv("LANGFUSE_HOST", served.url)
        monkeypatch.setenv("LANGFUSE_PUBLIC_KEY", "pk-lf-1")
        monkeypatch.setenv("LANGFUSE_SECRET_KEY", SECRET)
        yield answers, served


def pulled(folder: Path, address: str = "langfuse://doors") -> Pulled:
    """One pull that waits for nothing."""
    return pull(address, folder, wait=lambda _: None)


def test_traces_come_with_observations_and_scores(project: Fixture, tmp_path: Path) -> None:
    """Two pages of the list, three traces, and the scores of the project."""
    _, served = project
    result = pulled(tmp_path)
    assert (result.traces, result.judgements) == (3, 2)
    outcomes = {each.id: each.outcome.label for each in Intake(result.folder)}
    assert outcomes == {"t1": Label.SUCCESS, "t2": Label.FAILURE, "t3": Label.UNKNOWN}
    login = b64encode(f"pk-lf-1:{SECRET}".encode()).decode()
    assert {each.headers["authorization"] for each in served.asked} == {f"Basic {login}"}


def test_a_second_pull_fetches_what_is_new(project: Fixture, tmp_path: Path) -> None:
    """One trace of four is asked for."""
    answers, served = project
    pulled(tmp_path)
    answers.traces["t4"] = trace(4)
    served.asked.clear()
    assert pulled(tmp_path).traces == 1
    assert [path for path in served.paths() if "/traces/" in path] == ["/api/public/traces/t4"]


def test_the_keys_decide_the_project(project: Fixture, tmp_path: Path) -> None:
    """One that is named must be theirs, so that no other project's traces are taken for it."""
    assert pulled(tmp_path, "langfuse://").traces == 3
    with pytest.raises(SettingError, match="another project than 'gates'"):
        pulled(tmp_path, "langfuse://gates")


@pytest.mark.parametrize("missing", ["LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY"])
def test_a_missing_key_is_told(
    project: Fixture, tmp_path: Path, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the variable to set, and without the other key."""
    monkeypatch.delenv(missing)
    with pytest.raises(SettingError, match=f"set {missing}") as told:
        pulled(tmp_path)
    assert SECRET not in str(told.value)
    assert project[1].asked == []


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fixture]:
    """Three traces, two of them scored, on a server of version 4."""
    answers = Newer()
    with serving(answers) as served:
        monkeypatch.setenv("LANGFUSE_HOST", served.url)
        monkeypatch.setenv("LANGFUSE_PUBLIC_KEY", "pk-lf-1")
        monkeypatch.setenv("LANGFUSE_SECRET_KEY", SECRET)
        yield answers, served


def test_version_four_is_asked_for_observations(newer: Fixture, tmp_path: Path) -> None:
    """Three pages of them and one of scores; nothing that is deprecated is asked for."""
    _, served = newer
    result = pulled(tmp_path)
    assert (result.traces, result.judgements) == (3, 2)
    traces = {each.id: each for each in Intake(result.folder)}
    outcomes = {each: trace.outcome.label for each, trace in traces.items()}
    assert outcomes == {"t1": Label.SUCCESS, "t2": Label.FAILURE, "t3": Label.UNKNOWN}
    (step,) = traces["t1"].steps
    assert step.action
    assert (step.action.tool, step.action.arguments) == ("open", {"door": "D1"})
    assert (step.observation, traces["t1"].task) == ("open", "Open the old door now.")
    assert set(served.paths()) == {
        f"/api/public/{each}" for each in ("projects", "v2/observations", "v3/scores")
    }


def test_version_four_is_asked_for_what_is_new_and_wanted(newer: Fixture, tmp_path: Path) -> None:
    """Times, name and tag are one filter; a trace that is kept already is passed over."""
    answers, served = newer
    address = "langfuse://doors?since=2026-10-01&until=2026-12-01&name=agent&tag=night"
    pulled(tmp_path, address)
    asked = next(each for each in served.asked if "fields" in each.query and "filter" in each.query)
    assert json.loads(asked.query["filter"][0]) == [
        {"type": "datetime", "column": "startTime", "operator": ">=", "value": "2026-10-01T00:00:00Z"},
        {"type": "datetime", "column": "startTime", "operator": "<", "value": "2026-12-01T00:00:00Z"},
        {"type": "string", "column": "traceName", "operator": "=", "value": "agent"},
        {"type": "arrayOptions", "column": "traceTags", "operator": "any of", "value": ["night"]},
    ]
    assert asked.query["fields"] == ["core,basic,io,metadata,trace_context"]
    answers.traces["t4"] = trace(4)
    assert pulled(tmp_path, address).traces == 1
    assert pulled(tmp_path, address).traces == 0


def test_a_limit_takes_the_oldest_of_version_four(newer: Fixture, tmp_path: Path) -> None:
    """Its rows come in no promised order; the next pull goes on there."""
    first = pulled(tmp_path, "langfuse://doors?limit=2")
    assert {each.id for each in Intake(first.folder)} == {"t1", "t2"}
    second = pulled(tmp_path, "langfuse://doors?limit=2")
    assert (second.traces, {each.id for each in Intake(second.folder)}) == (1, {"t1", "t2", "t3"})
