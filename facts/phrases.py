"""Things that free text names: the chunks between articles, verbs, prepositions and punctuation.

A small lexicon, English only. `On the table is: a glass cup, a battery` names a table, a glass cup and a
battery; nothing is said of what they are.
"""

import re

_CUT = re.compile(
    r"[^\w\s'-]|\n|\b(?-i:[Aa]n?)(?= [a-z0-9])|\b(?:the|some|this|that|which|it|its|you|your|is|are|"
    r"was|has|have|on|in|into|to|from|with|"
    r"for|at|by|and|or|called|contains?|containing|see|here|there|also|now|not|nothing|one|another|part)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[\w'-]+")
_MOST_WORDS = 4
FUNCTION = frozenset({
    "a", "an", "the", "of", "in", "on", "to", "into", "is", "it", "and", "or", "that", "which", "with", "by",
    "for", "from", "at", "be", "are", "then", "if", "your", "you", "this", "its",
})  # fmt: skip
"""Words that alone name nothing."""


def words(text: str) -> tuple[str, ...]:
    """The words of a text in lower case, punctuation left out."""
    return tuple(word.lower() for word in _WORD.findall(text))


def phrases(text: str) -> tuple[str, ...]:
    """The things named, in lower case and in order, each once."""
    chunks = (" ".join(words(chunk)) for chunk in _CUT.split(text))
    return tuple(
        dict.fromkeys(
            chunk
            for chunk in chunks
            if len(chunk.split()) <= _MOST_WORDS and not FUNCTION.issuperset(chunk.split())
        )
    )
