"""Phoenix's spans and annotations, pulled."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.traces.pull.serving import Asked, Served, Status, serving
from trace2skill.errors import SettingError
from trace2skill.traces.model import Label
from trace2skill.traces.pull.pulling import Pulled, pull
from trace2skill.traces.read import Intake


def spans(number: int) -> list[dict[str, Any]]:
    """The spans of a trace, the outermost first."""

    def span(name: str, second: int, kind: str, **attributes: Any) -> dict[str, Any]:
        return {
            "name": name,
            "context": {"trace_id": f"t{number}", "span_id": f"t{number}-{second}"},
            "span_kind": kind,
            "parent_id": f"t{number}-0" if second else None,
            "start_time": f"2026-11-01T00:{number:02}:{second:02}+00:00",
            "end_time": f"2026-11-01T00:{number:02}:30+00:00",
            "status_code": "OK",
            "attributes": attributes,
        }

    tool = {"tool.name": "open", "input.value": '{"door": "D1"}', "output.value": "open"}
    return [
        span("agent", 0, "AGENT", **{"input.value": "Open the old door now."}),
        span("open", 1, "TOOL", **tool),
    ]


class Project:
    """A project of Phoenix, the latest span first, three spans to a page."""

    def __init__(self) -> None:
        self.spans = [each for number in (3, 2, 1) for each in spans(number)]
        self.broken_at = ""

    def __call__(self, asked: Asked) -> Any:
        """Answer a request."""
        match asked.path.removeprefix("/v1/projects/").split("/"):
            case ["the%20doors"]:
                return {"data": {"id": "p-1", "name": "the doors"}}
            case [_, "spans"]:
                cursor = asked.query.get("cursor", ["0"])[0]
                if cursor == self.broken_at:
                    return Status(0)
                first = int(cursor)
                following = str(first + 3) if first + 3 < len(self.spans) else None
                return {"data": self.spans[first : first + 3], "next_cursor": following}
            case [_, "span_annotations"]:
                asked_for = asked.query["span_ids"]
                said = {"name": "correctness", "annotator_kind": "HUMAN", "result": {"score": 1.0}}
                return {"data": [{**said, "span_id": each} for each in asked_for if each == "t1-0"]}
        return Status(404)


Fixture = tuple[Project, Served]


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fixture]:
    """Three traces, one of them annotated, on a server that needs no key and knows no trace annotations."""
    answers = Project()
    with serving(answers) as served:
        monkeypatch.setenv("PHOENIX_BASE_URL", served.url)
        monkeypatch.delenv("PHOENIX_API_KEY", raising=False)
        yield answers, served


def pulled(folder: Path, address: str = "phoenix://the%20doors") -> Pulled:
    """One pull that waits for nothing."""
    return pull(address, folder, wait=lambda _: None)


def test_spans_become_traces_with_annotations(project: Fixture, tmp_path: Path) -> None:
    """Annotations are asked for by the ids of outermost spans."""
    _, served = project
    result = pulled(tmp_path)
    assert (result.traces, result.judgements) == (3, 1)
    outcomes = {each.id: each.outcome.label for each in Intake(result.folder)}
    assert outcomes == {"t1": Label.SUCCESS, "t2": Label.UNKNOWN, "t3": Label.UNKNOWN}
    asked = next(each for each in served.asked if each.path.endswith("span_annotations"))
    assert asked.query["span_ids"] == ["t1-0", "t2-0", "t3-0"]
    assert pulled(tmp_path).traces == 0


def test_after_a_break_the_next_pull_goes_on_with_the_page(project: Fixture, tmp_path: Path) -> None:
    """No trace is known to be whole before the last page; pages that came are not fetched again."""
    answers, served = project
    answers.broken_at = "3"
    with pytest.raises(Exception, match="cut the connection"):
        pulled(tmp_path)
    answers.broken_at = ""
    served.asked.clear()
    result = pulled(tmp_path)
    assert (result.traces, len(list(Intake(result.folder)))) == (3, 3)
    assert [each.query.get("cursor") for each in served.asked if each.path.endswith("/spans")] == [["3"]]


def test_the_project_and_the_server_must_be_there(
    project: Fixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is told with the fix."""
    with pytest.raises(SettingError, match="no project 'gates'"):
        pulled(tmp_path, "phoenix://gates")
    monkeypatch.delenv("PHOENIX_BASE_URL")
    with pytest.raises(SettingError, match="set PHOENIX_BASE_URL"):
        pulled(tmp_path)
