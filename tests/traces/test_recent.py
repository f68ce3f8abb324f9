"""What is remembered."""

from hypothesis import given
from hypothesis import strategies as st

from trace2skill.traces.recent import Recent


def made(asked: list[list[int]], room: int) -> list[list[int]]:
    """The values that were made at each asking, where each is as large as itself."""
    makes: list[list[int]] = []

    def make(keys: list[int]) -> list[int]:
        makes[-1].extend(keys)
        return [10 * key for key in keys]

    recent = Recent(make, lambda key: key, room)
    for keys in asked:
        makes.append([])
        assert recent.all(keys) == [10 * key for key in keys]
    return makes


def test_what_is_asked_for_again_is_remembered() -> None:
    """Each is made once, however often it is asked for."""
    assert made([[1, 2, 1], [2, 3], [1, 2, 3]], 100) == [[1, 2], [3], []]


def test_what_was_not_asked_for_in_a_while_is_forgotten() -> None:
    """When the younger half is full; what was asked for since then is not."""
    assert made([[4], [3], [5], [6], [3]], 16)[-1] == [3]
    assert made([[4], [3], [5], [4], [6], [4]], 16)[-1] == []


def test_what_is_too_large_is_not_remembered() -> None:
    """Nor takes the place of others."""
    assert made([[3], [9], [9, 3]], 16) == [[3], [9], [9]]


@given(st.lists(st.lists(st.integers(1, 12), max_size=8), max_size=12), st.integers(0, 40))
def test_any_memory_gives_the_same(asked: list[list[int]], room: int) -> None:
    """Whatever is asked for in any order."""
    made(asked, room)
