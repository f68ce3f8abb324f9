"""The distil graph with a model: what it proposes is measured, what it words is held against the claims."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.chat_server import Asked, Chat, chat_server, faults
from tests.graph.errands import contents, doors, lamps
from trace2skill.errors import ModelError
from trace2skill.graph.distill import graph
from trace2skill.graph.run import distill
from trace2skill.llm.settings import ModelSettings
from trace2skill.nodes.report import Report
from trace2skill.nodes.settings import DistillSettings
from trace2skill.skills.model import Skill
from trace2skill.store.library import Library
from trace2skill.traces.model import Label

SAID = {
    "kind": "guard",
    "action": "open()",
    "require": 'door.status == "closed"',
    "scope": "known(door.door_id)",
}
UNTRUE = {"kind": "guard", "action": "open()", "require": 'door.status == "open"'}
NOTE = {"text": "Look at the lock before you try the handle.", "at": "T1#0", "quote": 'status:"locked"'}
NOTHING: dict[str, Any] = {"claims": [], "notes": []}
FIELDS: dict[str, dict[str, Any]] = {"read": {"causes": []}, "synthesise": {"rules": []}}
"""What every answer has."""


def node_of(asked: Asked) -> str:
    """Which node asks, by its instructions."""
    system = asked["messages"][0]["content"]
    for start, node in (
        ("You study", "read"),
        ("You edit", "synthesise"),
        ("You are the critic", "critique"),
    ):
        if system.startswith(start):
            return node
    raise AssertionError(system)


def model(read: Any = NOTHING, synthesise: Any = None, critique: Any = None) -> Callable[[Asked], object]:
    """A model that gives these answers, or those of functions of the request."""
    answers = {"read": read, "synthesise": synthesise or {}, "critique": critique or {"objections": []}}

    def answer(asked: Asked) -> object:
        node = node_of(asked)
        found = answers[node]
        given = found(asked) if callable(found) else found
        return {**FIELDS.get(node, {}), **given}

    return answer


def settings(chat: Chat, **given: Any) -> ModelSettings:
    """A model behind the server."""
    return ModelSettings(model="openai:m", base_url=chat.url, backoff_s=0.01, **given)


def run(folder: Path, answer: Callable[[Asked], object], **given: Any) -> tuple[Report, Chat]:
    """Distil the doors with such a model."""
    with chat_server(script=faults(answer)) as chat:
        return distill(doors(), library=folder, models=settings(chat, **given)), chat


def skill(folder: Path) -> Skill:
    """The one skill of the library."""
    with Library(folder, create=False) as library:
        (stored,) = library.skills()
        return stored.skill


def test_every_aspect_of_a_small_family_is_asked_about_by_itself(tmp_path: Path) -> None:
    """One call per batch and analyst, then one to word the draft and one to criticise it."""
    _, chat = run(tmp_path, model())
    nodes = [node_of(asked) for asked in chat.asked]
    assert nodes.count("synthesise") == 1
    assert nodes.count("critique") == 1
    assert nodes.count("read") == 5


def test_what_is_proposed_is_measured(tmp_path: Path) -> None:
    """A claim that the runs bear out stands with counted evidence; one that they do not is gone."""
    report, _ = run(tmp_path, model({"claims": [SAID, UNTRUE], "notes": [NOTE]}))
    assert report.reading["proposed"] >= 3
    assert report.reading["measured"] == 2
    texts = [rule.text for rule in skill(tmp_path).rules]
    assert any("make sure that some door has *status = closed*" in text for text in texts)
    assert not any("status = open" in text and "before calling" in text.lower() for text in texts)
    assert NOTE["text"] in texts
    assert all(rule.quotes for rule in skill(tmp_path).rules if rule.finding is None)


def failed_runs_asked_about(prompt: str) -> list[str]:
    """Their aliases; none where the prompt asks for something else."""
    return re.findall(r"T\d+", prompt.partition("for each of the failed runs ")[2].partition(" give")[0])


def causes(asked: Asked, cause: str) -> list[dict[str, str]]:
    """A cause for every failed run but the last: it pushed a locked door; a good run did not."""
    prompt = asked["messages"][1]["content"]
    runs = failed_runs_asked_about(prompt)
    (instead,) = re.findall(r"\[(T\d+)\] success", prompt)[:1]
    own = {"quote": "the door is locked", "cause": cause, "instead_quote": 'status:"closed"'}
    return [{"run": run, "at": f"{run}#1", "instead_at": f"{instead}#1", **own} for run in runs[:-1]]


@pytest.mark.parametrize(("budget", "apart"), [(1500, True), (1, False)])
def test_every_failed_run_is_asked_what_decided_it(tmp_path: Path, budget: int, apart: bool) -> None:
    """In a call of its own, or beside the other aspects where that would cost too much.

    Causes that quote both runs are one note that rests on all of them; the missing one is counted.
    """
    told = "Unlock before you push the handle."

    def read(asked: Asked) -> object:
        body = asked["messages"][1]["content"]
        return NOTHING | ({"causes": causes(asked, told)} if "Failure causes" in body else {})

    report, chat = run(tmp_path, model(read), tokens_per_run=budget)
    readings = [asked["messages"][1]["content"] for asked in chat.asked if node_of(asked) == "read"]
    (about,) = (body for body in readings if "Failure causes" in body)
    assert ("Conditional logic" not in about) is apart
    assert report.reading["failures"] == 4
    assert report.reading["dropped"] == {"failure cause: none given for a failed run": 1}
    (noted,) = (rule for rule in skill(tmp_path).rules if rule.finding is None)
    assert noted.text == told
    assert len({place.trace for place in noted.quotes}) == 4


def test_without_a_success_no_failure_is_asked_about(tmp_path: Path) -> None:
    """There is nothing to check a cause against."""
    failed = [trace for trace in doors() if trace.outcome.label is Label.FAILURE]
    report = distill(failed, library=tmp_path, show_prompts=True)
    assert not any("failures" in each["aspects"] for each in report.calls_planned["prompts"])


def test_words_are_the_models_numbers_are_not(tmp_path: Path) -> None:
    """Names and sentences change, findings and their evidence do not."""
    words = {"name": "open-doors", "title": "Opening doors", "description": "Opens doors that may be locked."}
    run(tmp_path / "with", model(synthesise=words))
    distill(doors(), library=tmp_path / "without")
    one, other = skill(tmp_path / "with"), skill(tmp_path / "without")
    assert (one.name, one.title, one.description) == tuple(words.values())
    assert [rule.finding for rule in one.rules] == [rule.finding for rule in other.rules]
    assert [rule.text for rule in one.rules] == [rule.text for rule in other.rules]


def test_a_critic_is_answered_and_bounded(tmp_path: Path) -> None:
    """What he calls irrelevant goes, with his reason in the report; he is not asked again about the rest."""
    asked_for: list[str] = []

    def critique(asked: Asked) -> object:
        asked_for.append(asked["messages"][1]["content"])
        return {"objections": [{"rule": "C2", "kind": "irrelevant", "reason": "It is an accident."}]}

    report, _ = run(tmp_path, model(critique=critique))
    assert len(asked_for) == 1
    reasons = [reason for each in report.left_out for reason in each.reasons]
    assert reasons == ["the critic: It is an accident."]
    assert report.reading["objections"] == 1


def test_words_objected_to_are_worded_again(tmp_path: Path) -> None:
    """Faithful new words take their place."""

    def synthesise(asked: Asked) -> object:
        second = "These sentences cannot stand" in asked["messages"][1]["content"]
        locked = "As soon as some door has *status = locked*, call `unlock(door)`"
        return {"rules": [{"id": "C1", "text": f"{locked} {'at once' if second else 'now, friend'}."}]}

    def critique(asked: Asked) -> object:
        chats = "friend" in asked["messages"][1]["content"]
        objection = {"rule": "C1", "kind": "wording", "reason": "It chats."}
        return {"objections": [objection] if chats else []}

    run(tmp_path, model(synthesise=synthesise, critique=critique))
    worded = next(rule.text for rule in skill(tmp_path).rules if "locked" in rule.text)
    assert worded == "As soon as some door has *status = locked*, call `unlock(door)` at once."


def test_the_same_run_again_asks_nothing(tmp_path: Path) -> None:
    """Answers are kept in the library's folder."""
    with chat_server(script=faults(model())) as chat:
        for _ in range(2):
            report = distill(doors(), library=tmp_path, again=True, models=settings(chat))
        assert report.usage["total"]["calls"] == 0
        assert report.usage["total"]["cached_calls"] == len(chat.asked)


