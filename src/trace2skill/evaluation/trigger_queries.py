"""Trigger queries: what a skill is to be offered for and what not, made from the library's tasks, in files.

A file is a JSON list in the form that skill writers use, `{"query": ..., "should_trigger": true}`, with two
keys more: `right`, the skill that answers a near miss, and `author`, who wrote the query.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from itertools import product
from pathlib import Path

import orjson
from pydantic import Field, TypeAdapter

from trace2skill.errors import InputError
from trace2skill.evaluation.suite import validated
from trace2skill.facts.words import stop_words
from trace2skill.skills.naming import topics
from trace2skill.store.documents import everyday, spread
from trace2skill.store.lexical import LexicalIndex, words
from trace2skill.store.library import Library
from trace2skill.traces.model import Frozen
from trace2skill.traces.redact import without_placeholders

EACH = 20
"""Queries of either kind that are made for a skill."""

OF_OTHERS, OF_EVERYDAY = 8, 6
"""Near misses that are tasks of other skills, and everyday requests; the rest are about the subject."""

GENERATED = "generated"
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
ABOUT = (
    "What does '{}' mean?",
    "Write a short poem with the title '{}'.",
    "Translate into French: {}.",
    "Draft a slide for new colleagues: {}.",
    "Correct my spelling: {}",
    "How many people told us '{}' last month?",
    "Which book is there on '{}'?",
    "Make a ringtone that goes like '{}'.",
)
"""Requests about a subject that are no task of it."""

ASKING = (
    "{}",
    "Hi, can you help? {}.",
    "Problem: {}. What now?",
    "A customer says: {}. Please take care of it.",
    "{}, please see to it today",
    "I have tried everything: {}",
)
"""Requests to do something about a subject, where the tasks' own sentences are few."""

_EMPTY_FIELD = re.compile(r"(?:[^\W\d_]+ ){0,2}[^\W\d_]+: ?(?:[,;]\s*|(?=\.)|$)")
"""`phone number: ,`: a form's field whose value was somebody's."""


class TriggerQuery(Frozen):
    """What somebody may ask, and whether the skill is to be offered for it."""

    query: str = Field(min_length=1)
    should_trigger: bool
    right: str = Field("", description="of a near miss: the skill that is to be offered; empty for none")
    author: str = Field("", description="a person, a model, or `generated`")


def generated(library: Library) -> dict[str, list[TriggerQuery]]:
    """About 20 wanted queries and 20 near misses for each active skill, from the tasks of its runs.

    The wanted ones are tasks, first those that retrieval does not know the skill by, and then sentences of
    them: alone, as an opening, as key words. Near misses are the likest tasks of other skills, which these
    are to answer, everyday requests that share words, and requests about the skill's subject.
    Same library, same queries.
    """
    known = _Tasks(
        {
            stored.skill.name: _texts(trace.task for trace in library.traces(stored.skill.traces))
            for stored in library.skills()
        }
    )
    return {name: known.queries(name) for name in sorted(known.texts)}


def _texts(found: Iterable[str]) -> list[str]:
    texts = (_EMPTY_FIELD.sub("", " ".join(without_placeholders(text).split())) for text in found)
    return sorted({text for text in texts if text})


class _Tasks:
    """The task texts of all skills."""

    def __init__(self, texts: dict[str, list[str]]) -> None:
        self.texts = texts
        self._all = [(text, name) for name, own in sorted(texts.items()) for text in own]
        self._index = LexicalIndex.of([text for text, _ in self._all])
        self._speakers: dict[str, set[str]] = {}
        for text, name in self._all:
            for sentence in SENTENCE.split(text):
                self._speakers.setdefault(sentence, set()).add(name)
        self._everyday = LexicalIndex.of(everyday())

    def queries(self, name: str) -> list[TriggerQuery]:
        """Wanted ones, then near misses."""
        own = self.texts[name]
        told = " ".join(word for text in own for word in _telling(text))
        foreign = self._likest(told, name)
        about = topics(own, {other: self.texts[other] for _, other in foreign})
        subjects = list(dict.fromkeys([*filter(None, [about.lead]), *about.also, *about.phrases]))[:3]
        wanted = _wanted(own, {each for each, names in self._speakers.items() if names != {name}}, subjects)
        taken = {query.query.lower() for query in wanted}
        near = [self._near(text, other) for text, other in foreign]
        near += [
            self._near(everyday()[at])
            for at in _best(self._everyday, told, OF_EVERYDAY, range(len(everyday())))
        ]
        near += [self._near(form.format(subject)) for form in ABOUT for subject in subjects]
        return [*wanted, *(query for query in near[:EACH] if query.query.lower() not in taken)]

    def _likest(self, told: str, name: str) -> list[tuple[str, str]]:
        """The tasks of other skills that share most words with what is told, with their skills."""
        own = set(self.texts[name])
        among = [at for at, (text, other) in enumerate(self._all) if other != name and text not in own]
        return [self._all[at] for at in _best(self._index, told, OF_OTHERS, among)]

    @staticmethod
    def _near(text: str, right: str = "") -> TriggerQuery:
        return TriggerQuery(query=text, should_trigger=False, right=right, author=GENERATED)


