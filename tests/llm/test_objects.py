"""Model objects, of any provider, in place of names."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from openai import ContentFilterFinishReasonError

from tests.graph.scripted import ScriptedModel, call, scripted
from tests.llm.asking import YES, Answer, question
from trace2skill.errors import AnswerError
from trace2skill.llm.ask import Asker
from trace2skill.llm.cache import CallCache
from trace2skill.llm.settings import ModelSettings


class PlainModel(ScriptedModel):
    """One that cannot call tools."""

    def bind_tools(self, *_: Any, **__: Any) -> Any:
        """Refuse, as models without tools do."""
        raise NotImplementedError


class WithholdingModel(ScriptedModel):
    """One whose answers a content filter withholds."""

    def _generate(self, *_: Any, **__: Any) -> Any:
        raise ContentFilterFinishReasonError


class BrokenModel(ScriptedModel):
    """One with a bug."""

    def _generate(self, *_: Any, **__: Any) -> Any:
        raise ZeroDivisionError


def test_an_object_is_asked_as_its_provider_wants() -> None:
    """LangChain's own default is a tool call."""
    model = scripted(call("Answer", answer="yes", steps=[3]))
    assert Asker(ModelSettings(), model=model).ask(question(), Answer) == YES
    assert model.options[0]["tools"][0]["title"] == "Answer"


def test_an_object_without_tools_is_asked_by_prompt() -> None:
    """The schema is in the instructions."""
    model = PlainModel(replies=[AIMessage('{"answer": "yes", "steps": [3]}')])
    assert asyncio.run(Asker(ModelSettings(), model=model).aask(question(), Answer)) == YES
    assert "JSON schema" in str(model.asked[0][0].content)


def test_tokens_that_nobody_counted_are_counted_here() -> None:
    """And said to be."""
    asking = Asker(ModelSettings(price=(1e6, 1e6)), model=scripted('{"answer": "yes"}'))
    asking.ask(question(), Answer)
    spent = asking.ledger.total()
    assert spent.estimated_calls == 1
    assert spent.prompt_tokens > 5
    assert spent.cost == spent.prompt_tokens + spent.completion_tokens


def test_a_reply_that_is_raised_without_its_tokens_is_paid_for_all_the_same() -> None:
    """As OpenAI's client before version 3 raises what a content filter withheld."""
    asking = Asker(ModelSettings(price=(1e6, 1e6)), model=WithholdingModel(replies=[]))
    with pytest.raises(AnswerError, match="content filter"):
        asking.ask(question(), Answer)
    spent = asking.ledger.total()
    assert (spent.calls, spent.estimated_calls, spent.completion_tokens) == (1, 1, 0)
    assert spent.cost == spent.prompt_tokens > 5


def test_synthesis_may_have_an_object_of_its_own() -> None:
    """All nodes but `read` ask it."""
    first, second = scripted('{"answer": "a"}'), scripted('{"answer": "b"}')
    asking = Asker(ModelSettings(), model=first, synthesis_model=second)
    answers = [asking.ask(question(node=node), Answer).answer for node in ("read", "synthesise", "critique")]
    assert answers == ["a", "b", "b"]


def test_objects_that_differ_do_not_share_answers(tmp_path: Path) -> None:
    """Their class is part of the key."""
    with CallCache(tmp_path / "calls") as cache:
        Asker(ModelSettings(), cache=cache, model=scripted('{"answer": "a"}')).ask(question(), Answer)
        plain = PlainModel(replies=[AIMessage('{"answer": "b"}')])
        assert Asker(ModelSettings(), cache=cache, model=plain).ask(question(), Answer).answer == "b"


def test_an_unusable_object_is_named() -> None:
    """By its class."""
    with pytest.raises(AnswerError, match="the model ScriptedModel gave no usable answer"):
        Asker(ModelSettings(), model=scripted("no")).ask(question(), Answer)


def test_a_bug_in_a_model_is_no_answer() -> None:
    """It propagates as what it is."""
    with pytest.raises(ZeroDivisionError):
        Asker(ModelSettings(), model=BrokenModel(replies=[])).ask(question(), Answer)
