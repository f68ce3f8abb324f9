"""Fidelity: whether a sentence of a model says what it rests on, a measured claim or notes."""

import re
from collections.abc import Iterator, Sequence

from trace2skill.claims.instance import mentions_instance
from trace2skill.claims.model import Compare, Constant, Milestones
from trace2skill.claims.model import Sequence as SequenceClaim
from trace2skill.claims.notation import TOLD
from trace2skill.claims.traversal import actions_of, constant_arguments, fact_keys, leaves_of, patterns_of
from trace2skill.evidence.finding import Finding
from trace2skill.proposals.plain_words import PLAIN_WORDS
from trace2skill.proposals.reading import LONGEST_NOTE
from trace2skill.proposals.transcript import objectionable
from trace2skill.skills.critique import numbers_in
from trace2skill.wording.claims import statement

ROOM = 2.0
"""How much longer than the claim's own sentence a rewording may be."""

SHORTEST_LIMIT = 240
_SET_OFF = re.compile(r"`[^`]*`|\*[^*]*\*|\"[^\"]*\"")
_NEGATION = re.compile(
    r"\b(?:not|never|no|none|nothing|without|avoid|unless|cannot|neither|nor|refuse|refrain|skip|forbidden|stop)\b|n't\b",
    re.IGNORECASE,
)
_MORE = re.compile(r"\b(?:more|above|over|exceed\w*|greater|at least|minimum|later|after)\b", re.IGNORECASE)
_LESS = re.compile(r"\b(?:less|below|under|fewer|at most|maximum|smaller|earlier|before)\b", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z0-9]+")
_NEW_WORDS = 3
"""Words that a rewording may bring along, plain ones aside; a quarter of a long sentence."""

TAKEN_UP = 0.3
"""Share of a note's telling words that a sentence for it has."""

_SMALL = 3
"""Letters; shorter words of a fact's name may be left out."""


def unfaithful(text: str, finding: Finding, tools: frozenset[str], notes: Sequence[str] = ()) -> str:
    """What is wrong with a rewording; empty if it may stand for the claim's own sentence.

    It must name the claim's tools, in its order, and no other tool of the family; its facts, its values;
    negate where it negates; compare in its direction; and hold no number, name or id of its own. What it says
    beyond the claim must be in the notes.

    Args:
        text: The rewording.
        finding: What it words.
        tools: Every tool of the family.
        notes: The notes that it unites with the claim.
    """
    own = statement(finding)
    known = " ".join((own, *notes))
    limit = max(SHORTEST_LIMIT, int(ROOM * len(own))) + sum(map(len, notes))
    return (
        objectionable(text, longest=limit, like=own)
        or _numbers(text, own)
        or _tools(text, known, finding, tools)
        or _values(text, own, finding)
        or _facts(text, own, finding)
        or _direction(text, known)
        or _additions(text, known)
        or _omissions(text, notes)
    )


def unfaithful_to_notes(text: str, notes: Sequence[str], tools: frozenset[str]) -> str:
    """What is wrong with a sentence that words notes anew; empty if it says what they say.

    It must name their tools and no others, negate where one of them does, take up what each says and add
    little.
    """
    known = " ".join(notes)
    other = sorted(
        tool for tool in tools if _telling(tool) and _names(text, tool) and not _names(known, tool)
    )
    missing = sorted(
        tool for tool in tools if _telling(tool) and _names(known, tool) and not _names(text, tool)
    )
    if problem := objectionable(text, longest=LONGEST_NOTE):
        return problem
    if numbers_in(text) or mentions_instance(text, known):
        return "states a number, or names what belongs to one run"
    if other or missing:
        return (
            f"names {', '.join(other)}, which no note does"
            if other
            else f"does not name {', '.join(missing)}"
        )
    return _direction(text, known) or _additions(text, known) or _omissions(text, notes)


def _telling(tool: str) -> bool:
    """Whether a tool's name is not an ordinary word."""
    return "_" in tool


def _numbers(text: str, own: str) -> str:
    loose = [number for number in numbers_in(text) if number not in numbers_in(own)]
    if loose:
        return f"states {', '.join(loose)}, which is not in the claim"
    named = mentions_instance(text, own)
    return f"names {', '.join(named)}, which is not in the claim" if named else ""


