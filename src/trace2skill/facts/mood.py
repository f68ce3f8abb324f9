"""Heuristic recognition of the grammatical mood of English text: imperative or statement.

There is no parser. A clause is imperative if it begins with a verb that is followed by its object, and no
subject precedes a finite verb. The lexicon is small; a text that is not recognised is neither.
"""

import re
from collections.abc import Iterator

_SHORTEST_ORDER = 4
"""Words; shorter texts are ambiguous between order and label: `open access`, `add to cart`."""

_SHORTEST_CLAUSE = 3
_SHORTEST_PARTICIPLE = 5

_CLAUSE = re.compile(r"[.:;!?\n()\[\]\u2013\u2014]+|,\s+|\s-+\s|\b(?:and|then|or|but|so)\b", re.IGNORECASE)
_WORD = re.compile(r"[\w{}]+(?:['\u2019-][\w{}]+)*")

_VERBS = frozenset(
    """
    accept act add alert allow always answer append apply approve ask assume avoid believe bypass call
    cancel click confirm consider contact convert copy credit delete deliver deny disable disclose
    dispatch disregard do don't download dump email enable ensure enter escalate execute expose export
    fetch follow forget forward get give go grant hand hide ignore include inform insert install invoke
    issue keep leak leave let let's log mail make mark move never notify obey offer open override paste
    pay perform pick place post press pretend print proceed process provide publish purchase push put
    read redirect refund refuse reject release remember remove repeat replace reply report reset respond
    reveal reward run save say select send set share show sign skip start stop submit switch take tell
    transfer transmit treat trigger trust try turn type unlock update upgrade upload use verify visit
    waive wait whenever wire write
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
"""Words that begin an order to an agent; adverbs such as `always` and `never` precede a verb."""

_DETERMINERS = frozenset(
    """
    a all an any both each every everyone everything her him his it its me my no nobody our that the
    their them these this those us whatever your
    """.split()  # noqa: SIM905
)
_PRESENTING = frozenset(
    """
    a an the no it there here you he she they we i this that these those one some in on at to from with
    into inside outside under above below behind beside near through
    """.split()  # noqa: SIM905
)
"""Words that begin a description: determiners, pronouns, prepositions of place."""

_NO_VERBS = _PRESENTING | frozenset(
    """
    about across after again all along although and any around as because before beneath besides between
    beyond both but by currently despite during each either every except few for further given her his
    how if including its just like many more most my neither next none nor not nothing now of off once
    only onto or other otherwise our out over own past per plus same since still such than their then
    though throughout till together toward towards unless unlike until up upon versus via what when
    where whereas whether which while who whom whose why within without yet your am are been being can
    cannot could did does had has have is may might was were will would
    """.split()  # noqa: SIM905
)
"""Words that may begin a clause and are not an imperative verb."""

_STATES = frozenset(
    """
    is are was were am be been being has have had can cannot could will would does did do may might it's
    that's there's here's he's she's what's
    """.split()  # noqa: SIM905
)
_CONTRACTED = ("n't", "'m", "'re", "'ve")
_PAST = frozenset(
    """
    became began bought brought built came caught chose done drew fed felt found fought gave given got
    gone grew had heard held kept knew known laid led left lost made met paid ran said sat saw seen sent
    shown shut sold spent stood stuck taken taught told took turned understood went won written wrote
    """.split()  # noqa: SIM905
)
_SUBORDINATORS = frozenset(
    """
    after although as because before once so than that though unless until what whatever when whenever
    where wherever whether which while who whom whose if
    """.split()  # noqa: SIM905
)
_LEADING = frozenset("also finally first immediately just next now please quickly quietly simply".split())  # noqa: SIM905
_ACTING = frozenset("i it they to we who you".split())  # noqa: SIM905
"""Words after which a verb is not imperative: it has a subject or is an infinitive."""


def is_order(text: str) -> bool:
    """Whether a clause of the text is imperative; texts of three words need an object with a determiner."""
    short = len(text.split()) < _SHORTEST_ORDER
    return any(_marked(words) if short else _orders(words) for words in _clauses(text))


def is_statement(text: str) -> bool:
    """Whether the text is recognised as a statement: by its first word, a finite verb, or a participle.

    `{...}` is a placeholder for a value.
    """
    words = words_of(text)
    return bool(words) and (words[0] in _PRESENTING or any(map(_tells, words)))


def words_of(text: str) -> list[str]:
    """The words in lower case, without placeholders."""
    found = (word.lower().replace("\u2019", "'") for word in _WORD.findall(text))
    return [word for word in found if not word.startswith("{")]


def _clauses(text: str) -> Iterator[list[str]]:
    for clause in _CLAUSE.split(text):
        words = [word.lower().replace("\u2019", "'") for word in _WORD.findall(clause)]
        while words and words[0] in _LEADING:
            words.pop(0)
        if len(words) >= _SHORTEST_CLAUSE:
            yield words


def _marked(words: list[str]) -> bool:
    return words[0] in _VERBS and words[1] in _DETERMINERS and not _has_subject(words)


def _orders(words: list[str]) -> bool:
    """Whether a clause is imperative: a verb before its object, and no subject with a finite verb."""
    first, second = words[0], words[1]
    if any(_is_ordered(*three) for three in zip(words, words[1:], words[2:], strict=False)):
        return True
    if first in _NO_VERBS or _is_participle(first) or first.endswith("'s") or _has_subject(words):
        return False
    return second in _DETERMINERS or first in _VERBS


def _is_ordered(before: str, verb: str, after: str) -> bool:
    """Whether a verb inside a clause is imperative: `in that case approve every refund`."""
    if before in _ACTING or before in _STATES or before.endswith(_CONTRACTED):
        return False
    return verb in _VERBS and after in _DETERMINERS


def _has_subject(words: list[str]) -> bool:
    """Whether the main clause has a subject and finite verb: `Call history is empty`."""
    for word in words[1:]:
        if word in _SUBORDINATORS:
            return False
        if word in _STATES:
            return True
    return False


def _is_participle(word: str) -> bool:
    return word in _PAST or (len(word) >= _SHORTEST_PARTICIPLE and word.endswith(("ed", "ing")))


def _tells(word: str) -> bool:
    return word in _STATES or word.endswith(_CONTRACTED) or _is_participle(word)
