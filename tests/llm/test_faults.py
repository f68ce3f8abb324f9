"""Each fault of a server, through an `Asker`, over HTTP."""

import time

import pytest

from tests.chat_server import Asked, Reply, always, answered, chat_server, fault, faults, refused
from tests.llm.asking import YES, Answer, asker, question, yes
from trace2skill.errors import AnswerError, ModelError


@pytest.mark.parametrize("name", ["429", "500", "cut", "slow", "no http json", "web page", "no choices"])
def test_a_passing_fault_is_tried_again(name: str) -> None:
    """The answer comes at the second attempt, which is a retry and no further call."""
    with chat_server(script=faults(yes, name)) as chat:
        asking = asker(chat.url, timeout_s=0.5 if name == "slow" else 20.0)
        assert asking.ask(question(), Answer) == YES
    assert len(chat.asked) == 2
    assert (asking.ledger.total().calls, asking.ledger.total().retries) == (1, 1)


@pytest.mark.parametrize("name", ["malformed", "wrong schema", "empty", "prose"])
def test_an_unusable_answer_is_asked_for_again(name: str) -> None:
    """Both replies were paid for, so both are calls."""
    with chat_server(script=faults(yes, name)) as chat:
        asking = asker(chat.url)
        assert asking.ask(question(), Answer) == YES
    assert (asking.ledger.total().calls, asking.ledger.total().retries) == (2, 0)


def test_a_repair_shows_what_was_wrong() -> None:
    """After the same prompt, so that it is served from the prefix cache."""
    with chat_server(script=faults(yes, "wrong schema")) as chat:
        asker(chat.url).ask(question(), Answer)
    first, second = (asked["messages"][-1]["content"] for asked in chat.asked)
    assert second.startswith(first)
    assert "answer: Field required" in second
    assert '{"unexpected": true}' in second


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("malformed", "malformed JSON"),
        ("prose", "no JSON object"),
        ("empty", "an empty answer"),
        ("wrong schema", "answer: Field required"),
        ("refusal", "refused to answer"),
        ("huge", "an answer of 3,000,014 characters"),
        ("length", "cut at the token limit"),
        ("filtered", "content filter"),
        ("too long", "prompt is too long"),
    ],
)
def test_an_answer_that_stays_unusable_is_one_failure(name: str, cause: str) -> None:
    """It names the node, the subject and the cause; the next question is answered."""

    def script(_: int, asked: Asked) -> Reply:
        first = "first question" in asked["messages"][-1]["content"]
        return fault(name, asked, yes(asked)) if first else answered(yes(asked), asked)

    with chat_server(script=script) as chat:
        asking = asker(chat.url)
        with pytest.raises(AnswerError, match=cause) as caught:
            asking.ask(question("first question"), Answer)
        assert "openai:m gave no usable answer to read of doors" in str(caught.value)
        assert asking.ask(question(), Answer) == YES


@pytest.mark.parametrize("name", ["refusal", "huge", "length", "filtered", "too long"])
def test_what_asking_again_cannot_mend_is_asked_once(name: str) -> None:
    """One request."""
    with chat_server(script=always(yes, name)) as chat, pytest.raises(AnswerError):
        asker(chat.url).ask(question(), Answer)
    assert len(chat.asked) == 1


@pytest.mark.parametrize("name", ["length", "filtered", "refusal", "wrong schema"])
def test_an_unusable_answer_is_paid_for(name: str) -> None:
    """Also when the provider's client raises it instead of returning it."""
    with chat_server(script=always(yes, name)) as chat:
        asking = asker(chat.url, price=(1, 1))
        with pytest.raises(AnswerError):
            asking.ask(question(), Answer)
    spent = asking.ledger.total()
    assert spent.calls == len(chat.asked)
    assert spent.cost
    assert spent.prompt_tokens


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("bad key", "status 401"),
        ("unknown model", "status 404: no model m"),
        ("bad request", "status 400: temperature is too high"),
        ("quota", "no credit left"),
    ],
)
def test_what_no_call_survives_stops_at_once(name: str, cause: str) -> None:
    """One request, and the cause in the message, without the key that the server quotes."""
    with chat_server(script=always(yes, name)) as chat, pytest.raises(ModelError, match=cause) as caught:
        asker(chat.url).ask(question(), Answer)
    assert len(chat.asked) == 1
    assert "sk-secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["429", "500", "cut", "no http json", "web page", "no choices"])
def test_a_server_that_never_answers_is_a_model_error(name: str) -> None:
    """After the attempts that the settings allow; the questions after it make no request."""
    with chat_server(script=always(yes, name)) as chat:
        asking = asker(chat.url)
        with pytest.raises(ModelError):
            asking.ask(question(), Answer)
        with pytest.raises(ModelError):
            asking.ask(question("another"), Answer)
    assert len(chat.asked) == 3


def test_an_unreachable_server_is_a_model_error() -> None:
    """Nobody listens there."""
    with chat_server(script=always(yes, "ok")) as chat:
        pass
    with pytest.raises(ModelError, match="the server's address"):
        asker(chat.url).ask(question(), Answer)


def test_retry_after_is_kept_to() -> None:
    """The server's wait, not ours."""

    def script(number: int, asked: Asked) -> Reply:
        return answered(yes(asked), asked) if number else refused(429, "slow down", after="0.4")

    with chat_server(script=script) as chat:
        begun = time.monotonic()
        asker(chat.url).ask(question(), Answer)
    assert time.monotonic() - begun >= 0.4
