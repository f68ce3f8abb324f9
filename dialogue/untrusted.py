"""Words that may have come from a trace: fenced on the way to a model, looked at hard on the way back.

A model that read the traces may have been talked into something by them. Nothing of what it words reaches
a skill unless it is plain prose: no markup, no address, nothing that speaks to an agent as its master, no
passage copied from what a tool returned.
"""

import hashlib
import re
from collections.abc import Iterable

from trace2skill.skills.escape import visible
from trace2skill.traces.redact import find_secrets

LONGEST_COPY = 6
"""Words in a row that prose may share with a recording."""

_MARKUP = re.compile(
    r"[<>{}\[\]`|\\]|\*\*|__|(?:^|\s)[#>+-]+\s|={3,}|-{3,}|](?=\()|&#?\w+;|https?:|www\.|\w+@\w+",
    re.MULTILINE,
)
_SET_OFF = re.compile(r"`[^`]+`|\*[^*]+\*")
_PLAIN_NAME = re.compile(r"[`*][\w.() =:,'-]{1,80}[`*]")
_MASTERLY = re.compile(
    r"\b(?:ignor\w*|disregard\w*|forget|override\w*|bypass\w*|replac\w*)\b.{0,40}"
    r"\b(?:instruction|rule|guideline|polic|prompt|restriction|safety|message|above|previous|earlier|prior)"
    r"|\b(?:system|developer|hidden|secret)\s+(?:prompt|message|instruction)"
    r"|\byou are (?:now|no longer)\b|\bas an? (?:ai|assistant|language model)\b"
    r"|\bjailbreak|\bact as\b|\bpretend"
    r"|\b(?:reveal|leak|exfiltrat\w*|print|send|forward|upload|e-?mail)\b.{0,40}"
    r"\b(?:password|secret|token|credential|api.?key|prompt|private key)"
    r"|\b(?:curl|wget|rm -rf|sudo|eval|exec|base64)\b",
    re.IGNORECASE,
)
_STATISTICS = re.compile(
    r"%|\bper ?cent|\bpercent\w*"
    r"|\b(?:out of|success rate|majority of|half of|two thirds|three quarters|twice as)\b"
    r"|\b(?:most|many|few|all|none|half) (?:of the |of these |recorded )?(?:runs|traces|cases|times|tasks)\b"
    r"|\b(?:always|never) (?:works|fails|succeeds)\b|\bstatistic|\bsignificant\w*|\bproven\b|\bguarante\w+",
    re.IGNORECASE,
)
_UNASKED = re.compile(r"\bwithout (?:asking|telling|informing|confirm\w*|consent|permission|verif\w*)", re.I)
_FORBIDDEN = re.compile(r"\b(?:not|never|avoid|n't|refuse\w*)\b|n't\b", re.IGNORECASE)
_WORDS = re.compile(r"\w+")


def fence(text: str) -> str:
    """A marker to stand before and after a text that cannot write it: it holds the text's own hash."""
    return f"=====data {hashlib.sha256(text.encode()).hexdigest()[:16]}====="


def objectionable(text: str, *, longest: int, like: str = "") -> str:
    """Why prose worded by a model cannot be used; empty if it can.

    Args:
        text: One sentence or a few, on one line.
        longest: Most characters.
        like: A sentence of code's own; what that sets off (`tool`, *fact*) may be set off here too.
    """
    if not text.strip():
        return "empty"
    if len(text) > longest:
        return f"longer than {longest} characters"
    if "\n" in text or visible(text, keep="") != text:
        return "has line breaks or invisible characters"
    if _MARKUP.search(_without_names(text, like) if like else text):
        return "has markup or an address"
    unasked = _UNASKED.search(text)
    if _MASTERLY.search(text) or (unasked and not _FORBIDDEN.search(text[: unasked.start()])):
        return "reads like orders to an agent about its orders, or like a command line"
    if _STATISTICS.search(text) and not _STATISTICS.search(like):
        return "says how often something happened"
    if found := find_secrets(text):
        return f"holds a secret ({', '.join(sorted(found))})"
    return ""


def _without_names(text: str, like: str) -> str:
    for name in _SET_OFF.findall(like):
        text = text.replace(name, "")
    return _PLAIN_NAME.sub("", text)


class Recording:
    """The texts that were read, asked whether prose was copied from them."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._runs: set[tuple[str, ...]] = set()
        for text in texts:
            self._runs.update(_runs(text))

    def has_passage_of(self, text: str, but: str = "") -> bool:
        """Whether so many words of it follow each other in one of the texts, passages of `but` aside."""
        allowed = set(_runs(but))
        return any(run in self._runs and run not in allowed for run in _runs(text))


def _runs(text: str) -> Iterable[tuple[str, ...]]:
    words = [word.lower() for word in _WORDS.findall(text)]
    return (tuple(words[at : at + LONGEST_COPY]) for at in range(len(words) - LONGEST_COPY + 1))
