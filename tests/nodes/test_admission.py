"""What clients of a server may name."""

from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.runtime import Runtime
from langgraph.types import Command

from tests.graph.errands import doors, write
from trace2skill.errors import InputError, LimitError, SettingError
from trace2skill.graph import served
from trace2skill.graph.distill import build
from trace2skill.graph.run import distill
from trace2skill.nodes.admission import OPENED, OPERATORS, ROOTS, Admission
from trace2skill.nodes.models import NO_MODELS
from trace2skill.nodes.run_limits import Clock
from trace2skill.nodes.runtime import Keeper
from trace2skill.nodes.settings import DistillSettings
from trace2skill.nodes.solve_state import SolveContext

RUNS: Any = {"traces": [trace.model_dump(mode="json", exclude_defaults=True) for trace in doors()]}


@pytest.fixture(autouse=True)
def operator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A server in a folder of its own, whose clients may name what is below `open`."""
    monkeypatch.chdir(tmp_path)
    for name in (*OPERATORS, "library"):
        monkeypatch.delenv(f"TRACE2SKILL_{name.upper()}", raising=False)
    (tmp_path / "open").mkdir()
    (tmp_path / "closed").mkdir()
    monkeypatch.setenv(ROOTS, str(tmp_path / "open"))
    return tmp_path


def told(graph: Any, given: Any, **context: Any) -> str:
    """The mistake in a graph's output, as a client sees it."""
    (mistake,) = graph.invoke(given, context=context)["errors"]
    return str(mistake["message"])


@pytest.mark.parametrize(
    "path",
    [
        "closed",
        "/etc/passwd",
        "open/../closed",
        "open/*/../../closed/*",
        "op*/../closed",
        "open/link",
        "open/link/*",
        "..",
        "~",
        "*",
    ],
)
def test_no_path_leads_out(operator: Path, path: str) -> None:
    """Not by dots, links, patterns or a home; whether anything is there is not told."""
    write(operator / "closed" / "runs.jsonl", doors(2))
    (operator / "open" / "link").symlink_to(operator / "closed")
    assert "may name" in told(served._distill, {"paths": [path]})
    assert "may name" in told(served._distill, {"libraries": [path]})
    for name in ("library", "mapping", "outcomes"):
        assert "may name" in told(served._distill, RUNS, **{name: path})


