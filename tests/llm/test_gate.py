"""Who is let in, and how all end."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from trace2skill.errors import ModelError
from trace2skill.llm.gate import Gate


def test_those_who_wait_end_when_it_is_stopped() -> None:
    """With an error of their own that says the same."""
    gate = Gate(1)
    entered = threading.Event()

    def enter() -> None:
        with gate.slot():
            entered.set()

    with ThreadPoolExecutor(4) as pool:
        with gate.slot():
            waiting = [pool.submit(enter) for _ in range(4)]
            time.sleep(0.1)
            gate.stop(ModelError("down"))
        errors = [each.exception(10) for each in waiting]
    assert [str(each) for each in errors] == ["down"] * 4
    assert len({id(each) for each in errors}) == 4
    assert not entered.is_set()


def test_the_first_error_stays() -> None:
    """What follows from it is not the cause."""
    gate = Gate(1)
    gate.stop(ModelError("first"))
    gate.stop(ModelError("second"))
    with pytest.raises(ModelError, match="first"), gate.slot():
        pass


def test_a_pause_ends_when_it_is_stopped() -> None:
    """At once."""
    gate = Gate(1)
    threading.Timer(0.1, gate.stop, [ModelError("down")]).start()
    begun = time.monotonic()
    with pytest.raises(ModelError):
        gate.pause(30)
    assert time.monotonic() - begun < 10


def test_a_place_is_given_back_after_an_error() -> None:
    """The next gets in."""
    gate = Gate(1)
    with pytest.raises(ZeroDivisionError), gate.slot():
        raise ZeroDivisionError
    with gate.slot():
        pass
