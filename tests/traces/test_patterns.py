"""Patterns over many texts at once."""

import pytest

from trace2skill.traces.known_values import KnownValues
from trace2skill.traces.patterns import Entry, Finder, Found, Pattern
from trace2skill.traces.personal_detection import personal_patterns
from trace2skill.traces.secret_detection import secret_patterns

KEY = Pattern("key", ("key-",), r"key-([a-z]{4,})")
NAMED = Pattern("named", (), r"secret: \"(\w+)", named=True)
LONG = Pattern("long", (), r"(?s)BEGIN.*END")


def find(entries: list[Entry], patterns: list[Pattern]) -> list[list[Found]]:
    """What is found in each of the texts."""
    return [finding.found for finding in Finder(patterns).find(entries)]


def spans(text: str, pattern: Pattern = KEY) -> list[tuple[int, int]]:
    """Where the values are in one text."""
    return [(found.start, found.end) for found in find([Entry(text)], [pattern])[0]]


def test_the_group_is_the_value() -> None:
    """Not what surrounds it, and at its place in its own text."""
    assert find([Entry("none"), Entry("a key-abcd")], [KEY]) == [[], [Found(6, 10, "key")]]


def test_a_fields_name_counts_where_a_pattern_wants_it() -> None:
    """And is no part of the text."""
    entries = [Entry("hunter", "secret"), Entry("hunter", "other")]
    assert find(entries, [NAMED]) == [[Found(0, 6, "named")], []]


def test_no_match_runs_over_the_end_of_a_text() -> None:
    """Each of the texts is then looked through by itself."""
    entries = [Entry("a BEGIN b"), Entry("c END d BEGIN e END f")]
    assert find(entries, [LONG]) == [[], [Found(8, 19, "long")]]


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("x key-ab\u200bcd y", "ab\u200bcd"),
        ("x key%2Dabcd y", "abcd"),
        ("%20%20 key-a\\u0062cd y", "a\\u0062cd"),
        ("\\x41 k\\x65y-abc\\x64 y", "abc\\x64"),
        ("key-abc\\\n   d", "abc\\\n   d"),
    ],
)
def test_a_hidden_value_is_found_where_it_is(text: str, hidden: str) -> None:
    """With all that is put into it."""
    ((start, end),) = spans(text)
    assert text[start:end] == hidden


def test_placeholders_hold_nothing() -> None:
    """Whatever they look like."""
    assert spans("<secret:key-abcd:1> <secret:keys:1>", Pattern("any", (), r"secret:(\w+)")) == [(8, 11)]


def test_anchors_save_work_and_lose_nothing() -> None:
    """Upper and lower case alike."""
    shouting = Pattern("key", ("key-",), r"KEY-([A-Z]{4,})")
    assert spans("a KEY-ABCD", shouting) == [(6, 10)]


def test_every_pattern_is_one() -> None:
    """RE2 accepts it, and its anchors too."""
    patterns = [*secret_patterns(), *personal_patterns()]
    assert len(patterns) > 300
    assert find([Entry("nothing at all")], patterns) == [[]]
    bare = [Pattern(each.kind, (), each.regex) for each in patterns]
    assert find([Entry("")], bare) == [[]]


def test_known_values_are_words_of_their_own() -> None:
    """The longest counts; one that is only signs is not looked for."""
    known = KnownValues()
    for value in ("Ann", "Ann Lee", "+1 555-0100", "--"):
        known.add(value)
    text = "Ann Lee, Annie, ann, +1 555-0100; +1 555-01000 -- Ann_1"
    assert [text[start:end] for start, end in known.longest(text)] == ["Ann Lee", "+1 555-0100"]
    assert "--" not in known
