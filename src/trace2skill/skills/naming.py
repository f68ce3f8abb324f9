"""A skill's name, title, description and tags, made from its domain, its family and its tasks' texts."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

from trace2skill.facts.untrusted_text import requested, wished
from trace2skill.facts.words import proper_names, stop_words
from trace2skill.skills.stand_ins import StandIns
from trace2skill.traces.model import Trace
from trace2skill.wording.claims import listed

SHARED_BY = 0.4
"""The share of the distinct texts that must contain the leading phrase."""
SHARED_AT_LEAST = 0.15
"""The same for a further phrase in a family whose tasks share little."""
CONTRAST = 0.3
"""How much larger that share must be than in any other family, as a part of it."""
MOST_WORDS = 6
"""The most telling words in a phrase; words such as "to" and "their" between them do not count."""
MOST_ALSO = 5
MOST_WORDS_ALSO = 3
RUNS = 2
"""Fewest runs that must contain a phrase, so that it does not identify one of them."""
LONGEST_TASK = 2000
"""Characters of a text that are read, from its start."""
NEAREST = 3
"""From how many other families the texts distinguish a family."""

_EARLY = 8  # telling words before a phrase at which it counts half, since texts start with their subject
_WEAK = 0.35  # share of the leading phrase's score below which a further phrase is left out
_SAME = 0.9  # share of a phrase's texts that continue it alike from which it is only part of a longer phrase
_ROOT = 5  # letters in which forms of a word agree: send, sends, sending
_CLAUSE = re.compile(r"[!?\n;()\[\]{}|*#\u2014\u2026]+|[.,](?!\d)|\s[-\u2013]\s")
_FIELD = re.compile(r"(?:(?<=^)|(?<=[,;.\n] ))(?:[^\W\d_]+ ){0,2}[^\W\d_]+: [^,;\n]*")
_STAND_IN = re.compile(r"<[^<>]*>")
_QUOTES = "'\"\u2018\u2019\u201c\u201d`:"
_WORD = re.compile(r"[^\W\d_]+(?:[-/'\u2019][^\W\d_]+)*")
_NUMBER = re.compile(r"[$\u20ac\u00a3]?\d+(?:[.,]\d+)*")
_ANY_NUMBER = "N"
_SHORTENED = re.compile(r"['\u2019](?:m|s|d|re|ve|ll|t)$")
_DENYING = frozenset("unable cannot no not without".split())  # noqa: SIM905 - one list of words like the others
_LIGHT = frozenset("find get got make move place placed put take turn".split())  # noqa: SIM905 - as above
"""Words that say little without an object; a phrase cannot consist of them alone."""


class Topics(NamedTuple):
    """What a family is about: its leading phrase, further phrases, and its neighbours' leading phrases."""

    lead: str = ""
    also: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()

    @property
    def phrases(self) -> tuple[str, ...]:
        """The leading phrase and the further ones."""
        return (self.lead, *self.also) if self.lead else self.also


class _Phrase(NamedTuple):
    words: tuple[str, ...]
    share: float
    score: float


def task_text(trace: Trace, *, redacted: bool = False) -> str:
    """What a run's task asks for, with stand-ins for what belongs to the run (`redacted`: see `StandIns`)."""
    return StandIns(trace, redacted=redacted).text(requested(trace.task))


def topics(texts: Sequence[str], siblings: Mapping[str, Sequence[str]] | None = None) -> Topics:
    """The phrases that the family's tasks share and its siblings' lack, and the nearest siblings' phrases.

    Args:
        texts: `task_text` of each of the family's runs, in any order.
        siblings: Some such texts of each other family in its domain.
    """
    texts, *others = wished([texts, *(those for _, those in sorted((siblings or {}).items()))])
    every = [*texts, *(text for those in others for text in those)]
    names = proper_names(map(_plain, every))
    mine, *rest = (_family_texts(tuple(sorted(those)), names) for those in (texts, *others))
    found = mine.phrases(rest)
    lead = next((phrase for phrase in found if phrase.share >= SHARED_BY), None)
    near = sorted(range(len(rest)), key=lambda at: (-mine.likeness(rest[at]), rest[at].texts))[:NEAREST]
    apart = []
    for at in near:
        theirs = rest[at].phrases([mine, *rest[:at], *rest[at + 1 :]])
        apart += [phrase.words for phrase in theirs if phrase.share >= SHARED_BY][:1]
    return Topics(
        lead=spelt(" ".join(lead.words), texts) if lead else "",
        also=tuple(spelt(" ".join(words), texts) for words in _further_phrases(found, lead)),
        apart=tuple(dict.fromkeys(spelt(" ".join(words), every) for words in apart)),
    )


