"""Langfuse's traces and scores, pulled."""

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
