"""Named values inside a text."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.traces.regex_samples import samples
from trace2skill.traces import field_detection, pairs
from trace2skill.traces.pairs import in_pairs
from trace2skill.traces.patterns import Found

NAMES = [
    "email",
    "Email address",
    "firstName",
    "full_name",
    "client IP",
    "größe_ip",
    "e-mail",
    "zip",
    "ni\u212aname",
]


def of_all_lines(text: str) -> list[Found]:
    """What is found if every pair is read."""
    return [found for match in pairs._PAIR.finditer(text) for found in pairs._of_person(match)]


VALUES = [
    "Mia Li",
    "a@b.example",
    "5551232002",
    "203.0.113.7",
    "mia_li_3668",
    "x",
    "foo",
    "<personal:name:1>",
]
SIGNS = [
    *"\"':=\n\r\t,-{} ",
    '\\"',
    '": "',
    ": ",
    "\n\n",
    "\u00a0",
    "\ud800",
    "\U0001f600",
    '": \n"',
    "name\n",
]
PIECES = st.sampled_from([*NAMES, *VALUES, *SIGNS])


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_lines_without_names_hold_nothing(text: str) -> None:
    """Which are passed over; pairs that begin in one line and end in another included."""
    assert list(in_pairs(text)) == of_all_lines(text)


def test_pairs_are_found() -> None:
    """In JSON and on lines; each once."""
    text = 'x: 1\n- Email: a@b.example\n{"full_name": "Mia Li", "n": 1}\n"phone":\n5551232002'
    values = [text[each.start : each.end] for each in in_pairs(text)]
    assert values == ["a@b.example", "Mia Li", "5551232002"]
    assert list(in_pairs(text)) == of_all_lines(text)


def test_every_name_of_a_field_is_looked_for() -> None:
    """Drawn from all names of fields, in snake case, camel case or words."""
    rng = random.Random(3)
    seen = 0
    for _, pattern in field_detection._FIELDS:
        for name in samples(pattern.pattern, rng, 60):
            words = name.split("_")
            for spelt in (
                name,
                " ".join(words),
                words[0] + "".join(map(str.capitalize, words[1:])),
                name.upper(),
            ):
                if field_detection.personal_field(spelt):
                    seen += 1
                    assert pairs._names().search(f'"{spelt}": "x"'), spelt
    assert seen > 1000
