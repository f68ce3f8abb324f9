"""The distil graph, driven as a graph: input and output are plain JSON, mistakes are output."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver

from tests.graph.errands import contents, doors, lamps, write
from trace2skill.graph.distill import build, graph
from trace2skill.mining.pool import Pool
from trace2skill.mining.roster import ROSTER, Analyst
from trace2skill.nodes.settings import DistillSettings
from trace2skill.nodes.state import DistillInput
from trace2skill.store.library import Library


def inline() -> DistillInput:
    """Both families as a person would type them."""
    return {"traces": [trace.model_dump(mode="json", exclude_defaults=True) for trace in doors() + lamps()]}


def context(folder: Path, **settings: Any) -> DistillSettings:
    """The settings of a run whose library lies in the folder."""
    return DistillSettings(library=str(folder / "library"), **settings)


def test_inline_traces_become_skills(tmp_path: Path) -> None:
    """One skill a family, at version 1, and the traces are kept."""
    output = graph.invoke(inline(), context=context(tmp_path))
    assert [(change["name"], change["operation"], change["version"]) for change in output["skills"]] == [
        ("house-doors", "add", 1),
        ("house-lamps", "add", 1),
    ]
    assert output["families"] == {"doors": 8, "lamps": 8}
    with Library(tmp_path / "library", create=False) as library:
        assert library.trace_hashes() == sorted(trace.hash for trace in doors() + lamps())


def test_settings_may_be_a_dictionary_or_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a server sends them; without any, the library is `.trace2skill` where the process runs."""
    monkeypatch.chdir(tmp_path)
    named: Any = {"library": "named"}
    graph.invoke(inline(), context=named)
    graph.invoke(inline())
    assert contents(tmp_path / "named") == contents(tmp_path / ".trace2skill")


def test_progress_is_streamed_stage_by_stage(tmp_path: Path) -> None:
    """Custom events name the stages in the order of the drawing; one `mine` per family and analyst."""
    events = list(graph.stream(inline(), context=context(tmp_path), stream_mode="custom"))
    stages = [event["stage"] for event in events]
    assert list(dict.fromkeys(stages)) == [
        *("read", "plan", "decide", "mine", "measure", "compose", "critique", "save")
    ]
    mined = {(event["family"], event["analyst"]) for event in events if event["stage"] == "mine"}
    assert mined == {(family, analyst.name) for family in ("doors", "lamps") for analyst in ROSTER}


def test_forms_show_what_matters_first() -> None:
    """Ten settings, then the others by group; each is explained, and so is each input."""
    fields = (graph.get_context_jsonschema() or {})["properties"]
    titles = [field["title"] for field in fields.values()]
    assert titles[:4] == ["Library", "Review", "Redact", "Model"]
    groups = [title.partition(":")[0] for title in titles if ":" in title]
    assert groups == sorted(groups, key=groups.index)
    assert len(titles) - len(groups) == 10
    inputs = graph.get_input_jsonschema()["properties"]
    assert all(field["description"] for field in [*fields.values(), *inputs.values()])


def test_each_node_says_what_it_found(tmp_path: Path) -> None:
    """In words: the rules decided on, each analyst's findings, the drafts as pages."""
    updates = graph.stream(inline(), context=context(tmp_path), stream_mode="updates")
    told = {node: each for update in updates for node, each in update.items()}
    assert told["decide"]["rules"] == {"doors": 2, "lamps": 2}
    found = told["measure"]["findings"]["doors"]["rules"][0]
    assert found["sentence"].startswith("When ")
    assert "runs" in found["counted"]
    assert "## Decide" in told["synthesise"]["pages"]["doors"]
    assert {node for node, each in told.items() if not each} == {"judge_outcomes", "review", "tidy"}


def test_a_pasted_conversation_is_a_run(tmp_path: Path) -> None:
    """Its messages are not kept in the state."""
    said: Any = [
        {"role": "user", "content": "Open door D9."},
        {"role": "assistant", "content": "It is open."},
    ]
    config: RunnableConfig = {"configurable": {"thread_id": "1"}}
    checkpointed = build().compile(checkpointer=InMemorySaver())
    output = checkpointed.invoke({"messages": said}, config, context=context(tmp_path))
    assert output["counts"]["new"] == 1
    assert checkpointed.get_state(config).values["messages"] == []
    wrong = checkpointed.invoke({"messages": ["hello"]}, config, context=context(tmp_path))
    assert "give one conversation" in wrong["errors"][0]["message"]


def test_it_runs_asynchronously(tmp_path: Path) -> None:
    """`ainvoke` gives what `invoke` gives."""
    output = asyncio.run(graph.ainvoke(inline(), context=context(tmp_path / "async")))
    again = graph.invoke(inline(), context=context(tmp_path / "sync"))
    assert output == again
    assert contents(tmp_path / "async" / "library") == contents(tmp_path / "sync" / "library")


