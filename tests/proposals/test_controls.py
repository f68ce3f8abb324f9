"""Controls that a model writes: one summary of the runs, and one patch per run, merged."""

from pathlib import Path

import pytest

from tests.chat_server import Asked, Reply, answered, chat_server, refused
from tests.graph.errands import doors
from trace2skill.errors import InputError, ModelError
from trace2skill.llm.ask import Asker
from trace2skill.llm.cache import CallCache
from trace2skill.llm.settings import ModelSettings
from trace2skill.proposals.controls import LONGEST_LESSON, MERGED, calls, control_text

RUNS = doors(6)


def lessons(number: int, asked: Asked) -> Reply:
    """A lesson that names what it was drawn from."""
    system = str(asked["messages"][0]["content"])
    kind = "runs" if "recorded runs" in system else "run" if "one recorded run" in system else "merge"
    return answered({"title": "Doors", "lessons": [f"of {kind}: unlock first"]}, asked)


def asker(url: str, **given: object) -> Asker:
    """Of a server in the test."""
    return Asker(ModelSettings.model_validate({"model": "openai:m", "base_url": url, "retries": 0, **given}))


def test_a_summary_is_one_question_over_all_runs() -> None:
    """Every run stands in the prompt, fenced, and the answer is a text for an agent."""
    with chat_server(script=lessons) as chat:
        text = control_text("summary", RUNS, asker(chat.url), "house-doors")
    (asked,) = chat.asked
    prompt = str(asked["messages"][1]["content"])
    assert all(f"[T{number}]" in prompt for number in range(1, len(RUNS) + 1))
    assert prompt.splitlines()[0].startswith("=====data ")
    assert text == "# Doors\n\n- of runs: unlock first"
    assert len(chat.asked) == calls("summary", len(RUNS))


def test_patches_are_merged_until_one_is_left() -> None:
    """A question for each run, then groups of eight; the count is told beforehand."""
    runs = doors(MERGED + 1)
    with chat_server(script=lessons) as chat:
        text = control_text("patches", runs, asker(chat.url), "house-doors")
    assert len(chat.asked) <= calls("patches", len(runs))
    merges = [str(asked["messages"][1]["content"]) for asked in chat.asked[len(runs) :]]
    assert merges[0].count("of run:") == MERGED
    assert text == "# Doors\n\n- of merge: unlock first"


def test_the_same_control_again_asks_nothing(tmp_path: Path) -> None:
    """By the cache, whatever the order of the runs."""
    with chat_server(script=lessons) as chat:
        for runs in (RUNS, RUNS[::-1]):
            with CallCache(tmp_path / "calls") as cache:
                asking = Asker(ModelSettings(model="openai:m", base_url=chat.url), cache=cache)
                control_text("patches", runs, asking, "house-doors")
    assert len(chat.asked) == calls("patches", len(RUNS))


def test_a_patch_that_fails_is_told_and_nothing_is_written_from_the_rest() -> None:
    """A merge of what happened to succeed would be another control."""
    with (
        chat_server(script=lambda number, asked: refused(500, "out of order")) as chat,
        pytest.raises(ModelError),
    ):
        control_text("patches", RUNS, asker(chat.url), "house-doors")


def test_long_lessons_are_cut_and_no_runs_are_refused() -> None:
    """The limit is told in the prompt."""
    long = {"title": "", "lessons": ["x" * 1000]}
    with chat_server(script=lambda _, asked: answered(long, asked)) as chat:
        asking = asker(chat.url)
        assert control_text("summary", RUNS, asking, "s") == f"# Lessons\n\n- {'x' * LONGEST_LESSON}"
        with pytest.raises(InputError, match="no runs of s"):
            control_text("summary", [], asking, "s")
    assert str(LONGEST_LESSON) in str(chat.asked[0]["messages"][0]["content"])