def test_a_dry_run_asks_and_saves_nothing(tmp_path: Path) -> None:
    """It tells the calls, and the tokens of those it could lay out."""
    with chat_server(script=faults(model())) as chat:
        report = distill(doors(), library=tmp_path, models=settings(chat, price=(1.0, 2.0)), dry_run=True)
        assert chat.asked == []
        with Library(tmp_path, create=False) as library:
            assert (library.skills(), library.trace_hashes()) == ([], [])
        real = distill(doors(), library=tmp_path, models=settings(chat))
    assert report.calls_planned["by_node"]["read"]["calls"] == real.reading["calls"]
    assert report.calls_planned["cost"] > 0
    assert report.succeeded


def test_at_a_limit_what_is_done_is_saved(tmp_path: Path) -> None:
    """The rest is as code words it, and the report says where it stopped."""
    report, chat = run(tmp_path, model(), max_calls=1)
    assert len(chat.asked) == 1
    assert "limit" in report.stopped
    assert [change.operation for change in report.skills] == ["add"]


def test_answers_that_cannot_be_used_end_the_run(tmp_path: Path) -> None:
    """If all are such; nothing is saved."""
    with (
        chat_server(script=lambda _, asked: faults(model(), "wrong schema")(0, asked)) as chat,
        pytest.raises(ModelError, match="none of the model's"),
    ):
        distill(doors(), library=tmp_path, models=settings(chat))
    assert contents(tmp_path) == {}


