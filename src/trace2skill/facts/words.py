"""Words that carry no information about the kind of a task: stop words, fillers and proper names."""

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

_TELLING = frozenset(
    {"amount", "bill", "call", "detail", "empty", "fill", "find", "fire", "move", "show", "system"}
)
"""Words of scikit-learn's stop list that are kept, because they may say what a task is about."""

FILLER = frozenset(
    """able actually agent anything currently customer different don experiencing figure fix follow
    following going good got having hello help helping hey hi hour hours issue issues just keep keeps
    kind know let lets like ll looking lot maybe minute minutes necessary need needs past please
    possible problem problems quickly quite really recently resolved showing shows soon sorry
    successfully sure task tasks tell thank thanks thing things today trouble try trying unable use used
    user users uses using ve very want wanted wants wish wondering work working would yesterday
    """.split()  # noqa: SIM905 - a list would put each word on a line of its own
)
"""Words common to requests of any kind."""


@cache
def stop_words() -> frozenset[str]:
    """All stop words, in lower case: scikit-learn's list without the kept words, and `FILLER`."""
    return english() - _TELLING | FILLER


@cache
def english() -> frozenset[str]:
    """The stop words of scikit-learn (its `ENGLISH_STOP_WORDS`, BSD-3-Clause), kept here for its weight."""
    return frozenset((Path(__file__).parent / "stop_words.txt").read_text(encoding="utf-8").split())


def singular(name: str) -> str:
    """The name without its plural: `lines` -> `line`, `purchases` -> `purchase`, but `plus` -> `plus`."""
    if name.endswith("ies"):
        return name[:-3] + "y"
    if name.endswith(("sses", "uses", "xes")):
        return name[:-2]
    return name[:-1] if name.endswith("s") and not name.endswith(("ss", "us", "is")) else name


MOST_CAPITALS = 0.25
"""Share of capitalised words inside sentences above which capitals do not mark names (German, titles)."""

_WORD = re.compile(r"(?<![\w'\u2019-])[^\W\d_]+(?![\w-])")
_QUOTED = re.compile(r"\"[^\"\n]*\"|\u201c[^\u201d\n]*\u201d|(?<!\w)['\u2018][^'\u2019\n]*['\u2019](?!\w)")
_OPENS = re.compile(r"(?:^|[.!?;\n(\u2014*#>-])\s*$")


def proper_names(texts: Iterable[str]) -> frozenset[str]:
    """The words (in lower case) that are capitalised inside sentences and never occur in lower case.

    Quoted text such as `"No Service"` and words all in capitals are ignored.
    """
    written = [_written(text) for text in set(texts)]
    if sum(each.marked for each in written) > MOST_CAPITALS * sum(each.inside for each in written):
        return frozenset()
    capital = frozenset().union(*(each.capital for each in written))
    return capital.difference(*(each.plain for each in written))


class _Written(NamedTuple):
    """The words of a text that occur in lower case, and those that are capitalised inside sentences.

    `inside` counts the words inside sentences, `marked` those of them that are capitalised.
    """

    plain: frozenset[str]
    capital: frozenset[str]
    inside: int
    marked: int


@lru_cache(maxsize=1 << 13)
def _written(text: str) -> _Written:
    plain: set[str] = set()
    capital: set[str] = set()
    inside = marked = 0
    unquoted = _QUOTED.sub(lambda quote: " " * len(quote[0]), text)
    for found in _WORD.finditer(unquoted):
        word = found[0]
        if word.islower():
            plain.add(word)
        inner = not _OPENS.search(unquoted, max(0, found.start() - 4), found.start())
        if inner and len(word) > 1 and not word.isupper():
            inside += 1
            if word[0].isupper():
                marked += 1
                capital.add(word.lower())
    return _Written(frozenset(plain), frozenset(capital), inside, marked)
