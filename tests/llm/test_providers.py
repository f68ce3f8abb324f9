"""Every provider that is documented here, against a stub of its API on loopback."""

import re
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel

from tests.chat_server import Chat, Script, chat_server
from tests.llm.asking import question, settings
from tests.llm.provider_stubs import APIS, COMPLETION, PROMPT, Api
from trace2skill.errors import ModelError, SettingError
from trace2skill.llm.ask import Asker
from trace2skill.llm.providers import resolve_model
from trace2skill.proposals.criticism import Criticism
from trace2skill.proposals.failures import FailureAnswer, ReadingWithCauses
from trace2skill.proposals.reading import ReadingAnswer
from trace2skill.proposals.synthesis import Edit

VALUE = {
    "claims": [{"kind": "rule", "when": 'door.status == "locked"', "then": "unlock()"}],
    "notes": [{"text": "Look first.", "at": "T1#0", "quote": "status: locked"}],
}
EXPECTED = ReadingAnswer.model_validate(VALUE)

each = pytest.mark.parametrize("api", APIS.values(), ids=APIS)


def asker(api: Api, chat: Chat, **given: Any) -> Asker:
    """One that asks this API on loopback."""
    url = chat.url if api.stub.__name__ == "openai" else chat.url.removesuffix("/v1")
    return Asker(settings(url, model=api.model, **given))


@each
def test_its_own_structured_output_is_used_first(api: Api) -> None:
    """One request, at its address, in its shape; the answer is read and its tokens are counted."""
    with chat_server(script=api.stub(VALUE, api.ways)) as chat:
        asking = asker(api, chat, seed=7, temperature=0.5, max_output_tokens=99)
        assert asking.ask(question(), ReadingAnswer) == EXPECTED
    (head,) = chat.heads
    assert re.match(rf"post {api.path}[ ?]", head)
    assert re.search(api.key, head)
    spent = asking.ledger.total()
    assert (spent.prompt_tokens, spent.completion_tokens) == (PROMPT, COMPLETION)
    assert (spent.calls, spent.estimated_calls) == (1, 0)


@each
def test_with_tool_calls_only_a_tool_is_called(api: Api) -> None:
    """What the model cannot do is told by its API and not asked for again."""
    with chat_server(script=api.stub(VALUE, ("tools",))) as chat:
        asking = asker(api, chat)
        assert [asking.ask(question(body), ReadingAnswer) for body in ("one", "two")] == [EXPECTED] * 2
    assert ["tools" in asked and bool(asked["tools"]) for asked in chat.asked] == [False, True, True]


@each
def test_with_nothing_but_text_the_schema_is_in_the_prompt(api: Api) -> None:
    """The last way works everywhere."""
    with chat_server(script=api.stub(VALUE, ())) as chat:
        asking = asker(api, chat)
        assert [asking.ask(question(body), ReadingAnswer) for body in ("one", "two")] == [EXPECTED] * 2
    assert "JSON schema" in str(chat.asked[-1])


@pytest.mark.parametrize(("name", "way"), [("openai", "json_object"), ("ollama", "json")])
def test_json_mode_is_used_where_there_is_nothing_better(name: str, way: str) -> None:
    """With the schema in the instructions, since the API takes none."""
    with chat_server(script=APIS[name].stub(VALUE, (way,))) as chat:
        asking = asker(APIS[name], chat)
        assert [asking.ask(question(body), ReadingAnswer) for body in ("one", "two")] == [EXPECTED] * 2
    modes = [asked.get("response_format", {}).get("type") or asked.get("format") for asked in chat.asked]
    assert modes[-2:] == [way, way]
    assert len(modes) == 4
    assert "JSON schema" in str(chat.asked[-1])


def failing(api: Api, *errors: tuple[int, str, str]) -> Script:
    """These errors in the API's own form, then answers."""
    answers = api.stub(VALUE, api.ways)
    return lambda at, asked: api.error(*errors[at]) if at < len(errors) else answers(at, asked)


@each
def test_what_passes_is_tried_again(api: Api) -> None:
    """Too many requests, then an overload; the client's own retries are off."""
    script = failing(api, (429, "RESOURCE_EXHAUSTED", "slow down"), (503, "UNAVAILABLE", "overloaded"))
    with chat_server(script=script) as chat:
        asking = asker(api, chat)
        assert asking.ask(question(), ReadingAnswer) == EXPECTED
    assert len(chat.asked) == 3
    assert asking.ledger.total().retries == 2