def test_families_are_worded_under_names_of_their_own(tmp_path: Path) -> None:
    """A name that the model gives to two is given to neither."""
    with chat_server(script=faults(model(synthesise={"name": "the-skill"}))) as chat:
        distill(doors() + lamps(), library=tmp_path, models=settings(chat))
    assert sorted(contents(tmp_path)) == ["house-doors", "house-lamps"]


def test_without_a_model_nothing_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless the environment names one."""
    traces = {"traces": [trace.model_dump(mode="json", exclude_defaults=True) for trace in doors()]}
    with chat_server(script=faults(model())) as chat:
        context = DistillSettings(library=str(tmp_path / "a"))
        assert "reading" not in graph.invoke(traces, context=context)
        monkeypatch.setenv("TRACE2SKILL_MODEL", "openai:m")
        monkeypatch.setenv("TRACE2SKILL_BASE_URL", chat.url)
        assert graph.invoke(traces, context=DistillSettings(library=str(tmp_path / "b")))["reading"]


def test_a_forgotten_trace_takes_its_notes_and_the_answers_along(tmp_path: Path) -> None:
    """What models answered quotes traces; a note that rests on one trace alone rests on nothing then."""
    run(tmp_path, model({"claims": [], "notes": [NOTE]}))
    (noted,) = (rule for rule in skill(tmp_path).rules if rule.finding is None)
    assert (tmp_path / "calls.sqlite3").exists()
    with Library(tmp_path) as library:
        library.forget(noted.quotes[0].trace)
    assert not (tmp_path / "calls.sqlite3").exists()
    assert all(rule.finding for rule in skill(tmp_path).rules)


def test_on_an_event_loop_it_is_the_same(tmp_path: Path) -> None:
    """The readers wait without a thread each; what is saved does not differ."""
    traces = {"traces": [trace.model_dump(mode="json", exclude_defaults=True) for trace in doors()]}
    with chat_server(script=faults(model({"claims": [SAID], "notes": [NOTE]}))) as chat:
        sync, loop = (
            DistillSettings(library=str(tmp_path / name), model="openai:m", base_url=chat.url)
            for name in ("sync", "loop")
        )
        graph.invoke(traces, context=sync)
        asyncio.run(graph.ainvoke(traces, context=loop))
    assert contents(tmp_path / "sync") == contents(tmp_path / "loop")