def test_the_state_is_small_plain_json_without_traces(tmp_path: Path) -> None:
    """With a checkpointer nothing but JSON is stored, and no step of any trace."""
    path = write(tmp_path / "runs.jsonl", doors() + lamps())
    config: RunnableConfig = {"configurable": {"thread_id": "1"}}
    checkpointed = build().compile(checkpointer=InMemorySaver())
    checkpointed.invoke({"paths": [str(path)]}, config, context=context(tmp_path))
    for snapshot in checkpointed.get_state_history(config):
        text = json.dumps(snapshot.values)
        assert len(text) < 12_000
        assert "is locked" not in text


def test_nothing_of_the_run_is_left_beside_the_library(tmp_path: Path) -> None:
    """The workbench is cleared and nothing stays staged."""
    graph.invoke(inline(), context=context(tmp_path))
    assert list((tmp_path / "library" / "work").iterdir()) == []
    with Library(tmp_path / "library") as library:
        assert library.trace_hashes() == library.trace_hashes("any run")


@pytest.mark.parametrize(
    ("given", "settings", "error", "message"),
    [
        ({"paths": ["no-such-folder"]}, {}, "InputError", "no-such-folder"),
        ({}, {}, "InputError", '{"paths": ["runs/"]}'),
        ({"paths": [1]}, {}, "InputError", 'paths is a list of texts, e.g. {"paths": ["runs/"]}, not [1]'),
        ({"libraries": {"a": 1}}, {}, "InputError", "libraries is a list of texts"),
        ({"traces": "runs/"}, {}, "InputError", 'traces is a list of traces in our own format, not "runs/"'),
        ({"traces": [{"id": "no steps", "outcome": 7}]}, {}, "InputError", "traces, [0]"),
        ({"traces": [{"id": "a", "steps": 7}, {"id": "b"}]}, {"strict": True}, "InputError", "traces, [0]"),
        ({"paths": ["."]}, {"mapping": "no-map.toml"}, "InputError", "no-map.toml"),
        ({"traces": [{"id": "a", "steps": []}]}, {"analysts": ["ghost"]}, "SettingError", "ghost"),
        ({"traces": [{"id": "a", "steps": []}]}, {"embedding": "ghost"}, "SettingError", "ghost"),
    ],
)
def test_a_mistake_ends_the_run_with_a_message(
    tmp_path: Path, given: DistillInput, settings: dict[str, Any], error: str, message: str
) -> None:
    """What the user can mend is in the output, not an exception."""
    output = graph.invoke(given, context=context(tmp_path, **settings))
    assert [mistake["error"] for mistake in output["errors"]] == [error]
    assert message in output["errors"][0]["message"]
    assert "skills" not in output


def test_a_bug_propagates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only expected errors become output."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("trace2skill.nodes.settling.assign_families", broken)
    with pytest.raises(ZeroDivisionError):
        graph.invoke(inline(), context=context(tmp_path))


def test_a_failing_analyst_is_a_record_and_the_others_go_on(tmp_path: Path) -> None:
    """Its failure names family and analyst; the skills rest on what the others found."""

    def fail(pool: Pool) -> list[Any]:
        if pool.family == "doors":
            raise ValueError("lost the key")
        return []

    roster = (*ROSTER, Analyst("locksmith", "keys", fail))
    output = build(roster).compile().invoke(inline(), context=context(tmp_path))
    assert output["failures"] == [
        {"node": "mine", "family": "doors", "analyst": "locksmith", "message": "ValueError: lost the key"}
    ]
    assert [change["name"] for change in output["skills"]] == ["house-doors", "house-lamps"]


def test_the_run_ends_when_every_analyst_fails(tmp_path: Path) -> None:
    """No skill, one failure a family, and the next run tries again."""

    def fail(pool: Pool) -> list[Any]:
        raise ValueError(pool.family)

    failing = build((Analyst("never", "nothing", fail),)).compile()
    output = failing.invoke(inline(), context=context(tmp_path))
    assert output["skills"] == []
    assert sorted(failure["family"] for failure in output["failures"]) == ["doors", "lamps"]
    later = graph.invoke(inline(), context=context(tmp_path))
    assert [change["name"] for change in later["skills"]] == ["house-doors", "house-lamps"]


def test_tasks_go_out_in_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More tasks than a chunk holds are all done, chunk after chunk."""
    monkeypatch.setattr("trace2skill.nodes.join.CHUNK", 3)
    output = graph.invoke(inline(), context=context(tmp_path))
    whole = context(tmp_path / "whole")
    monkeypatch.undo()
    assert graph.invoke(inline(), context=whole) == output
    assert contents(tmp_path / "library") == contents(tmp_path / "whole" / "library")