def spelt(phrase: str, tasks: Sequence[str]) -> str:
    """The phrase with those words in capitals that the tasks mostly write so, as in "MMS messages"."""
    return " ".join(_spelt_word(word, tasks) for word in phrase.split(" "))


class _FamilyTexts:
    """The distinct texts of a family, cut into pieces within which phrases lie."""

    def __init__(self, texts: Iterable[str], names: frozenset[str]) -> None:
        self._runs = Counter(text for text in texts if text.strip())
        self.texts = sorted(self._runs)
        self._pieces = [list(_pieces(text[:LONGEST_TASK], names)) for text in self.texts]

    @cached_property
    def _holders(self) -> dict[tuple[str, ...], list[tuple[int, int]]]:
        """For each phrase, the numbers of the texts that contain it and the telling words before it there."""
        found: dict[tuple[str, ...], dict[int, int]] = {}
        for number, pieces in enumerate(self._pieces):
            before = 0
            for piece in pieces:
                for start, phrase in _phrases(piece):
                    place = before + sum(map(_is_telling, piece[:start]))
                    found.setdefault(phrase, {}).setdefault(number, place)
                before += sum(map(_is_telling, piece))
        return {phrase: sorted(places.items()) for phrase, places in found.items()}

    def share(self, phrase: tuple[str, ...]) -> float:
        """The share of the texts that contain the phrase."""
        return len(self._holders.get(phrase, ())) / len(self.texts) if self.texts else 0.0

    def phrases(self, others: Sequence["_FamilyTexts"]) -> list[_Phrase]:
        """Phrases of this family, the best first.

        A phrase's score rises with the share of texts that contain it and its number of telling words. It
        falls with its share in the other family that has it most and with the telling words before it.
        """
        found = []
        partial = self._partial()
        for words, holders in self._holders.items():
            share = len(holders) / len(self.texts)
            runs = sum(self._runs[self.texts[number]] for number, _ in holders)
            if runs < RUNS or share < SHARED_AT_LEAST or words in partial:
                continue
            contrast = share - max((other.share(words) for other in others), default=0.0)
            if others and contrast < CONTRAST * share:
                continue
            place = sum(place for _, place in holders) / len(holders)
            length = (sum(map(_is_telling, words)) + _is_denying(words[0])) ** 0.5
            found.append(_Phrase(words, share, round(contrast * length / (1 + place / _EARLY), 9)))
        return sorted(found, key=lambda phrase: (-phrase.score, phrase.words))

    def _partial(self) -> set[tuple[str, ...]]:
        """Phrases that are nearly always preceded or followed by the same telling or denying word."""
        found = set()
        for words, holders in self._holders.items():
            for inner, outer in ((words[1:], words[0]), (words[:-1], words[-1])):
                within = self._holders.get(inner)
                if (
                    within
                    and (_is_telling(outer) or _is_denying(outer))
                    and len(holders) >= _SAME * len(within)
                ):
                    found.add(inner)
        return found

    def likeness(self, other: "_FamilyTexts") -> float:
        """How alike the texts are: the sum over single words of the smaller of the two shares."""
        words = {phrase for phrase in self._holders if len(phrase) == 1}
        return round(sum(min(self.share(word), other.share(word)) for word in words), 9)


