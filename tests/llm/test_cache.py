"""The call cache: what is found again, and what is not."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.chat_server import always, chat_server, faults
from tests.llm.asking import YES, Answer, question, settings, yes
from trace2skill.errors import AnswerError, LibraryError
from trace2skill.llm.ask import Asker
from trace2skill.llm.cache import CallCache, cache_key
from trace2skill.llm.settings import ModelUsage
from trace2skill.traces.model import Frozen


class Other(Frozen):
    """Another schema that the same reply fits."""

    answer: str
    steps: list[int]


def test_an_answer_is_paid_for_once(tmp_path: Path) -> None:
    """Also by another asker, another cache object."""
    with chat_server(script=faults(yes)) as chat:
        for _ in range(2):
            with CallCache(tmp_path / "calls") as cache:
                asking = Asker(settings(chat.url), cache=cache)
                assert asking.ask(question(), Answer) == YES
    assert len(chat.asked) == 1
    assert asking.ledger.total() == ModelUsage(cached_calls=1)


@pytest.mark.parametrize(
    "changed",
    [
        {"model": "openai:n"},
        {"base_url": "http://127.0.0.1:9/v1"},
        {"temperature": 0.5},
        {"seed": 1},
        {"max_output_tokens": 50},
        {"structured": "prompt"},
    ],
    ids=str,
)
def test_each_setting_that_shapes_an_answer_is_in_the_key(changed: dict[str, Any]) -> None:
    """A change of it is another key."""
    given = settings("http://127.0.0.1:8/v1")
    askers = [Asker(given), Asker(given.model_copy(update=changed))]
    assert len({cache_key(each._job(question(), Answer).shape) for each in askers}) == 2


@pytest.mark.parametrize("part", ["system", "common", "body"])
def test_each_part_of_the_text_is_in_the_key(tmp_path: Path, part: str) -> None:
    """A change of it asks again."""
    with chat_server(script=faults(yes)) as chat, CallCache(tmp_path / "calls") as cache:
        asking = Asker(settings(chat.url), cache=cache)
        asking.ask(question(), Answer)
        asking.ask(replace(question(), **{part: "changed"}), Answer)
    assert len(chat.asked) == len(cache_rows(tmp_path / "calls")) == 2


def test_text_does_not_move_between_parts(tmp_path: Path) -> None:
    """The same words cut elsewhere are another question."""
    with chat_server(script=faults(yes)) as chat, CallCache(tmp_path / "calls") as cache:
        asking = Asker(settings(chat.url), cache=cache)
        asking.ask(question("b c", common="a"), Answer)
        asking.ask(question("c", common="a b"), Answer)
    assert len(chat.asked) == 2


def test_the_schema_is_in_the_key(tmp_path: Path) -> None:
    """An answer to another schema is another answer."""
    with chat_server(script=faults(yes)) as chat, CallCache(tmp_path / "calls") as cache:
        asking = Asker(settings(chat.url), cache=cache)
        asking.ask(question(), Answer)
        asking.ask(question(), Other)
    assert len(chat.asked) == 2


def test_what_does_not_shape_an_answer_is_not_in_the_key(tmp_path: Path) -> None:
    """Whose question it is, how often it may be tried, how many others are asked at once."""
    with chat_server(script=faults(yes)) as chat, CallCache(tmp_path / "calls") as cache:
        Asker(settings(chat.url), cache=cache).ask(question(), Answer)
        other = settings(chat.url, retries=9, max_concurrency=2, max_calls=5)
        Asker(other, cache=cache).ask(question(subject="lamps", node="critique"), Answer)
    assert len(chat.asked) == 1


def test_bad_replies_are_never_kept(tmp_path: Path) -> None:
    """Neither the one that was mended nor the one that was not."""
    with CallCache(tmp_path / "calls") as cache:
        with chat_server(script=always(yes, "wrong schema")) as chat, pytest.raises(AnswerError):
            Asker(settings(chat.url), cache=cache).ask(question(), Answer)
        assert len(cache) == 0
        with chat_server(script=faults(yes, "wrong schema")) as chat:
            Asker(settings(chat.url), cache=cache).ask(question(), Answer)
    assert cache_rows(tmp_path / "calls") == ['{"answer":"yes","steps":[3]}']


def test_an_answer_that_no_longer_fits_is_asked_for_again(tmp_path: Path) -> None:
    """A validator that has become stricter changes no schema."""
    with chat_server(script=faults(yes)) as chat, CallCache(tmp_path / "calls") as cache:
        asking = Asker(settings(chat.url), cache=cache)
        asking.ask(question(), Answer)
        key = cache_key(asking._job(question(), Answer).shape)
        cache.put(key, '{"answer": 5}', ModelUsage())
        assert asking.ask(question(), Answer) == YES
        assert cache.get(key) == YES.model_dump_json()


def test_threads_and_processes_share_the_file(tmp_path: Path) -> None:
    """Nothing is lost."""
    code = (
        "import sys; from pathlib import Path; from trace2skill.llm.cache import CallCache\n"
        "from trace2skill.llm.settings import ModelUsage\n"
        "with CallCache(Path(sys.argv[1])) as cache:\n"
        "    for n in range(50): cache.put(f'{sys.argv[2]}-{n}', '{}', ModelUsage())\n"
    )
    path = tmp_path / "calls"
    others = [subprocess.Popen([sys.executable, "-c", code, str(path), each]) for each in "ab"]
    with CallCache(path) as cache, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: cache.put(f"c-{n}", "{}", ModelUsage()), range(50)))
        assert [each.wait(60) for each in others] == [0, 0]
        assert len(cache) == 150


def test_an_answer_outlives_a_kill(tmp_path: Path) -> None:
    """It was committed when `put` returned."""
    code = (
        "import os, signal, sys; from pathlib import Path; from trace2skill.llm.cache import CallCache\n"
        "from trace2skill.llm.settings import ModelUsage\n"
        "CallCache(Path(sys.argv[1])).put('k', '5', ModelUsage()); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "calls")], check=False)
    with CallCache(tmp_path / "calls") as cache:
        assert cache.get("k") == "5"


def test_clearing_leaves_no_word(tmp_path: Path) -> None:
    """Not in the file, not in its log."""
    with CallCache(tmp_path / "calls") as cache:
        cache.put("k", '"peculiar words"', ModelUsage())
        assert cache.clear() == 1
        assert len(cache) == 0
        assert not any(b"peculiar" in file.read_bytes() for file in tmp_path.iterdir())


def test_a_file_that_is_no_cache_is_named(tmp_path: Path) -> None:
    """With what to do about it."""
    (tmp_path / "calls").write_text("not a database, but long enough to be looked at as one" * 20)
    with pytest.raises(LibraryError, match=r"calls cannot be used .* remove it"):
        CallCache(tmp_path / "calls")


def cache_rows(path: Path) -> list[str]:
    """The answers in the file."""
    connection = sqlite3.connect(path)
    rows = [row[0] for row in connection.execute("SELECT answer FROM calls")]
    connection.close()
    return rows