def _wanted(texts: Sequence[str], elsewhere: Collection[str], subjects: Sequence[str]) -> list[TriggerQuery]:
    known = spread(texts, 16)
    whole = spread([text for text in texts if text not in known] or texts, EACH // 2)
    sentences = [
        sentence
        for text in spread(texts, EACH)
        for sentence in SENTENCE.split(text)
        if sentence not in elsewhere and len(_telling(sentence)) >= 3
    ]
    forms: list[str] = list(whole)
    for turn, (at, sentence) in product(range(3), enumerate(dict.fromkeys(sentences))):
        plain = sentence.rstrip(".!? ")
        shapes = (plain.lower(), f"Hi, can you help? {sentence}", " ".join(_telling(sentence)[:6]))
        forms.append(shapes[(at + turn) % len(shapes)])
    forms += [form.format(subject) for subject in subjects for form in ASKING]
    return [
        TriggerQuery(query=text, should_trigger=True, author=GENERATED)
        for text in list(dict.fromkeys(forms))[:EACH]
    ]


def _telling(text: str) -> list[str]:
    return [word for word in words(text) if len(word) > 2 and word not in stop_words()]


def _best(index: LexicalIndex, query: str, most: int, among: Sequence[int]) -> list[int]:
    """The texts among these that share most words with the query, then others in their order."""
    import numpy as np

    near = index.best(query, most, np.array(among, dtype=np.intp)) if among else []
    return [*near, *(at for at in among if at not in near)][:most]


_QUERIES = TypeAdapter(list[TriggerQuery])


def read_queries(file: Path, skills: Collection[str] = ()) -> list[TriggerQuery]:
    """The queries in a file.

    Args:
        file: The file.
        skills: The skills that a near miss may name; any if there are none.

    Raises:
        InputError: It cannot be read, is no list of queries, or names no skill of these.
    """
    form = '[{"query": "...", "should_trigger": true}, ...]'
    found = validated(file, _QUERIES.validate_python, form)
    for query in found:
        if query.right and skills and query.right not in skills:
            raise InputError(
                f"{file}: {query.query[:60]!r} names {query.right!r}, which the library does not hold; its "
                f"skills are {', '.join(sorted(skills))}"
            )
    return found


def write_queries(queries: Sequence[TriggerQuery], file: Path) -> None:
    """Write the queries, one a line.

    Raises:
        InputError: The file cannot be written.
    """
    lines = (orjson.dumps(query.model_dump(exclude_defaults=True)).decode() for query in queries)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("[\n  " + ",\n  ".join(lines) + "\n]\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file}: cannot be written ({error.strerror or error})") from error


def kept_queries(library: Library, folder: Path, *, again: bool = False) -> dict[str, list[TriggerQuery]]:
    """The queries of every active skill: from `folder/NAME.json`, made and written there where it is missing.

    Args:
        library: The library.
        folder: Where the files are.
        again: Make those anew whose author is `generated`; what anybody else wrote is kept.

    Raises:
        InputError: A file cannot be read or written; the message names it.
    """
    names = {stored.skill.name for stored in library.skills()}
    files = {name: folder / f"{name}.json" for name in sorted(names)}
    kept = {name: read_queries(file, names) for name, file in files.items() if file.exists()}
    if again or len(kept) < len(files):
        made = generated(library)
        for name, file in files.items():
            if again or name not in kept:
                own = [query for query in kept.get(name, ()) if query.author != GENERATED]
                kept[name] = [*own, *made[name]]
                write_queries(kept[name], file)
    return {name: kept[name] for name in files}
