"""Traces as a model reads them: every step, long text cut, and foreign words fenced."""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import orjson
from pydantic import JsonValue

from trace2skill.evidence.rows import Citation
from trace2skill.skills.guidance_text import approx_tokens
from trace2skill.traces.model import Actor, Label, Outcome, Step, StepOutcome, Trace
from trace2skill.traces.redact import find_personal, find_secrets
from trace2skill.wording.escape import one_line, visible

LONGEST_COPY = 6
"""Words in a row that prose may share with a recording."""

_MARKUP = re.compile(
    r"[<>{}\[\]`|\\]|\*\*|__|(?:^|\s)[#>+-]+\s|={3,}|-{3,}|](?=\()|&#?\w+;|https?:|www\.|\w+@\w+",
    re.MULTILINE,
)
_CODE = re.compile(r"`([\w.-]+)(?:\(\))?`")
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
    """A marker for both ends of a text; it holds the text's hash, so that the text cannot forge it."""
    return f"=====data {hashlib.sha256(text.encode()).hexdigest()[:16]}====="


def objectionable(text: str, *, longest: int, like: str = "") -> str:
    """The reason for refusing a text worded by a model; empty if it may be used.

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
    if found := find_personal(text):
        return f"tells whose run it was ({', '.join(sorted(found))})"
    return ""


LONGEST_REASON = 240


def usable_reason(text: str) -> str:
    """A model's reason as one line for a report, if it is harmless prose."""
    text = one_line(text)
    return "no reason given" if objectionable(text, longest=LONGEST_REASON, like="`a`") else text


def without_code_marks(text: str, tools: Collection[str]) -> str:
    """The text with its tools no longer set off as code; backticks around anything else stay."""
    return _CODE.sub(lambda name: name[1] if name[1] in tools else name[0], text)


def _without_names(text: str, like: str) -> str:
    for name in _SET_OFF.findall(like):
        text = text.replace(name, "")
    return _PLAIN_NAME.sub("", text)


class Recording:
    """Texts that a model read, to check whether prose was copied from them."""

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


LIMITS = (100_000, 3000, 2000, 1500, 1100, 800, 600, 450, 340, 260, 200, 150, 110, 80, 60, 40)
"""Most characters of a text, tried in this order until a run fits its share of the batch."""

LONGEST_SAID = 6000
"""Most characters of what somebody said or thought: it is shown whole up to here, whatever room there is."""

CUT = " [...{}...] "
"""Stands for so many characters; the prompt explains it. The words of other places cost twice the tokens."""

WORTH_A_POINTER = 40
"""Characters from which a text seen before is pointed to instead of repeated."""

_HEADER = re.compile(r"\[(T\d+)\] ")
_BREAK = re.compile(r"(?<=[\s,;}\]])")
"""Where a text may be broken off."""

_QUOTED_KEY = re.compile(r'"([A-Za-z_]\w*)":')


@dataclass(frozen=True)
class Seen:
    """The number of steps shown to a model, and of those shown in full."""

    steps: int = 0
    uncut: int = 0

    def __add__(self, other: "Seen") -> "Seen":
        return Seen(self.steps + other.steps, self.uncut + other.uncut)


@dataclass
class Transcript:
    """Runs as one text, each under an alias: T1, T2, ... `tokens` is a rough count (`approx_tokens`).

    A text that stood there before is pointed to. A run that does not fit even when cut hardest is continued
    in another transcript.
    """

    text: str = ""
    tokens: int = 0
    seen: Seen = Seen()
    aliases: dict[str, Trace] = field(default_factory=dict)
    _shown: dict[str, str] = field(default_factory=dict)

    def add(self, trace: Trace, share: int, room: int, start: int = 0) -> int:
        """Add a run from one of its steps on, as far as there is room; at least one step is written.

        Args:
            trace: The run.
            share: Tokens above which its long texts are cut.
            room: Tokens above which it is broken off.
            start: Where in its steps to begin.

        Returns:
            The place in its steps from which on nothing was written: the end, if all was.
        """
        lines: list[_Line] = []
        left = room
        for line in self._cut_to(trace, share, start):
            left -= _cost(line)
            if left < 0 and any(each.step is not None for each in lines):
                break
            lines.append(line)
        self._write(trace, lines)
        return start + sum(line.step is not None for line in lines)

    def add_whole(self, trace: Trace, share: int, room: int) -> bool:
        """Add the run if all of it fits into the room; return whether it did."""
        lines = self._cut_to(trace, share, 0)
        fits = sum(map(_cost, lines)) <= room
        if fits:
            self._write(trace, lines)
        return fits

    def line_of(self, place: Citation) -> str:
        """The line that shows a step; empty if no line here does."""
        alias = ""
        for line in self.text.splitlines():
            if header := _HEADER.match(line):
                alias = header[1]
            elif alias and self.aliases[alias].hash == place.trace and line.startswith(f"#{place.step} "):
                return line
        return ""

    def place(self, cited: str) -> Citation | None:
        """The step that a citation such as `T2#14` names; None if the transcript has no such step."""
        alias, _, number = cited.strip().strip("[]() ").partition("#")
        trace = self.aliases.get(alias)
        if trace is None or not number.isdecimal():
            return None
        index = int(number)
        return Citation(trace.hash, index) if any(step.index == index for step in trace.steps) else None

    def _cut_to(self, trace: Trace, share: int, start: int) -> "list[_Line]":
        alias = f"T{len(self.aliases) + 1}"
        lines: list[_Line] = []
        for limit in LIMITS:
            lines = list(_lines(trace, alias, limit, start, dict(self._shown)))
            if sum(map(_cost, lines)) <= share:
                break
        return lines

    def _write(self, trace: Trace, lines: "list[_Line]") -> None:
        self.aliases[f"T{len(self.aliases) + 1}"] = trace
        self.text += "".join(f"{line.text}\n" for line in lines)
        self.tokens = approx_tokens(self.text)
        steps = [line for line in lines if line.step is not None]
        self.seen += Seen(len(steps), sum(line.whole for line in steps))
        for line in lines:
            self._shown.update(dict.fromkeys(line.shows, line.where))


