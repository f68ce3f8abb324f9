"""`trace2skill distill --show-prompts`: what would be sent, without sending it."""

import json
from pathlib import Path

import pytest

from tests.chat_server import chat_server, faults
from tests.cli.conftest import Run
from tests.graph.errands import doors, write
from tests.scripted_analyst import answer, kind_of
from trace2skill.store.library import Library


@pytest.fixture
def eight(tmp_path: Path) -> Path:
    """Eight runs of one family, which readers are asked about aspect by aspect."""
    return write(tmp_path / "eight.jsonl", doors())


def test_the_first_of_each_kind_is_printed_without_a_key(
    run: Run, eight: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """System, question and the answer's schema; what depends on answers says so; nothing is saved."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    library = tmp_path / "library"
    result = run("distill", eight, "--library", library, "--show-prompts", "--model", "openai:m")
    assert result.exit_code == 0
    assert "########## read about rules: the first of 1 calls, on doors" in result.stdout
    assert "########## critique: the first of 2 calls, on doors" in result.stdout
    assert result.stdout.count("The real one depends on what was answered before") == 2
    for words in ("You study recorded runs", "[T1] ", "You edit a skill", "You are the critic", '"claims"'):
        assert words in result.stdout
    assert "Nothing was asked and nothing was saved." in result.stdout
    with Library(library, create=False) as opened:
        assert (opened.skills(), opened.trace_hashes()) == ([], [])


def test_json_holds_every_reading_as_it_is_sent_later(run: Run, eight: Path, tmp_path: Path) -> None:
    """The same texts that a server then gets."""
    shown = run("distill", eight, "--library", tmp_path / "a", "--show-prompts", "--json")
    planned = json.loads(shown.stdout)["calls_planned"]
    reads = [(each["system"], each["question"]) for each in planned["prompts"] if each["node"] == "read"]
    with chat_server(script=faults(answer)) as chat:
        asking = ("--model", "openai:m", "--base-url", chat.url)
        assert run("distill", eight, "--library", tmp_path / "b", *asking).exit_code == 0
    got = [
        tuple(message["content"] for message in asked["messages"])
        for asked in chat.asked
        if kind_of(asked) == "read"
    ]
    assert sorted(reads) == sorted(got)
    assert len(reads) == planned["by_node"]["read"]["calls"]
    assert {each["answer"] for each in planned["prompts"]} == planned["answers"].keys()


def test_a_dry_run_alone_shows_no_prompt(run: Run, eight: Path, tmp_path: Path) -> None:
    """Its report stays short."""
    shown = run("distill", eight, "--library", tmp_path / "a", "--dry-run", "--json")
    assert "prompts" not in json.loads(shown.stdout)["calls_planned"]