@lru_cache(maxsize=256)
def _family_texts(texts: tuple[str, ...], names: frozenset[str]) -> _FamilyTexts:
    """The texts of a family, which are looked at for each of its siblings too."""
    return _FamilyTexts(texts, names)


def _further_phrases(found: Sequence[_Phrase], lead: _Phrase | None) -> Iterator[tuple[str, ...]]:
    """The best phrases of telling words only, most of which neither the lead nor an earlier phrase has."""
    used = {word[:_ROOT] for word in lead.words} if lead else set()
    least = SHARED_BY if lead and len(lead.words) > 1 else SHARED_AT_LEAST
    weak = _WEAK * lead.score if lead and len(lead.words) > 1 else 0.0
    taken = 0
    for phrase in found:
        if not all(map(_is_telling, phrase.words)) or len(phrase.words) > MOST_WORDS_ALSO:
            continue
        telling = [word[:_ROOT] for word in phrase.words]
        new = [root for root in telling if root not in used]
        says_enough = phrase.share >= least and phrase.score >= weak
        if says_enough and 2 * len(new) > len(telling) and taken < MOST_ALSO:
            used.update(telling)
            taken += 1
            yield phrase.words


def _plain(text: str) -> str:
    return _STAND_IN.sub(" ", text)


def _pieces(text: str, names: frozenset[str]) -> Iterator[list[str]]:
    """Runs of lower-case words, numbers as `N`, that end at the clause's end, a name or a stand-in."""
    fields = _FIELD.findall(text)
    if len(fields) > 1:  # a form, whose fields are the same in every task
        text = _FIELD.sub(".", text)
    for clause in _CLAUSE.split(_STAND_IN.sub(". ", text)):
        piece: list[str] = []
        for token in clause.split():
            word = token.strip(_QUOTES)
            if _WORD.fullmatch(word) and word.lower() not in names:
                piece.append(word.lower())
            elif _NUMBER.fullmatch(word):
                piece.append(_ANY_NUMBER)
            elif piece:
                yield piece
                piece = []
        if piece:
            yield piece


