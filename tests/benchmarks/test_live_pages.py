"""Many tasks in one prompt: pages, answers out of replies, and a solver that gathers tasks."""

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from benchmarks.live import chat
from benchmarks.live.course import Asked, Course
from benchmarks.live.pages import TOKENS, answers, page, scores, table, together, write_pages
from tests.chat_server import chat_server, said
from trace2skill.errors import InputError, SettingError
from trace2skill.evaluation.arms import Arm, fixed
from trace2skill.evaluation.solver import Result

ASKED = [
    Asked(f"t{at}", f"Add {at}.", f"{at} + 1 = ?", lambda said, at=at: float(said == str(at + 1)), "")
    for at in range(3)
]
COURSE = Course("sums", "Answer with a number.", ASKED, (), (), "")


def test_what_all_tasks_say_stands_once() -> None:
    """The way to answer comes first, then the guidance, then each task."""
    text = page({each.id: each.prompt for each in COURSE.suite.tasks}, "Count on.")
    assert text.count("Answer with a number.") == 1
    assert text.index("Answer with") < text.index("Count on.") < text.index("# t0") < text.index("# t2")


def test_answers_stand_under_headings() -> None:
    """Other headings belong to the answer; an id that is not asked starts none."""
    reply = "Sure.\n# t0\n1\n## `t2`:\n# a comment\n3\n# t9\n4\n"
    assert answers(reply, ["t0", "t1", "t2"]) == {"t0": "1", "t2": "# a comment\n3\n# t9\n4"}


def test_replies_are_scored_beside_their_pages(tmp_path: Path) -> None:
    """A task without an answer is not solved; an arm without a reply has no figures."""
    write_pages(COURSE, {name: fixed(name, "") for name in ("none", "skill")}, tmp_path)
    (tmp_path / TOKENS).write_text(
        json.dumps(dict.fromkeys(("none", "placebo", "raw", "skill", "policy"), 0))
    )
    (tmp_path / "skill.reply").write_text("# t0\n1\n# t1\n2\n")
    (tmp_path / "none.reply").write_text("# t0\n7\n")
    assert scores(COURSE, tmp_path) == {"none": [0, 0, 0], "skill": [1, 1, 0]}
    rows = table(COURSE, tmp_path).splitlines()
    assert rows[2].startswith("| none | 0/3 ")
    assert "| policy | not answered | 0 |  |  |" in rows


def test_a_reply_without_answers_is_named(tmp_path: Path) -> None:
    """So is a folder without replies."""
    with pytest.raises(InputError, match="holds no reply"):
        scores(COURSE, tmp_path)
    (tmp_path / "none.reply").write_text("Nothing to say.")
    with pytest.raises(InputError, match=r"none\.reply answers no task"):
        scores(COURSE, tmp_path)


def test_a_page_has_each_skill_once_and_three_runs_for_all() -> None:
    """What tasks get alone is put together; raw runs are looked up by all requests."""
    by_task = Arm("retrieved", lambda task: "even" if task.id in {"t0", "t2"} else "odd")
    assert together(by_task, ASKED) == "even\n\nodd"
    assert together(Arm("raw:3", lambda task: task.prompt), ASKED) == "Add 0.\nAdd 1.\nAdd 2."


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """What a server is asked that answers every task on a page with its heading."""

    def script(_: int, request: dict[str, Any]) -> Any:
        text = request["messages"][-1]["content"]
        headings = [line for line in text.splitlines() if line.startswith("# t")]
        return said({"content": "\n".join(f"{each}\n{each[2:]}" for each in headings) or "alone"}, request)

    with chat_server(script=script) as server:
        monkeypatch.setenv("TRACE2SKILL_MODEL", "openai:m")
        monkeypatch.setenv("TRACE2SKILL_BASE_URL", server.url)
        chat.model.cache_clear()
        yield server.asked
        chat.model.cache_clear()


def test_tasks_with_the_same_guidance_go_in_one_prompt(asked: list[dict[str, Any]]) -> None:
    """Three tasks of one arm and one of another: two calls, and each task gets its own answer."""
    batched = chat.Batched(quiet=0.2)
    found: dict[str, Result] = {}

    def ask(task: str, guidance: str) -> None:
        found[task] = batched(task, guidance, 0)

    given = [("a", "rule"), ("b", "rule"), ("c", "rule"), ("d", "")]
    threads = [Thread(target=ask, args=each) for each in given]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(asked) == 2
    assert {each["messages"][0]["role"] for each in asked} == {"system", "user"}
    assert found["d"].answer == "alone"
    assert len({found[name].answer for name in "abc"}) == 3


def test_one_task_is_asked_as_it_is(asked: list[dict[str, Any]]) -> None:
    """Guidance first; tokens and model as the server says."""
    result = chat.solve("one", "rule", 0)
    assert [each["content"] for each in asked[0]["messages"]] == ["rule", "one"]
    assert result.answer == "alone"
    assert result.tokens


def test_without_a_model_there_is_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the variable."""
    monkeypatch.delenv("TRACE2SKILL_MODEL", raising=False)
    chat.model.cache_clear()
    with pytest.raises(SettingError, match="TRACE2SKILL_MODEL"):
        chat.solve("one", "", 0)