@pytest.mark.parametrize("address", ["langsmith://doors", "MLFLOW://7", "phoenix://x/../../open"])
def test_no_client_has_the_server_pull(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever keys the operator has in the environment, and wherever the roots are."""
    monkeypatch.setenv("LANGSMITH_API_KEY", "lsv2-secret")
    monkeypatch.setenv(ROOTS, "/")
    assert "may not have it pull" in told(served._distill, {"paths": [address]})


def test_what_is_allowed_is_read(operator: Path) -> None:
    """Files, folders and patterns below a root; a library there too."""
    write(operator / "open" / "runs.jsonl", doors(4))
    for path in ("open", "open/runs.jsonl", str(operator / "open" / "runs.jsonl")):
        Admission().check_input({"paths": [path], "libraries": [path]})
    output = served._distill.invoke({"paths": ["open/*.jsonl"]}, context={"library": "open/library"})
    assert output["counts"]["read"] == 4
    assert (operator / "open" / "library").is_dir()


def test_without_roots_nothing_may_be_named(monkeypatch: pytest.MonkeyPatch, operator: Path) -> None:
    """The message says how to mend that; inline traces and the operator's library need no root."""
    monkeypatch.delenv(ROOTS)
    message = told(served._distill, {"paths": ["open"]})
    assert ROOTS in message
    assert "inline" in message
    monkeypatch.setenv("TRACE2SKILL_LIBRARY", "house")
    assert served._distill.invoke(RUNS, context={})["skills"]
    assert (operator / "house").is_dir()
    found = served._solve.invoke({"task": "Open door D9."}, context={})
    assert found["receipt"]["offered"][0]["skill"] == "house-doors"
    assert ROOTS in told(served._solve, {"task": "Open door D9."}, library="open")


GIVEN: dict[str, Any] = {
    **dict.fromkeys(OPERATORS, 300),
    **dict.fromkeys(("model", "synthesis_model", "base_url", "embedding", "chroma"), "openai:m"),
    **{
        "structured": "prompt",
        "price": (1, 1),
        "synthesis_price": (1, 1),
        "engine": "ray",
        "redact": "off",
        "trust": True,
    },
}
"""A value for each of the operator's settings."""


@pytest.mark.parametrize("name", OPERATORS)
def test_models_and_means_are_the_operators(name: str) -> None:
    """Which model is asked, where, at what cost; which embedding is loaded; what is kept of people."""
    further = {"price": None} if name != "max_cost" else {"price": (1, 1)}
    context = DistillSettings.of({**further, name: GIVEN[name]})
    with pytest.raises(SettingError, match="TRACE2SKILL_") as refused:
        Admission().admit(context, DistillSettings)
    assert "operator's" in str(refused.value)
    if name in SolveContext.model_fields:
        assert f"TRACE2SKILL_{name.upper()}" in told(
            served._solve, {"task": "Open it."}, **{name: GIVEN[name]}
        )


def test_a_form_may_send_the_defaults() -> None:
    """Studio sends every field."""
    for kind in (DistillSettings, SolveContext):
        Admission().admit(kind().model_dump(mode="json"), kind)


def test_the_operator_may_open_settings(monkeypatch: pytest.MonkeyPatch, operator: Path) -> None:
    """By name; never those that would send keys somewhere or load a program."""
    monkeypatch.setenv("TRACE2SKILL_MODEL", "openai:m")
    monkeypatch.setenv("TRACE2SKILL_MAX_CALLS", "7")
    monkeypatch.setenv(OPENED, "model, workers")
    kept = Admission().admit({"model": "openai:n", "workers": 2}, DistillSettings)
    assert (kept.model, kept.workers, kept.max_calls) == ("openai:n", 2, 7)
    assert Admission().keep(kept.model_copy(update={"max_calls": 99})).max_calls == 7
    assert Admission().admit({}, DistillSettings).model == "openai:m"
    monkeypatch.setenv(OPENED, "base_url")
    assert "no client may set" in told(served._distill, RUNS)


@pytest.mark.parametrize(
    ("variable", "limit", "message"),
    [
        ("TRACES", "3", "at most 3 traces"),
        ("MEGABYTES", "0.001", "0.001 MB"),
        ("SECONDS", "0.000001", "seconds that this server gives one"),
        ("SECONDS", "soon", "TRACE2SKILL_MAX_SECONDS is 'soon'"),
        ("TRACES", "0.5", "above zero"),
    ],
)
def test_a_run_is_bounded(
    monkeypatch: pytest.MonkeyPatch, operator: Path, variable: str, limit: str, message: str
) -> None:
    """However the traces are given; the message names the variable."""
    source = operator / "open" / "source"
    write(operator / "open" / "runs.jsonl", doors(4))
    distill(doors(4), library=source)
    monkeypatch.setenv(f"TRACE2SKILL_MAX_{variable}", limit)
    monkeypatch.setattr("trace2skill.nodes.shards.SIZE", 2)
    monkeypatch.setattr("trace2skill.nodes.intake.SIZE", 2)
    given = (RUNS, {"paths": ["open/*.jsonl"]}, {"libraries": ["open/source"]})
    for number, each in enumerate(given):
        answer = told(served._distill, each, library=f"open/{number}")
        assert message in answer
        assert f"TRACE2SKILL_MAX_{variable}" in answer


def test_a_task_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its length, and by the time that it may take."""
    assert "at most" in told(served._solve, {"task": "open " * 50_000})
    monkeypatch.setenv("TRACE2SKILL_MAX_SECONDS", "0.000001")
    assert "seconds" in told(served._solve, {"task": "Open it."})


def test_a_new_run_has_its_own_time(operator: Path) -> None:
    """Also on a thread with an earlier run, and after many others; an integer of any length is measured."""
    keeper = Keeper(NO_MODELS, {}, Admission())
    for run in ("", "earlier"):
        keeper.clock.add(run, 1e9)
    runtime: Any = Runtime(context=None, stream_writer=print)
    state = {"run": "earlier", "traces": [{"id": 2**70}]}
    assert keeper.begin(lambda state, runtime: {"done": True})(state, runtime)["done"]


def test_work_is_counted_for_a_run_and_waiting_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """From node to node; another run has its own time."""
    monkeypatch.setenv("TRACE2SKILL_MAX_SECONDS", "10")
    clock = Clock()
    clock.add("a", 9.9)
    clock.started("a", print).end()
    clock.add("a", 0.2)
    with pytest.raises(LimitError, match="10 seconds"):
        clock.started("a", print)
    clock.started("b", print).write({"stage": "mine"})


def test_the_operators_model_solves(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes from the environment alone."""
    monkeypatch.setenv("TRACE2SKILL_MODEL", "openai:m")
    monkeypatch.setenv("TRACE2SKILL_BASE_URL", "http://127.0.0.1:9/v1")
    context = Admission().admit({"k": 2}, SolveContext)
    assert (context.model, context.base_url, context.k) == ("openai:m", "http://127.0.0.1:9/v1", 2)


def test_a_changed_state_leads_nowhere(operator: Path) -> None:
    """A client that rewrites what was kept with a run names no library, model or run of its own."""
    graph = build(admission=Admission()).compile(checkpointer=InMemorySaver())
    for number, kept in enumerate(
        ({"library": str(operator / "closed")}, {"base_url": "http://evil.example"})
    ):
        config: Any = {"configurable": {"thread_id": str(number)}}
        graph.invoke(RUNS, config, context=DistillSettings(review=True))
        settings = graph.get_state(config).values["settings"]
        graph.update_state(config, {"settings": {**settings, **kept}}, as_node="consolidate")
        output = graph.invoke(Command(resume="accept"), config)
        assert bool(output["errors"]) == ("library" in kept)
    assert list((operator / "closed").iterdir()) == []
    with pytest.raises(InputError, match="no run of this server"):
        Admission().check_run({"run": "../../closed"})
    kept_settings = DistillSettings(base_url="http://evil.example", library=".trace2skill")
    assert Admission().keep(kept_settings).base_url is None


def test_who_runs_it_is_not_restricted(operator: Path) -> None:
    """In Python and on the command line any path may be named."""
    runs = write(operator / "closed" / "runs.jsonl", doors(4))
    assert distill([runs], library=operator / "closed" / "library").traces.read == 4


def test_a_refusal_is_a_mistake_of_the_settings() -> None:
    """Of the kind that every wrong setting is."""
    with pytest.raises(SettingError, match="operator's"):
        Admission().admit({"model": "openai:m"}, DistillSettings)
