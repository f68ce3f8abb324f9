"""MLflow's traces, pulled."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.traces.pull.serving import Asked, Served, Status, serving
from tests.traces.readers.test_mlflow import SPANS, feedback
from trace2skill.errors import SettingError
from trace2skill.traces.model import Label
from trace2skill.traces.pull.pulling import Pulled, pull
from trace2skill.traces.read import Intake

TOKEN = "mlflow-token-0123456789abcdef"


def info(number: int, *assessments: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """What the search tells of a trace, as JSON of its protocol."""
    return {
        "trace_id": f"tr-{number}",
        "request_time": f"2026-11-01T00:{number:02}:00.250Z",
        "state": "OK",
        "trace_metadata": {},
        "assessments": list(assessments),
        **fields,
    }


class Tracking:
    """A tracking server with one experiment, two traces to a page."""

    def __init__(self) -> None:
        self.traces = [
            info(1, feedback("correctness", True)),
            info(2, feedback("correctness", False)),
            info(3),
        ]
        self.newest = True

    def __call__(self, asked: Asked) -> Any:
        """Answer a request."""
        match asked.path:
            case "/base/api/2.0/mlflow/experiments/get-by-name":
                known = asked.query["experiment_name"] == ["my doors"]
                return {"experiment": {"experiment_id": "7"}} if known else Status(404)
            case "/base/api/3.0/mlflow/traces/search":
                assert asked.body["order_by"] == ["timestamp_ms ASC"]
                first = int(asked.body.get("page_token", 0))
                following = str(first + 2) if first + 2 < len(self.traces) else ""
                return {"traces": self.traces[first : first + 2], "next_page_token": following}
            case "/base/ajax-api/3.0/mlflow/get-trace-artifact" if not self.newest:
                return Status(404)
            case (
                "/base/ajax-api/3.0/mlflow/get-trace-artifact"
                | "/base/ajax-api/2.0/mlflow/get-trace-artifact"
            ):
                return {"spans": SPANS}
        return Status(404)


Fixture = tuple[Tracking, Served]


@pytest.fixture
def tracking(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fixture]:
    """Three traces below a path of a server."""
    answers = Tracking()
    with serving(answers) as served:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"{served.url}/base/")
        monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", TOKEN)
        yield answers, served


def pulled(folder: Path, address: str = "mlflow://my%20doors") -> Pulled:
    """One pull that waits for nothing."""
    return pull(address, folder, wait=lambda _: None)


@pytest.mark.parametrize("newest", [True, False])
def test_traces_come_with_spans_and_assessments(tracking: Fixture, tmp_path: Path, newest: bool) -> None:
    """Also from a server that has the spans where they were before 3.x moved them."""
    answers, served = tracking
    answers.newest = newest
    result = pulled(tmp_path)
    assert result.traces == 3
    outcomes = {each.id: each.outcome.label for each in Intake(result.folder)}
    assert outcomes == {"tr-1": Label.SUCCESS, "tr-2": Label.FAILURE, "tr-3": Label.UNKNOWN}
    assert {each.headers["authorization"] for each in served.asked} == {f"Bearer {TOKEN}"}
    searched = [each.body for each in served.asked if each.path.endswith("search")]
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "7"}}
    assert [each["locations"] for each in searched] == [[place]] * 2
    assert [each.get("page_token") for each in searched] == [None, "2"]


def test_the_spans_of_known_traces_are_not_fetched_again(tracking: Fixture, tmp_path: Path) -> None:
    """Only the new trace's."""
    answers, served = tracking
    pulled(tmp_path)
    answers.traces.append(info(4))
    served.asked.clear()
    assert pulled(tmp_path).traces == 1
    spans = [each.query["request_id"] for each in served.asked if each.path.endswith("artifact")]
    assert spans == [["tr-4"]]


def test_a_break_keeps_the_traces_before_it(
    tracking: Fixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each trace is whole as it comes."""
    answers, _ = tracking
    with serving(lambda asked: Status(0) if asked.body.get("page_token") else answers(asked)) as broken:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"{broken.url}/base")
        result = pulled(tmp_path)
    assert result.traces == 2
    assert "cut the connection" in result.cut


def test_options_become_a_filter(tracking: Fixture, tmp_path: Path) -> None:
    """Times in milliseconds; an id in the place of a name."""
    _, served = tracking
    pulled(tmp_path, "mlflow://7?since=2026-11-01&until=2026-11-02&name=agent&tag=stage%3Dprod")
    body = next(each.body for each in served.asked if each.body)
    assert body["filter"] == (
        "attributes.timestamp_ms >= 1793491200000 AND attributes.timestamp_ms < 1793577600000"
        " AND attributes.name = 'agent' AND tags.`stage` = 'prod'"
    )


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("mlflow://7?name=a'%20OR", "no quotes"),
        ("mlflow://7?tag=prod", "tag=KEY%3DVALUE"),
        ("mlflow://gates", "no experiment 'gates'"),
    ],
)
def test_what_cannot_be_asked_for_is_told(tracking: Fixture, tmp_path: Path, address: str, told: str) -> None:
    """Each with the fix."""
    with pytest.raises(SettingError, match=told):
        pulled(tmp_path, address)


@pytest.mark.parametrize("uri", ["", "databricks", "sqlite:///mlflow.db"])
def test_a_tracking_server_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uri: str) -> None:
    """A file or another scheme is none."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    with pytest.raises(SettingError, match="MLFLOW_TRACKING_URI"):
        pulled(tmp_path)
