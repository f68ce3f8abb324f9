"""A skill's name, title, description and tags, made of its domain, family and topics alone."""

import re
from collections.abc import Iterable, Sequence

from trace2skill.skills.predicate_wording import listed
from trace2skill.skills.topics import Topics
from trace2skill.traces.model import Trace

NAME_LIMIT = 64
DESCRIPTION_LIMIT = 1024
SHORTEST, LONGEST = 200, 300
"""Characters of a description that an agent reads among many: enough to choose by, and no more."""
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
    """The skill's name from domain and family; from the topics where the family is a task's key."""
    words = family_words(domain, family, topics, traces)
    return slug(f"{domain} {words}") or "skill"


def family_words(domain: str, family: str, topics: Sequence[str], traces: Iterable[Trace]) -> str:
    """The family in words, without the domain's; the topics where the family would give a task away."""
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

    It is shorter where the tasks share little, and never holds angle brackets.
    """
    where, what = domain.replace("_", " ").strip(), _what(words, about)
    what = what if _leads(about) or not about.phrases else f"a task about {what}"
    first = f"{_capital(where)}: {what}." if where and what else f"{_capital(where or what or 'Skill')}."
    further = [*about.also] if _leads(about) else []
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
    """The trigger: what tasks say, and what the tasks of the nearest other skills say instead."""
    what = _what(words, about)
    spoken = f"Use when a task says: {what}; in these or in other words." if what else _use([], "", tools)
    also = f"It may speak of {listed(about.also, 'or')}." if _leads(about) and about.also else ""
    return " ".join(part for part in (spoken, also, _not_for(about.apart)) if part)


def without_exclusions(text: str) -> str:
    """A trigger or a description without the sentence that says what the skill is not for.

    What it names belongs to other skills, and would make this one look like them.
    """
    return " ".join(_EXCLUSION.sub("", text).split())


def _what(words: str, about: Topics) -> str:
    return about.lead if _leads(about) else listed(about.phrases, "or") if about.phrases else words.strip()


def _leads(about: Topics) -> bool:
    """Whether one phrase says what the tasks are; a single word does not."""
    return " " in about.lead


def _use(further: Sequence[str], what: str, tools: Sequence[str]) -> str:
    if not what:
        return f"Use when the tools {listed(tools)} are at hand." if tools else ""
    also = f", or speaks of {listed(further, 'or')}" if further else ""
    return f"Use when a task says so, in these or in other words{also}."


def _not_for(apart: Sequence[str]) -> str:
    return f"{NOT_FOR} {'; '.join(apart)}." if apart else ""


def tags(domain: str, words: str, topics: Iterable[str]) -> tuple[str, ...]:
    """Search words, sorted."""
    return tuple(sorted({slug(part) for part in (domain, words, *topics)} - {""}))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
