"""Settings belong to the run: frozen when it begins, whatever comes with a resume."""

from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from tests.graph.errands import contents, doors
from trace2skill.errors import SettingError
from trace2skill.graph.distill import build
from trace2skill.graph.run import distill
from trace2skill.nodes.models import NO_MODELS, Models

CONFIG: Any = {"configurable": {"thread_id": "1"}}
SECRET = "sk-" + "4f9aB7Qz" * 6


class Lengths:
    """An embedding of the caller's own: texts by their length."""

    id = "lengths"

    def embed(self, texts: list[str]) -> list[list[float]]:
        """Two numbers a text."""
        return [[float(len(text)), 1.0] for text in texts]


def waiting(saver: InMemorySaver, library: Path, models: Models = NO_MODELS, **settings: Any) -> Any:
    """The graph, after a run over the doors that now waits for a review."""
    graph = build(models=models).compile(checkpointer=saver)
    given: Any = {"traces": [trace.model_dump(mode="json", exclude_defaults=True) for trace in doors()]}
    output = graph.invoke(given, CONFIG, context={"library": str(library), "review": True, **settings})
    assert output["__interrupt__"]
    return graph


def names(library: Path) -> list[str]:
    """The skills in the library."""
    return sorted(contents(library))


def test_a_rejection_without_context_saves_nothing(tmp_path: Path) -> None:
    """The run remembers that it was to be reviewed, and where its library lies."""
    graph = waiting(InMemorySaver(), tmp_path)
    output = graph.invoke(Command(resume="reject"), CONFIG)
    assert output["skills"] == []
    assert [each["skill"] for each in output["refused"]] == ["house-doors"]
    assert names(tmp_path) == []


def test_another_context_at_the_resume_does_not_matter(tmp_path: Path) -> None:
    """Neither whether to review, nor where to save, nor a mistake in it."""
    graph = waiting(InMemorySaver(), tmp_path / "library")
    other = {"library": str(tmp_path / "other"), "review": False, "budget": "many"}
    output = graph.invoke(Command(resume={"house-doors": "reject"}), CONFIG, context=other)
    assert output["skills"] == []
    assert names(tmp_path / "library") == []
    assert not (tmp_path / "other").exists()


def test_an_unknown_answer_saves_nothing(tmp_path: Path) -> None:
    """It is asked again, at the fifth in a row the run ends, and still nothing is saved."""
    graph = waiting(InMemorySaver(), tmp_path)
    for answer in ("rejct", {}, 7, {"house-doors": "perhaps"}):
        output = graph.invoke(Command(resume=answer), CONFIG)
        assert output["__interrupt__"]
    output = graph.invoke(Command(resume=["no"]), CONFIG)
    assert "5 answers could not be taken" in output["errors"][0]["message"]
    assert names(tmp_path) == []


def test_a_relative_library_stays_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A resume in a process that runs elsewhere finds it."""
    monkeypatch.chdir(tmp_path)
    graph = waiting(InMemorySaver(), Path("library"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    graph.invoke(Command(resume="accept"), CONFIG)
    assert names(tmp_path / "library") == ["house-doors"]


def test_the_environment_counts_when_the_run_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that a variable names later is not asked."""
    saver = InMemorySaver()
    graph = waiting(saver, tmp_path)
    kept = graph.get_state(CONFIG).values["settings"]
    assert kept == {"library": str(tmp_path), "review": True}
    distill(doors(12)[8:], library=tmp_path)  # the run will have to be planned anew
    monkeypatch.setenv("TRACE2SKILL_MODEL", "openai:m")
    output = graph.invoke(Command(resume="accept"), CONFIG)
    assert "reading" not in output
    assert output["__interrupt__"]


def test_a_secret_is_not_kept_but_asked_for_again(tmp_path: Path) -> None:
    """Without it the review stays open and nothing is saved; with it the run goes on."""
    saver = InMemorySaver()
    graph = waiting(saver, tmp_path, mapping=SECRET)
    assert SECRET not in repr(graph.get_state(CONFIG).values)
    with pytest.raises(SettingError, match="mapping holds a secret"):
        graph.invoke(Command(resume="accept"), CONFIG)
    assert names(tmp_path) == []
    assert graph.get_state(CONFIG).next == ("review",)
    output = graph.invoke(Command(resume="reject"), CONFIG, context={"mapping": None})
    assert output["skills"] == []


def test_an_object_is_not_kept_but_asked_for_again(tmp_path: Path) -> None:
    """An embedding's object belongs to the process; another one without it saves nothing."""
    saver = InMemorySaver()
    waiting(saver, tmp_path, Models(embedding=Lengths()))
    bare = build().compile(checkpointer=saver)
    with pytest.raises(SettingError, match="embedding is an object"):
        bare.invoke(Command(resume="accept"), CONFIG)
    assert names(tmp_path) == []
    again = build(models=Models(embedding=Lengths())).compile(checkpointer=saver)
    again.invoke(Command(resume="accept"), CONFIG)
    assert names(tmp_path) == ["house-doors"]