def _tools(text: str, own: str, finding: Finding, tools: frozenset[str]) -> str:
    wanted = {pattern.tool for pattern in patterns_of(finding.claim)} - {"*"}
    missing = sorted(tool for tool in wanted if not _names(text, tool))
    if missing:
        return f"does not name {', '.join(missing)}"
    # A tool that is an ordinary word may stand in any sentence; one that is written as a name may not.
    telling = (tool for tool in tools - wanted if "_" in tool or f"`{tool}`" in text)
    other = sorted(tool for tool in telling if _names(text, tool) and not _names(own, tool))
    if other:
        return f"names {', '.join(other)}, which the claim does not"
    if isinstance(finding.claim, SequenceClaim | Milestones):
        places = [text.find(action.tool) for action in actions_of(finding.claim) if action.tool != "*"]
        first = [place for at, place in enumerate(places) if place not in places[:at]]
        if first != sorted(first):
            return "names the tools in another order"
    return ""


def _values(text: str, own: str, finding: Finding) -> str:
    """Values that the claim's own sentence tells; some it words, such as an outcome that is ok."""
    folded, told = " ".join(text.lower().split()), " ".join(own.lower().split())
    values = (value for value in _constants(finding) if value.lower() in told)
    missing = sorted({value for value in values if value.lower() not in folded})
    return f"leaves out {', '.join(missing)}" if missing else ""


def _constants(finding: Finding) -> Iterator[str]:
    """Texts and numbers that the claim names; true and false are worded in many ways."""
    for pattern in actions_of(finding.claim):
        for constant in constant_arguments(pattern).values():
            yield from _told(constant)
    for leaf in leaves_of(finding.claim):
        if isinstance(leaf, Compare) and leaf.operator != "matches":
            for side in (leaf.left, leaf.right):
                if isinstance(side, Constant):
                    yield from _told(side)


def _told(constant: Constant) -> Iterator[str]:
    value = constant.value
    if isinstance(value, str) and value.strip():
        yield " ".join(value.split())
    elif isinstance(value, int | float) and not isinstance(value, bool) and value not in {0, 1}:
        yield f"{value:g}"


def _facts(text: str, own: str, finding: Finding) -> str:
    told = {_stem(word) for word in _WORD.findall(own)}
    said = {_stem(word) for word in _WORD.findall(text)}
    for leaf in leaves_of(finding.claim):
        for key in set(fact_keys(leaf)) - TOLD:
            tail = key.rpartition(".")[2] if " " not in key else key.partition(" says: ")[2]
            words = {_stem(word) for word in _WORD.findall(tail) if len(word) > _SMALL} & told
            if words and 2 * len(words & said) < len(words):
                return f"does not speak of {key}"
    return ""


def _stem(word: str) -> str:
    word = word.lower()
    return word[:-1] if len(word) > _SMALL and word.endswith("s") else word


def _direction(text: str, own: str) -> str:
    worded, claimed = _SET_OFF.sub("", text), _SET_OFF.sub("", own)
    if bool(_NEGATION.search(worded)) is not bool(_NEGATION.search(claimed)):
        return "negates where the claim does not, or the other way round"
    for one, other in ((_MORE, _LESS), (_LESS, _MORE)):
        if (
            one.search(claimed)
            and not other.search(claimed)
            and other.search(worded)
            and not one.search(worded)
        ):
            return "compares the other way round"
    return ""


def _additions(text: str, own: str) -> str:
    """A rewording needs some words of its own; a further advice needs more of them."""
    claimed = {_stem(word) for word in _WORD.findall(own)}
    telling = {_stem(word) for word in _WORD.findall(text) if len(word) > _SMALL}
    new = telling - claimed - PLAIN_WORDS
    return "says more than the claim" if len(new) > max(_NEW_WORDS, len(claimed) // 4) else ""


def _omissions(text: str, notes: Sequence[str]) -> str:
    """A sentence for several notes takes up what each of them says."""
    said = {_stem(word) for word in _WORD.findall(text)}
    for note in notes:
        words = {_stem(word) for word in _WORD.findall(note) if len(word) > _SMALL} - PLAIN_WORDS
        if len(words & said) < TAKEN_UP * len(words):
            return f"leaves out what a note says: {note}"
    return ""


def _names(text: str, tool: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(tool)}(?!\w)", text) is not None
