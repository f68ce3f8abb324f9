"""What may be spent is never exceeded, however many calls are made at once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.chat_server import chat_server, faults
from tests.llm.asking import YES, Answer, asker, question, settings, yes
from trace2skill.errors import LimitError
from trace2skill.llm.ask import Asker
from trace2skill.llm.cache import CallCache
from trace2skill.llm.settings import Limits, ModelSettings


def outcomes(asking: Asker, count: int) -> list[BaseException | None]:
    """What becomes of so many questions at once."""
    with ThreadPoolExecutor(count) as pool:
        asked = [pool.submit(asking.ask, question(str(n)), Answer) for n in range(count)]
        return [each.exception(60) for each in asked]


@pytest.mark.parametrize("limit", [0, 1, 7])
def test_no_more_calls_are_made_than_allowed(limit: int) -> None:
    """As many as allowed are, and the rest end with the limit."""
    with chat_server(script=faults(yes, delay=0.05)) as chat:
        errors = outcomes(asker(chat.url, max_calls=limit, max_concurrency=16), 20)
    assert len(chat.asked) == limit
    assert [type(each) for each in errors if each] == [LimitError] * (20 - limit)


def test_a_repair_is_a_call() -> None:
    """It is not made when there is no room for it."""
    with (
        chat_server(script=faults(yes, "malformed")) as chat,
        pytest.raises(LimitError, match="after 1 call"),
    ):
        asker(chat.url, max_calls=1).ask(question(), Answer)
    assert len(chat.asked) == 1


def test_a_retry_is_no_call() -> None:
    """What was not answered is not paid for."""
    with chat_server(script=faults(yes, "500", "429")) as chat:
        assert asker(chat.url, max_calls=1).ask(question(), Answer) == YES


def test_cached_answers_are_free(tmp_path: Path) -> None:
    """They are given when nothing may be spent any more."""
    with chat_server(script=faults(yes)) as chat, CallCache(tmp_path / "calls") as cache:
        asking = Asker(settings(chat.url, max_calls=1), cache=cache)
        asking.ask(question(), Answer)
        with pytest.raises(LimitError):
            asking.ask(question("another"), Answer)
        assert asking.ask(question(), Answer) == YES


def test_the_cost_stays_within_its_limit() -> None:
    """An answer may have 10 tokens at 1 USD; each has four."""
    with chat_server(script=faults(yes, delay=0.05)) as chat:
        asking = asker(chat.url, max_cost=40, price=(0, 1e6), max_output_tokens=10, max_concurrency=16)
        errors = outcomes(asking, 30)
    spent = asking.ledger.total()
    assert spent.cost is not None
    assert 30 < spent.cost <= 40
    assert spent.calls == len(chat.asked) == 30 - len([each for each in errors if each])


def test_the_prompt_is_part_of_the_reserved_cost() -> None:
    """A prompt that alone would exceed the limit is not sent."""
    with chat_server(script=faults(yes)) as chat, pytest.raises(LimitError, match="max_cost"):
        asker(chat.url, max_cost=0.001, price=(1, 0)).ask(question("word " * 2000), Answer)
    assert chat.asked == []


def test_a_limit_waits_for_what_calls_under_way_really_cost() -> None:
    """Room that is reserved but not used is given back: an answer has four tokens."""
    with chat_server(script=faults(yes, delay=0.2)) as chat:
        asking = asker(chat.url, max_cost=24, price=(0, 1e6), max_output_tokens=10, max_concurrency=4)
        assert outcomes(asking, 4) == [None] * 4


def test_a_reservation_holds_until_it_is_settled() -> None:
    """Meanwhile others wait; then its real cost counts."""
    limits = Limits(ModelSettings(max_cost=10, price=(1, 1)))
    assert limits.reserve(8)
    assert not limits.reserve(8)
    limits.settle(8, 1)
    assert limits.reserve(8)
    limits.settle(8, None)
    with pytest.raises(LimitError, match=r"stopped at 1\.0000 USD"):
        limits.reserve(9.5)


def test_a_cost_limit_without_a_price_is_refused() -> None:
    """It could not be kept."""
    with pytest.raises(ValidationError, match="max_cost needs price"):
        ModelSettings(max_cost=1)
