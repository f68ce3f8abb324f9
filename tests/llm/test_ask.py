"""Asking: the way to an answer when nothing is wrong with the server."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.chat_server import Asked, Reply, answered, chat_server, fault, faults, refused, said
from tests.llm.asking import YES, Answer, asker, question, settings, yes
from trace2skill.errors import AnswerError, ModelError, SettingError
from trace2skill.llm.ask import Asker
from trace2skill.llm.cache import CallCache


def test_a_question_is_asked_in_two_messages() -> None:
    """The part shared with other questions comes first in the second."""
    with chat_server(script=faults(yes)) as chat:
        assert asker(chat.url).ask(question(), Answer) == YES
    told = [(each["role"], each["content"]) for each in chat.asked[0]["messages"]]
    assert told == [("system", "Be brief."), ("user", "Doors.\n\nWhat now?")]
    assert chat.asked[0]["response_format"]["json_schema"]["schema"]["required"] == ["answer"]


def test_the_settings_reach_the_provider() -> None:
    """Those that were given, and no others."""
    with chat_server(script=faults(yes)) as chat:
        asker(chat.url, temperature=0.5, seed=7, max_output_tokens=99).ask(question(), Answer)
        asker(chat.url).ask(question(), Answer)
    first, second = chat.asked
    assert (first["temperature"], first["seed"], first["max_completion_tokens"]) == (0.5, 7, 99)
    assert second.keys() & {"temperature", "seed", "max_completion_tokens", "max_tokens"} == set()


def test_thoughts_are_no_part_of_an_answer() -> None:
    """Before the JSON, and within it."""
    with chat_server(
        {"content": '<think>{"answer": "no"}</think>{"answer": "<think>hm</think>yes"}'}
    ) as chat:
        assert asker(chat.url).ask(question(), Answer) == Answer(answer="yes")


def test_secrets_do_not_leave() -> None:
    """Whichever part of the question holds them."""
    key = "sk-proj-" + "a1B2c3D4" * 5
    with chat_server(script=faults(yes)) as chat:
        asker(chat.url).ask(question(f"key {key}", common=f"use {key}"), Answer)
    assert key not in str(chat.asked)
    assert "<secret:" in chat.asked[0]["messages"][1]["content"]


@pytest.mark.parametrize(
    ("rejected", "methods"),
    [
        (("response_format",), ["response_format", "tools"]),
        (("response_format", "tools"), ["response_format", "tools", "response_format", "messages"]),
    ],
)
def test_a_server_without_a_way_is_asked_in_the_next(rejected: tuple[str, ...], methods: list[str]) -> None:
    """And from then on in that way at once."""

    def script(_: int, asked: Asked) -> Reply:
        for name in rejected:
            if name in asked:
                return refused(400, f"{name} is not supported")
        return answered(yes(asked), asked)

    with chat_server(script=script) as chat:
        asking = asker(chat.url)
        assert [asking.ask(question(each), Answer) for each in ("one", "two")] == [YES, YES]
    used = [next(name for name in ("response_format", "tools", "messages") if name in a) for a in chat.asked]
    assert used == [*methods, methods[-1]]
    assert asking.ledger.total().calls == 2


def test_a_model_that_only_reads_prompts_is_shown_the_schema() -> None:
    """It ignores what it was sent beside the messages."""

    def script(_: int, asked: Asked) -> Reply:
        told = "JSON schema" in asked["messages"][0]["content"]
        return said({"content": '{"answer": "yes"}' if told else "Sure, I will."}, asked)

    with chat_server(script=script) as chat:
        asking = asker(chat.url)
        asking.ask(question(), Answer)
        asking.ask(question("again"), Answer)
    assert len(chat.asked) == 4


def test_a_way_that_worked_is_kept() -> None:
    """One unusable answer says nothing of it then."""
    with chat_server(script=faults(yes, "ok", "wrong schema", "wrong schema")) as chat:
        asking = asker(chat.url)
        asking.ask(question(), Answer)
        with pytest.raises(AnswerError):
            asking.ask(question("two"), Answer)
        asking.ask(question("three"), Answer)
    assert all("response_format" in asked for asked in chat.asked)


def test_a_way_that_was_chosen_is_the_only_one() -> None:
    """A server that rejects it stops the run."""
    with (
        chat_server(script=lambda *_: refused(400, "no tools here")) as chat,
        pytest.raises(ModelError, match="no tools here"),
    ):
        asker(chat.url, structured="tool_calling").ask(question(), Answer)
    assert len(chat.asked) == 1


def test_synthesis_asks_its_own_model() -> None:
    """And pays its price."""
    with chat_server(script=faults(yes)) as chat:
        asking = asker(chat.url, synthesis_model="openai:big", price=(0, 0), synthesis_price=(1e6, 0))
        asking.ask(question(), Answer)
        asking.ask(question(node="critique"), Answer)
    assert [asked["model"] for asked in chat.asked] == ["m", "big"]
    assert {node: usage.cost for node, usage in asking.ledger.by_node().items()} == {"critique": 5, "read": 0}


def test_calls_at_once_are_bounded() -> None:
    """From threads and coroutines together."""
    with chat_server(script=faults(yes, delay=0.1)) as chat:
        asking = asker(chat.url, max_concurrency=3)

        async def many() -> list[Answer]:
            return await asyncio.gather(*(asking.aask(question(f"a{n}"), Answer) for n in range(6)))

        with ThreadPoolExecutor(6) as pool:
            threads = [pool.submit(asking.ask, question(f"t{n}"), Answer) for n in range(6)]
            assert asyncio.run(many()) == [YES] * 6
            assert [each.result() for each in threads] == [YES] * 6
    assert chat.peak == [3]


def test_many_calls_wait_together() -> None:
    """A hundred and twenty-eight take far less than one after the other."""
    with chat_server(script=faults(yes, delay=0.25)) as chat:
        asking = asker(chat.url, max_concurrency=128)

        async def many() -> list[Answer]:
            return await asyncio.gather(*(asking.aask(question(f"{n}"), Answer) for n in range(128)))

        assert asyncio.run(many()) == [YES] * 128
    assert chat.peak[0] > 16


def test_an_asker_serves_one_event_loop_after_another() -> None:
    """No connection is bound to a loop that is gone."""
    with chat_server(script=faults(yes)) as chat:
        asking = asker(chat.url)
        assert [asyncio.run(asking.aask(question(each), Answer)) for each in "abc"] == [YES] * 3


def test_a_cancelled_coroutine_gives_its_place_back() -> None:
    """Whether it had one or waited for one."""
    with chat_server(script=faults(yes, delay=0.2)) as chat:
        asking = asker(chat.url, max_concurrency=1)

        async def cancelled() -> Answer:
            tasks = [asyncio.create_task(asking.aask(question(each), Answer)) for each in "abc"]
            await asyncio.sleep(0.1)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            return await asyncio.wait_for(asking.aask(question("d"), Answer), 10)

        assert asyncio.run(cancelled()) == YES


def test_a_rate_is_kept_to() -> None:
    """Ten a second: the last of four comes no sooner than 0.3 s after the first."""
    with chat_server(script=faults(yes)) as chat:
        asking = asker(chat.url, requests_per_minute=600)
        begun = time.monotonic()
        for each in "abcd":
            asking.ask(question(each), Answer)
    assert time.monotonic() - begun >= 0.3


def test_a_fatal_error_ends_all_that_wait() -> None:
    """With the same error, without a request of theirs."""
    release = threading.Event()

    def script(_: int, asked: Asked) -> Reply:
        release.wait(10)
        return fault("bad key", asked, None)

    with chat_server(script=script) as chat:
        asking = asker(chat.url, max_concurrency=2)
        with ThreadPoolExecutor(20) as pool:
            waiting = [pool.submit(asking.ask, question(str(n)), Answer) for n in range(20)]
            release.set()
            errors = [each.exception(20) for each in waiting]
    assert {str(each) for each in errors} == {str(errors[0])}
    assert all(type(each) is ModelError for each in errors)
    assert len({id(each) for each in errors}) == 20
    assert len(chat.asked) <= 2


def test_a_fatal_error_ends_a_backoff() -> None:
    """A call that would be made again in a minute ends now."""

    def script(number: int, asked: Asked) -> Reply:
        return refused(429, "later", after="60") if number == 0 else fault("bad key", asked, None)

    with chat_server(script=script) as chat:
        asking = asker(chat.url)
        with ThreadPoolExecutor(2) as pool:
            slow = pool.submit(asking.ask, question("slow"), Answer)
            while not chat.asked:
                threading.Event().wait(0.01)
            with pytest.raises(ModelError):
                asking.ask(question("bad"), Answer)
            assert isinstance(slow.exception(20), ModelError)


def test_a_stop_ends_a_wait_for_the_rate() -> None:
    """The first error stays: what follows from it is not the cause."""
    with chat_server(script=faults(yes)) as chat:
        asking = asker(chat.url, requests_per_minute=1)
        waiting = asking.submit(question(), Answer)
        for cause in ("down", "late"):
            asking._calls.stop(ModelError(cause))
        error = waiting.exception(20)
    assert (type(error), str(error), chat.asked) == (ModelError, "down", [])


def test_what_is_cancelled_before_its_turn_is_not_asked() -> None:
    """The rest is."""
    with chat_server(script=faults(yes, delay=0.1)) as chat:
        asking = asker(chat.url, max_concurrency=1)
        begun = [asking.submit(question(each), Answer) for each in "abc"]
        assert begun[1].cancel()
        assert [begun[0].result(20), begun[2].result(20)] == [YES, YES]
    assert len(chat.asked) == 2


def test_one_prompt_that_never_succeeds_is_its_own_failure() -> None:
    """As long as others do meanwhile."""

    def script(_: int, asked: Asked) -> Reply:
        stuck = "stuck" in asked["messages"][-1]["content"]
        return fault("500", asked, None) if stuck else answered(yes(asked), asked)

    with chat_server(script=script) as chat:
        asking = asker(chat.url, retries=4, backoff_s=0.05)
        with ThreadPoolExecutor(2) as pool:
            stuck = pool.submit(asking.ask, question("stuck"), Answer)
            while not stuck.done():
                asking.ask(question("fine"), Answer)
                threading.Event().wait(0.02)
    assert isinstance(stuck.exception(), AnswerError)


def test_what_was_answered_stays_available_after_a_stop(tmp_path: Path) -> None:
    """From the cache."""
    with chat_server(script=faults(yes, "ok", "bad key")) as chat, CallCache(tmp_path / "c") as cache:
        asking = Asker(settings(chat.url), cache=cache)
        asking.ask(question(), Answer)
        with pytest.raises(ModelError):
            asking.ask(question("two"), Answer)
        assert asking.ask(question(), Answer) == YES


def test_no_model_is_a_setting_to_mend() -> None:
    """The message names the variable."""
    with pytest.raises(SettingError, match="TRACE2SKILL_MODEL"):
        Asker(settings("http://127.0.0.1:9", model=None))
