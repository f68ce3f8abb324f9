"""Whether a message begins another topic than the conversation it comes in. English; in doubt it goes on.

A user's turns answer questions, report what was seen and agree; none of that asks for anything new. A message
leaves the topic when it is a request of its own, and most of what it asks for was not spoken of before.
"""

import re
from collections.abc import Iterable

from trace2skill.facts.words import FILLER

_LEAST_CONTENT = 2
"""Words of content that a request needs: `yes please` has none, `do it` neither."""

_KNOWN = 1 / 3
"""The most of a request's words of content that were met before, where it begins another topic.

With it none of 390 turns of users in the middle of a telecom task of tau2-bench leaves its topic, of retail 1
of 239. Of requests of telecom's world that none of its skills is for 19 of 48 do (retail 13 of 20), of
requests about anything else 66 of 80 (67): `python -m benchmarks.topics`.
"""

_WORD = re.compile(r"[^\W\d_]{3,}(?:['\u2019-][^\W\d_]+)*")
_ENDING = re.compile(r"(?:ing|edly|ed|es|s|ly|er)$")
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_POLITE = (
    r"^\W*(?:(?:and|also|now|then|next|ok(?:ay)?|great|thanks?(?: you)?|by the way|one more thing|please|hey"
    r"|hi|hello|sure|alright|perfect|actually)\b[\s,!.:-]*)*"
)
_ASKS = re.compile(
    _POLITE + r"(?:(?:can|could|would|will|may|shall) (?:you|i|we)\b"
    r"|i(?:'d| would) (?:like|love)\b|i (?:want|need|wish)\b|i(?:'m| am) looking for\b"
    r"|(?:how|what|who|whom|whose|where|which|why|when)\b"
    r"|(?:is|are|was|were|do|does|did|has|have) |let(?:'s| us| me)\b)",
    re.IGNORECASE,
)
_OPENING = re.compile(_POLITE + r"([^\W\d_]+(?:['\u2019][^\W\d_]+)*)", re.IGNORECASE)
_NOT_IMPERATIVE = frozenset(
    """
    a about above absolutely actually after again agreed ah all alright always am an and another any
    anything are as at because before both but by can cannot could did do does don't done each either
    every everything exactly false finally fine first for from good got great had has have he hello her
    here hey hi his how however i i'd i'll i'm i've if in indeed is it it's its just last later let's
    like maybe me mine most my neither never next no nobody none nope not nothing now of off oh ok okay
    on once one only or our out over perfect perhaps please possibly right same second she should since
    so some something sorry still strange sure thank thanks that that's the their them then there
    there's these they they're this those though three through to today tomorrow true two under
    unfortunately until up very was wait we we're well were what what's when where which while who whose
    why will with without wonderful would wow yeah yep yes yesterday yet you you're your yours zero
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
"""Words that begin a reply or a statement. Any other first word is taken for an imperative verb."""

_COMMON = frozenset(
    """
    about again all also and any anyone anything appreciate are assist assistance because been bit
    but can check correct could day did does doing done else enough everything fine for from get
    give great has have help here how into its just let look luck make may mean more much need nice not
    now off one our out over perfect please question ready remember right say see set should some something
    somewhere start started step such sure take than that the their them then there these they think
    this those too under was way were what when where which while who why will with would you your
    """.split()  # noqa: SIM905
)


def leaves_topic(message: str, before: Iterable[str]) -> bool:
    """Whether a message asks for something that has little to do with what came before.

    Args:
        message: What the user says now.
        before: What was said in the conversation, and the guidance in force.
    """
    asked = _content(" ".join(each for each in _SENTENCE.findall(message) if _is_request(each)))
    if len(asked) < _LEAST_CONTENT:
        return False
    known: set[str] = set().union(*map(_content, before))
    beside = _content(message) - asked
    return not beside & known and len(asked & known) <= _KNOWN * len(asked)


def _is_request(sentence: str) -> bool:
    if _ASKS.match(sentence):
        return True
    opening = _OPENING.match(sentence)
    first = opening[1].lower() if opening else ""
    return len(first) > 1 and first not in _NOT_IMPERATIVE and len(sentence.split()) > _LEAST_CONTENT


def _content(text: str) -> set[str]:
    words = (found[0].lower() for found in _WORD.finditer(text))
    stems = (_ENDING.sub("", word) for word in words if word not in FILLER and word not in _COMMON)
    return {stem for stem in stems if stem not in _COMMON}