@each
def test_what_no_call_survives_stops_and_says_why(api: Api) -> None:
    """A wrong name costs one request; the API's words are in the message."""
    with (
        chat_server(script=failing(api, (404, "NOT_FOUND", "there is no such model"))) as chat,
        pytest.raises(ModelError, match=r"status 404: .*there is no such model"),
    ):
        asker(api, chat).ask(question(), ReadingAnswer)
    assert len(chat.asked) == 1


@pytest.mark.parametrize(
    ("model", "variable"),
    [
        ("openai:gpt-x", "OPENAI_API_KEY"),
        ("anthropic:claude-x", "ANTHROPIC_API_KEY"),
        ("claude-x", "ANTHROPIC_API_KEY"),
        ("google_genai:gemini-x", "GOOGLE_API_KEY or GEMINI_API_KEY"),
    ],
)
def test_a_missing_key_is_told_with_its_variable(model: str, variable: str) -> None:
    """Without a request."""
    with pytest.raises(ModelError, match=f"needs the variable {variable}"):
        resolve_model(model)


@pytest.mark.parametrize(
    ("model", "module", "extra"),
    [
        ("anthropic:claude-x", "langchain_anthropic", "anthropic"),
        ("google_genai:gemini-x", "langchain_google_genai", "google"),
        ("ollama:qwen-x", "langchain_ollama", "ollama"),
        ("groq:llama-x", "langchain_groq", None),
    ],
)
def test_a_missing_package_is_told_with_what_installs_it(
    monkeypatch: pytest.MonkeyPatch, model: str, module: str, extra: str | None
) -> None:
    """Our extra, or LangChain's package where we have none."""
    from langchain.chat_models import base

    base._get_chat_model_creator.cache_clear()
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ModelError) as caught:
        resolve_model(model)
    base._get_chat_model_creator.cache_clear()
    wanted = f"pip install 'trace2skill[{extra}]'" if extra else "pip install langchain-groq"
    assert wanted in str(caught.value)


def test_what_another_package_has_of_ollama_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """LangChain falls back on langchain-community's class, which has no structured output."""
    from langchain.chat_models import base

    stale = type("ChatOllama", (), {"__init__": lambda _, **__: None, "__module__": "langchain_community.x"})
    models = SimpleNamespace(ChatOllama=stale)
    base._get_chat_model_creator.cache_clear()
    monkeypatch.setitem(sys.modules, "langchain_ollama", None)
    monkeypatch.setitem(sys.modules, "langchain_community", SimpleNamespace(chat_models=models))
    monkeypatch.setitem(sys.modules, "langchain_community.chat_models", models)
    with pytest.raises(ModelError, match=r"trace2skill\[ollama\]"):
        resolve_model("ollama:qwen-x")
    base._get_chat_model_creator.cache_clear()


@pytest.mark.parametrize("model", ["nobody:m", "nonsense", ":"])
def test_an_unknown_provider_is_told_with_known_ones(model: str) -> None:
    """And the form of a name."""
    with pytest.raises(SettingError, match=r"PROVIDER:MODEL.*openai, anthropic, google_genai, ollama"):
        resolve_model(model)


SCHEMAS: tuple[tuple[type[BaseModel], dict[str, Any]], ...] = (
    (Edit, {"name": "open-doors", "rules": [{"id": "C1", "text": "Look first."}]}),
    (Criticism, {"objections": [{"rule": "C1", "kind": "wording", "reason": "It chats."}]}),
    (FailureAnswer, {"causes": [{"run": "T1", "at": "T1#0", "quote": "locked door", "cause": "Unlock it."}]}),
    (ReadingWithCauses, {**VALUE, "causes": []}),
)


@each
@pytest.mark.parametrize("way", ["its own", "tools"])
def test_every_schema_that_is_asked_for_is_one_it_takes(api: Api, way: str) -> None:
    """Optional fields, lists of records, enumerations: the first request is sent and its answer is read."""
    ways = api.ways if way == "its own" else ("tools",)
    structured = "json_schema" if way == "its own" else "tool_calling"
    for schema, value in SCHEMAS:
        with chat_server(script=api.stub(value, ways)) as chat:
            asking = asker(api, chat, structured=structured)
            assert asking.ask(question(node="critique"), schema) == schema.model_validate(value)
        assert len(chat.asked) == 1
