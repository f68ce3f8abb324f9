"""Which patterns can match: never too few."""

import random
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import planted_people, planted_secrets
from benchmarks.planted_later import LATER, LATER_PEOPLE
from tests.traces.regex_samples import samples
from trace2skill.traces.anchors import Anchors
from trace2skill.traces.patterns import Entry, Finder, Pattern
from trace2skill.traces.personal_detection import personal_patterns
from trace2skill.traces.secret_detection import secret_patterns

PATTERNS = tuple(each for each in (*secret_patterns(), *personal_patterns()) if not each.told)
AROUND = ("{}", " {} ", '"{}"', "é{}\n")


def present(anchors: list[list[str]], texts: list[str]) -> list[list[int]]:
    """The patterns that can match each text."""
    return Anchors(anchors).present([text.encode() for text in texts])


def test_upper_and_lower_case_are_alike() -> None:
    """In plain texts, in patterns, behind gates; other letters that RE2 takes for them too."""
    anchors = [["key-"], [r"?\bk\d"], [r"key?key=\d"]]
    assert present(anchors, ["a KEY-", "K1", "\u212aey=1", "Key=x"]) == [[0], [1], [2], []]


@pytest.mark.parametrize("count", [1, 9])
def test_texts_are_told_apart(count: int) -> None:
    """However many there are, and wherever in them an anchor is; without anchors a pattern is always told."""
    texts = ["ab", "c", "d?", ""] * count
    assert present([["b"], [r"c?^\W*c"], []], texts) == [[0, 2], [1, 2], [2], [2]] * count


def matched(pattern: Pattern, rng: random.Random, number: int) -> list[str]:
    """Texts that a pattern matches, drawn from it."""
    regex = re2.compile(pattern.regex)
    drawn = samples(pattern.regex, rng, number)
    texts = (form.format(text) for text in drawn for form in AROUND)
    return [text for text in texts if regex.search(text)]


def missed(number: int, seed: int) -> Iterator[tuple[str, str]]:
    """Texts that a pattern matches and that have none of its anchors, with its kind."""
    rng = random.Random(seed)
    for pattern in PATTERNS:
        texts = matched(pattern, rng, number)
        assert len(texts) > number / 4, pattern
        yield from (
            (pattern.kind, text) for text, own in zip(texts, _able(pattern, texts), strict=True) if not own
        )


def _able(pattern: Pattern, texts: list[str]) -> list[list[int]]:
    return present([list(pattern.anchors)], texts)


def test_every_match_has_an_anchor() -> None:
    """Drawn from each of the patterns: all branches, repeats, cases, letters of other scripts."""
    assert list(missed(6, 1)) == []


@pytest.mark.heavy
def test_every_match_of_many_has_an_anchor() -> None:
    """The same with many more."""
    assert list(missed(400, 2)) == []


@cache
def finders() -> tuple[Finder, Finder]:
    """One that asks anchors first, and one that tries every pattern on every text."""
    return Finder(PATTERNS), Finder([replace(each, anchors=()) for each in PATTERNS])


def planted() -> Iterator[Entry]:
    """Secrets and personal values of every kind that the benchmark plants."""
    rng = random.Random(5)
    secrets = (planted_secrets.planted(kind, rng) for kind in planted_secrets.KINDS)
    people = (each.plant(rng) for each in (*planted_people.TEMPLATES, *LATER_PEOPLE))
    for plant in (*secrets, *people, *(make(rng) for make in LATER.values())):
        given = plant.fields if isinstance(plant, planted_people.Record) else {"": plant.text}
        yield from (Entry(str(text), name) for name, text in given.items())


def test_anchors_change_nothing_that_is_found() -> None:
    """In all planted texts, together and each by itself: what every pattern finds on every text."""
    entries = list(planted())
    quick, slow = finders()
    found = quick.find(entries)
    assert sum(len(each.found) for each in found) > 200
    assert [each.found for each in found] == [each.found for each in slow.find(entries)]
    assert found == [quick.find([entry])[0] for entry in entries]


PIECES = st.one_of(
    st.sampled_from([entry.text for entry in planted()]).flatmap(
        lambda text: st.integers(0, len(text)).map(lambda at: text[at : at + 40])
    ),
    st.text(max_size=6),
    st.sampled_from(
        [
            "\u200b",
            "%41",
            "\\x41",
            "\n",
            '"',
            ": ",
            "=",
            " is ",
            "\ud800",
            "<secret:jwt:1>",
            "\u017f",
            "\u212a",
        ]
    ),
)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.lists(PIECES, max_size=6).map("".join), min_size=1, max_size=6),
    st.sampled_from(["", "email", "pwd"]),
)
def test_anchors_change_nothing_in_any_text(texts: list[str], name: str) -> None:
    """Nor in texts put together of pieces of those and of anything."""
    entries = [Entry(text, name) for text in texts]
    quick, slow = finders()
    assert [each.found for each in quick.find(entries)] == [each.found for each in slow.find(entries)]
