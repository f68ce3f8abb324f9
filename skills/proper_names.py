"""Which words of texts are names of people, places, makes: no kinds of task, and perhaps personal."""

import re
from collections.abc import Iterable

MOST_CAPITALS = 0.25
"""Where more of the words inside sentences are capitals, capitals mark no names: German, or titles."""

_WORD = re.compile(r"(?<![\w'\u2019-])[^\W\d_]+(?![\w-])")
_QUOTED = re.compile(r"\"[^\"\n]*\"|\u201c[^\u201d\n]*\u201d|(?<!\w)['\u2018][^'\u2019\n]*['\u2019](?!\w)")
_OPENS = re.compile(r"(?:^|[.!?;\n(\u2014*#>-])\s*$")


def proper_names(texts: Iterable[str]) -> frozenset[str]:
    """The words, lower case, that are written with a capital inside sentences and never without.

    What is quoted is no evidence, such as `"No Service"`; neither are words all in capitals.
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
