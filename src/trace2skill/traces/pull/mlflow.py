"""MLflow 3: traces with `POST /api/3.0/mlflow/traces/search`, and each one's spans as its UI loads them."""

import os
from collections.abc import Callable, Container, Iterator, Sequence

from trace2skill.errors import SettingError
from trace2skill.traces.pull.address import Address
from trace2skill.traces.pull.server import AbsentError, Server, required
from trace2skill.traces.pull.source import Page, Part, Value, seconds

PAGE = 100
"""Traces on a page."""

SPANS = ("/ajax-api/3.0/mlflow/get-trace-artifact", "/ajax-api/2.0/mlflow/get-trace-artifact")
"""Where the spans of a trace are; the earlier versions of MLflow 3 know the second alone."""


class MLflow:
    """An experiment of MLflow.

    Raises:
        SettingError: There is no tracking server, or an option cannot be asked for.
    """

    ordered = True

    def __init__(self, address: Address, wait: Callable[[float], None]) -> None:
        variable = "MLFLOW_TRACKING_URI"
        base = required(variable, address.scheme, "a tracking server")
        token = os.environ.get("MLFLOW_TRACKING_TOKEN")
        user = os.environ.get("MLFLOW_TRACKING_USERNAME")
        self.server = Server(
            base,
            variable=variable,
            keys="MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
            headers={"authorization": f"Bearer {token}"} if token else None,
            login=(user, os.environ.get("MLFLOW_TRACKING_PASSWORD", "")) if user and not token else None,
            wait=wait,
        )
        if any(sign in address.tag + address.name for sign in "'\"`\\"):
            raise SettingError("MLflow's filter takes no quotes: give a tag and a name without them")
        if address.tag and "=" not in address.tag:
            raise SettingError("MLflow's tags have values: give tag=KEY%3DVALUE, e.g. tag=stage%3Dprod")
        self._address = address
        self._experiment = ""

    def check(self) -> None:
        """Find the experiment's id: by its name, else a number is the id itself."""
        project = self._address.project
        try:
            found = self.server.get("/api/2.0/mlflow/experiments/get-by-name", {"experiment_name": project})
            self._experiment = str(found["experiment"]["experiment_id"])
        except (AbsentError, KeyError, TypeError):
            if not project.isdecimal():
                raise SettingError(
                    f"MLflow has no experiment {project!r}; check the name and MLFLOW_TRACKING_URI"
                ) from None
            self._experiment = project

    def pages(self, since: float | None, after: str | None, known: Container[str]) -> Iterator[Page]:
        """Traces with their spans, one to a page."""
        place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": self._experiment}}
        body = {
            "locations": [place],
            "filter": self._filter(since),
            "max_results": PAGE,
            "order_by": ["timestamp_ms ASC"],
            "page_token": after,
        }
        while True:
            answer = self.server.post("/api/3.0/mlflow/traces/search", body)
            for info in answer.get("traces") or []:
                if info.get("trace_id") in known:
                    continue
                yield Page([{"info": info, "data": {"spans": self._spans(info["trace_id"])}}])
            body["page_token"] = answer.get("next_page_token")
            if not body["page_token"]:
                return

    def part(self, value: Value) -> Part | None:
        """A trace; what has ended holds whole."""
        info = value["info"]
        start = seconds(info.get("request_time"))
        end = None if info.get("state") == "IN_PROGRESS" else start
        return Part(info["trace_id"], start, end, root=True, whole=True)

    def judgements(self, parts: Sequence[tuple[str, str]], since: float | None) -> Iterator[Sequence[Value]]:  # noqa: ARG002 - the contract
        """None: the assessments of a trace come with it."""
        yield from ()

    def _spans(self, trace: str) -> list[Value]:
        for path in SPANS:
            try:
                return list(self.server.get(path, {"request_id": trace})["spans"])
            except (AbsentError, KeyError, TypeError):
                continue
        return []

    def _filter(self, since: float | None) -> str | None:
        tests = []
        if since is not None:
            tests.append(f"attributes.timestamp_ms >= {int(since * 1000)}")
        if self._address.until is not None:
            tests.append(f"attributes.timestamp_ms < {int(self._address.until * 1000)}")
        if self._address.name:
            tests.append(f"attributes.name = '{self._address.name}'")
        if self._address.tag:
            key, _, value = self._address.tag.partition("=")
            tests.append(f"tags.`{key}` = '{value}'")
        return " AND ".join(tests) or None
