"""A skill's name, title, description and tags, made of its domain, family and topics alone."""

import re
from collections.abc import Iterable, Sequence

from trace2skill.skills.predicate_wording import listed
from trace2skill.traces.model import Trace

NAME_LIMIT = 64
DESCRIPTION_LIMIT = 1024
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


def description(domain: str, words: str, topics: Sequence[str], tools: Sequence[str]) -> str:
    """What the skill does and when to use it, in plain words; at most 1024 characters, no angle brackets."""
    where = f"{domain.replace('_', ' ')} " if domain else ""
    kind = f' of the kind "{words}"' if words else ""
    parts = [
        f"How to carry out {where}tasks{kind}: the order of work, what to do under which condition, "
        "and which mistakes past runs made.",
        when_to_use(topics, tools),
    ]
    text = re.sub(r"[<>]", "", " ".join(part for part in parts if part))
    return text if len(text) <= DESCRIPTION_LIMIT else f"{text[: DESCRIPTION_LIMIT - 1].rstrip()}…"


def when_to_use(topics: Sequence[str], tools: Sequence[str]) -> str:
    """The trigger: what the task speaks of, and the tools at hand; empty where neither is known."""
    spoken = f"the task speaks of {listed(topics, 'or')}" if topics else ""
    offered = f"the tools {listed(tools)} are at hand" if tools else ""
    condition = " and ".join(part for part in (spoken, offered) if part)
    return f"Use it when {condition}." if condition else ""


def tags(domain: str, words: str, topics: Iterable[str]) -> tuple[str, ...]:
    """Search words, sorted."""
    return tuple(sorted({slug(part) for part in (domain, words, *topics)} - {""}))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