@dataclass(frozen=True)
class _Line:
    """A line of a transcript: the step it tells, whether in full, and the texts it shows in full."""

    text: str
    step: int | None = None
    whole: bool = True
    where: str = ""
    shows: tuple[str, ...] = ()


def _cost(line: _Line) -> int:
    return approx_tokens(line.text) + 1


def _lines(trace: Trace, alias: str, limit: int, start: int, shown: dict[str, str]) -> Iterator[_Line]:
    """The header, then one line for each step; `shown` is told what has been shown so far."""
    part = "" if not start else f", continued from step #{trace.steps[start].index}"
    task = _Texts(f"{alias} task", limit, shown)
    told = task.said(trace.task)
    ended = _ended(trace.outcome, task)
    yield _Line(f"[{alias}] {ended}{part}; task: {told}", where=task.where, shows=task.full)
    for step in trace.steps[start:]:
        texts = _Texts(f"{alias}#{step.index}", limit, shown)
        line = f"#{step.index} {'; '.join(_parts(step, texts))}"
        shown.update(dict.fromkeys(texts.full, texts.where))
        yield _Line(line, step.index, texts.whole, texts.where, texts.full)


def _ended(outcome: Outcome, texts: "_Texts") -> str:
    """How a run ended: its label, its score where that says more, and the checks that it failed."""
    told = f"{outcome.label}, as a model judged" if outcome.judged else str(outcome.label)
    if outcome.score not in (None, 0.0, 1.0):
        told += f", score {outcome.score:g}"
    if outcome.failed_checks and outcome.label is not Label.SUCCESS:
        told += f", not met: {texts.said('; '.join(outcome.failed_checks))}"
    return told


def _parts(step: Step, texts: "_Texts") -> Iterator[str]:
    if step.thought:
        yield f"{step.actor} thinks: {texts.said(step.thought)}"
    if step.text:
        yield f"{step.actor} says: {texts.said(step.text)}"
    if step.action:
        who = "" if step.actor is Actor.AGENT else f"{step.actor}."
        arguments = ", ".join(f"{name}={texts.of(value)}" for name, value in step.action.arguments.items())
        error = "ERROR " if step.outcome is StepOutcome.ERROR else ""
        yield f"{who}{step.action.tool}({arguments}) -> {error}{texts.of(step.observation)}"
    elif step.observation is not None:
        yield f"{step.actor} sees: {texts.of(step.observation)}"


class _Texts:
    """Renders the texts of one step, cut to a limit, and records what was cut."""

    def __init__(self, where: str, limit: int, shown: dict[str, str]) -> None:
        self.where = where
        self.whole = True
        self.full: tuple[str, ...] = ()
        self._limit = limit
        self._shown = shown

    def said(self, text: str) -> str:
        """What somebody said or thought, whole unless it is very long."""
        return self.of(text, max(self._limit, LONGEST_SAID))

    def of(self, value: JsonValue, limit: int = 0) -> str:
        text = _flat(plain(value))
        if len(text) >= WORTH_A_POINTER and text in self._shown:
            return f"(as at {self._shown[text]})"
        cut = _between_words(text, limit or self._limit)
        if cut == text:
            self.full += (text,)
        else:
            self.whole = False
        return cut


def _between_words(text: str, limit: int) -> str:
    """The text, or its two ends, broken off between words or records, and how much stood between them."""
    if len(text) <= limit + len(CUT):
        return text
    head = _BREAK.split(text[: (limit + 1) // 2])
    tail = _BREAK.split(text[len(text) - limit // 2 :])
    start = "".join(head[:-1]) or text[: (limit + 1) // 2]
    end = "".join(tail[1:]) or text[len(text) - limit // 2 :]
    left_out = len(text) - len(start) - len(end)
    return f"{start.rstrip()}{CUT.format(left_out)}{end.lstrip()}"


def plain(value: JsonValue) -> str:
    """A value of a trace as text: texts as they are, the rest as JSON without quotes around its keys."""
    if value is None:
        return ""
    return value if isinstance(value, str) else _QUOTED_KEY.sub(r"\1:", orjson.dumps(value).decode())


@lru_cache(maxsize=20_000)
def _flat(text: str) -> str:
    return one_line(text)