def _phrases(piece: Sequence[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Every phrase of a piece with its position: from a telling or denying word to a telling one."""
    for start, first in enumerate(piece):
        if not (_is_telling(first) or _is_denying(first)):
            continue
        count = 0
        for end in range(start, len(piece)):
            count += _is_telling(piece[end])
            if count > MOST_WORDS:
                break
            if _is_telling(piece[end]) and not _LIGHT.issuperset(piece[start : end + 1]):
                yield start, tuple(piece[start : end + 1])


@lru_cache(maxsize=1 << 14)
def _is_telling(word: str) -> bool:
    base = _SHORTENED.sub("", word)
    return len(base) > 2 and base not in stop_words() and not _is_denying(word)


def _is_denying(word: str) -> bool:
    """Whether the word negates what follows, so that a phrase may begin with it."""
    return word in _DENYING or word.endswith(("n't", "n\u2019t"))


def _spelt_word(word: str, tasks: Sequence[str]) -> str:
    written = re.findall(rf"\b{re.escape(word)}\b", "\n".join(tasks), re.IGNORECASE)
    capitals = sum(found.isupper() for found in written)
    return word.upper() if len(word) > 1 and 2 * capitals > len(written) else word


NAME_LIMIT = 64
DESCRIPTION_LIMIT = 1024
SHORTEST, LONGEST = 200, 300
"""Characters of a description, which an agent reads among many others to choose a skill."""
NOT_FOR = "Not for:"
_EXCLUSION = re.compile(r"(?:^|(?<=[.!?;] ))(?:Not for|Not to be used|Do not use|Don't use)\b[^.!?]*[.!?]?")
_WORDS = re.compile(r"[a-z0-9]+")


def slug(text: str, limit: int = NAME_LIMIT) -> str:
    """`text` as lower-case words joined by `-`, cut at a word to `limit` characters; may be empty."""
    words = _WORDS.findall(text.lower())
    while len(words) > 1 and len("-".join(words)) > limit:
        words.pop()
    return "-".join(words)[:limit]


def skill_name(domain: str, family: str, topics: Sequence[str], traces: Iterable[Trace]) -> str:
    """The skill's name, made from domain and family, or from the topics if the family is a task's key."""
    words = family_words(domain, family, topics, traces)
    return slug(f"{domain} {words}") or "skill"


def family_words(domain: str, family: str, topics: Sequence[str], traces: Iterable[Trace]) -> str:
    """The family in words, without those of the domain; the topics if the family is a task's key."""
    keys = {slug(key, 10**6) for trace in traces for key in (trace.task_key, trace.id) if key}
    words = slug(family, 10**6)
    if not words or words in keys or slug(f"{domain} {family}", 10**6) in keys:
        words = slug(" ".join(topics[:2]), 10**6)
    repeated = set(_WORDS.findall(domain.lower()))
    return " ".join(word for word in words.split("-") if word and word not in repeated)


def title(domain: str, words: str) -> str:
    """A heading: "Telecom: mobile data issue"."""
    where, what = domain.replace("_", " ").strip(), words.strip()
    if not where or not what:
        return _capital(where or what or "Skill")
    return f"{_capital(where)}: {what}"


def description(domain: str, words: str, about: Topics, tools: Sequence[str]) -> str:
    """What the skill is for and when to use it, in the users' words: one line of 200 to 300 characters.

    It is shorter if the tasks share little, and never contains angle brackets.
    """
    where, what = domain.replace("_", " ").strip(), _what(words, about)
    what = what if _has_lead(about) or not about.phrases else f"a task about {what}"
    first = f"{_capital(where)}: {what}." if where and what else f"{_capital(where or what or 'Skill')}."
    further = [*about.also] if _has_lead(about) else []
    apart = [*about.apart]
    while True:
        text = " ".join(part for part in (first, _use(further, what, tools), _not_for(apart)) if part)
        if len(text) <= LONGEST or not (further or len(apart) > 1):
            break
        (further if further else apart).pop()
    if len(text) < SHORTEST and tools and what:
        text = f"{text} Works with the tools {listed(tools)}."
    text = re.sub(r"[<>]", "", text)
    return text if len(text) <= DESCRIPTION_LIMIT else f"{text[: DESCRIPTION_LIMIT - 1].rstrip()}\u2026"


def when_to_use(words: str, about: Topics, tools: Sequence[str]) -> str:
    """The trigger: phrases of the family's tasks, and those of the nearest other families as exclusions."""
    what = _what(words, about)
    spoken = f"Use when a task says: {what}; in these or in other words." if what else _use([], "", tools)
    also = f"It may speak of {listed(about.also, 'or')}." if _has_lead(about) and about.also else ""
    return " ".join(part for part in (spoken, also, _not_for(about.apart)) if part)


def without_exclusions(text: str) -> str:
    """A trigger or a description without the sentence that says what the skill is not for.

    The phrases in that sentence belong to other skills and would make this one look like them.
    """
    return " ".join(_EXCLUSION.sub("", text).split())


def _what(words: str, about: Topics) -> str:
    return about.lead if _has_lead(about) else listed(about.phrases, "or") if about.phrases else words.strip()


def _has_lead(about: Topics) -> bool:
    """Whether there is a leading phrase of more than one word."""
    return " " in about.lead


def _use(further: Sequence[str], what: str, tools: Sequence[str]) -> str:
    if not what:
        return f"Use when the tools {listed(tools)} are at hand." if tools else ""
    also = f", or speaks of {listed(further, 'or')}" if further else ""
    return f"Use when a task says so, in these or in other words{also}."


def _not_for(apart: Sequence[str]) -> str:
    return f"{NOT_FOR} {'; '.join(apart)}." if apart else ""


def tags(domain: str, words: str, topics: Iterable[str]) -> tuple[str, ...]:
    """Search words made from the domain, the family's words and the topics, sorted."""
    return tuple(sorted({slug(part) for part in (domain, words, *topics)} - {""}))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
