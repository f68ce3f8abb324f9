"""Words that carry no information about the kind of a task: stop words, fillers and proper names."""

import re
from collections.abc import Iterable
from functools import cache

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
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return frozenset(ENGLISH_STOP_WORDS - _TELLING) | FILLER


MOST_CAPITALS = 0.25
"""Share of capitalised words inside sentences above which capitals do not mark names (German, titles)."""

_WORD = re.compile(r"(?<![\w'\u2019-])[^\W\d_]+(?![\w-])")
_QUOTED = re.compile(r"\"[^\"\n]*\"|\u201c[^\u201d\n]*\u201d|(?<!\w)['\u2018][^'\u2019\n]*['\u2019](?!\w)")
_OPENS = re.compile(r"(?:^|[.!?;\n(\u2014*#>-])\s*$")


def proper_names(texts: Iterable[str]) -> frozenset[str]:
    """The words (in lower case) that are capitalised inside sentences and never occur in lower case.

    Quoted text such as `"No Service"` and words all in capitals are ignored.
    """
    plain: set[str] = set()
    capital: set[str] = set()
    inside = marked = 0
    for text in set(texts):
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
    if marked > MOST_CAPITALS * inside:
        return frozenset()
    return frozenset(capital - plain)
