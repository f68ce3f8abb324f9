"""Checks untrusted text: whether it reads like an order, and whether it can be a state or a name.

Text from a tool, a web page or a customer is data. Quoted in a rule, it would reach the next agent with the
authority of the rule (indirect prompt injection), so text with orders, addresses, commands or hidden
characters is kept out of rules. Structure is tested first (invisible characters, mixed scripts, addresses,
code, markup, the mood of each clause), then a small English lexicon. All patterns are bounded, so
that the time depends only on the length.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from trace2skill.facts.mood import is_order, is_statement, words_of
from trace2skill.traces.patterns import PLACEHOLDER

ADDRESS = "holds an address"
"""The reason given for a URL or e-mail address; unlike other findings, a lone address may be a value."""

LONG = 5
"""Number of words from which a text counts as a sentence and must be recognised as a statement."""

LONGEST_STATUS = 20
"""Maximum number of words of a reported state."""

_LONGEST_NAME = 64
_MOST_WORDS_IN_NAME = 7
_FEW_WORDS = 3
_CACHED = 1 << 16

_STAND_IN = re.compile(r"<[a-z-]{1,20}(?: [a-z]{1,20}){0,3}(?: \d{1,3})?>")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
_WISH = re.compile(
    r"\W{0,3}(?:(?:hi|hello|hey|yes|no|ok|okay|well|oh|also|and|but|so)\W{1,3}(?:there\W{1,3})?){0,3}"
    r"(?:(?:i|my|we|our)\b|(?!always|never|do not|don't)(?:\w+ ){1,4}(?:my|me|us|our)\b"
    r"|(?:please|can|could|would)\b.{0,200}\b(?:i|my|me|we|our|us)\b)",
    re.IGNORECASE,
)
"""The beginning of a request that a person makes for themselves."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{0,40}")
_LETTERS = re.compile(r"[^\W\d_]+")
_WITHOUT_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Letters of scripts written without spaces; two of them count as one word."""

_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"
"""Invisible characters that some scripts and emoji need."""

_CONFUSABLE = frozenset("аеорсухіјѕԁԛԝһӏАВЕКМНОРСТУХІЈЅαειικνορτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ")
"""Cyrillic and Greek letters that look like Latin ones."""

_ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,15}://|\b(?:mailto|javascript|data|tel):\S|\bwww\.\w"
    r"|[\w.+-]{1,64}@[\w-]{1,63}\.\w|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5}|/)"
    r"|\b[\w-]{1,63}\.(?:com|net|org|io|dev|app|info|biz|xyz|ru|cn|example|onion|test|invalid)\b(?!\()",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"\b(?:curl|wget|sudo|chmod|chown|netcat|powershell|scp|ssh|xargs|base64|eval|exec)\s+[-\w./'\"$({]"
    r"|\b(?:rm|cp|mv|dd|nc|cat|echo|sh|bash|zsh|cmd|python3?|node|perl|ruby|php|pip3?|npm|git)\s+-{1,2}\w"
    r"|\b(?:cat|rm|cp|source)\s+[~/.]\S*/|\$\(|\$\{[A-Za-z_]\w|&&|\|\||\|\s*(?:sh|bash|zsh|tee|nc)\b|>\s*/\w"
    r"|\.\./\.\.|\b(?:eval|exec|system|popen|fetch|require|import_module|__import__)\s*\(|\bos\.\w"
    r"|\bsubprocess\b|\bimport\s+(?:os|sys|subprocess|socket|requests)\b"
    r"|\b(?:drop|alter|truncate)\s+table\b|\bdelete\s+from\s+\w|\binsert\s+into\s+\w|\bunion\s+select\b"
    r"|\bselect\s+[\w*, ]{1,60}\s+from\s+\w|'\s*or\s+'?1'?\s*=\s*'?1|\b\w{1,40}\([^()]{0,80}\)\s*;",
    re.IGNORECASE,
)
_MARKUP = re.compile(
    r"</?[a-z!?][^<>]{0,200}>|<\||\|>|\[/?inst\]|<<\s*/?sys|```|\]\(|!\[|<!--|-->|\{\{|\}\}|\{%"
    r"|^\s{0,3}#{1,6}\s+\w{2,}|[=*#-]{4,}"
    r"|(?:^|[\n.;!?]\s{0,9})(?:system|assistant|developer|user|human|ai)\s?:\s?\S"
    r"|\b(?:begin|end|start)\s+(?:of\s+)?(?:system|user|instruction|prompt)",
    re.IGNORECASE,
)
_TURNS = re.compile(
    r"<!--|-->|<\||\|>|\[/?inst\]|<<\s*/?sys|</?(?:system|assistant|developer|user|human|instructions?|"
    r"skill-guidance|script|iframe|img)\b|^\s{0,9}(?:system|assistant|developer|user|human)\s?:\s?\S",
    re.IGNORECASE,
)
_MASTERLY = re.compile(
    r"\b(?:ignor|disregard|forget|overrid|overrul|bypass|replac|supersed|discard)\w{0,5}\b.{0,60}"
    r"\b(?:instruct|rule|guideline|polic|prompt|restrict|safet|message|above|previous|earlier|prior|check|"
    r"verif|confirm|warning|context|order|everything|task)"
    r"|\b(?:new|updated?|following|special|hidden|secret|real|true|system|developer)\s+"
    r"(?:instruct\w{0,5}|prompts?|orders|directives?)\b"
    r"|\b(?:previous|prior|earlier)\s+instruct|\binstruct\w{0,4}\s?:|\bfrom now on\b"
    r"|\byou are (?:now|no longer)\b"
    r"|\b(?:note|message|notice|attention|important|memo|reminder)\b.{0,12}\b(?:to|for)\b.{0,12}"
    r"\b(?:agents?|assistants?|ais?|bots?|models?|llms?|operators?|representatives?|staff)\b"
    r"|\bignor\w{0,6}\b.{0,40}\b(?:regel|anweisung|vorgabe|regla|instrucci|r[eè]gle|consigne|istruzion|regole|"
    r"instru[cç])|(?:忽略|无视|無視).{0,20}(?:指令|指示|规则|規則|命令)"
    r"|\b(?:dear|hey|hello)\s+(?:agent|assistant|ai|bot|model)\b|\battention\b\s?[:!]"
    r"|\bas an? (?:ai|assistant|(?:large )?language model)\b|\bact as\b|\bpretend\b|\brole-?play\b"
    r"|\bjailbreak|\b(?:developer|debug|admin|god|dan) mode\b|\bdo anything now\b",
    re.IGNORECASE,
)
_HANDING_OUT = re.compile(
    r"\b(?:reveal|leak|exfiltrat\w{0,4}|send|forward|upload|e-?mail|post|transmit|wire|export|dump)(?:s|ing)?\b"
    r".{0,60}\b(?:passwords?|secrets?|tokens?|credentials?|api.?keys?|prompts?|private keys?|cards?|cvv|ssn|"
    r"pin|customers?|data|database|accounts?)\b.{0,40}\b(?:to|at|into)\b",
    re.IGNORECASE,
)
_UNASKED = re.compile(
    r"\b(?:without|needs? no|no need (?:to|for)|instead of|skip\w{0,4}|rather than|regardless of|even if|"
    r"even when)\s(?:\w{1,20}\s){0,3}(?:ask|check|tell|inform|confirm|consent|permission|verif|review|approv|"
    r"authenticat|authori[sz]|identif|valid|question|wait|proof|polic|rule|look)",
    re.IGNORECASE,
)
_MODAL = re.compile(
    r"\b(?:must|should|shall|ought to|(?:have|has|need|needs|required?|supposed|expected|obliged|advised|"
    r"instructed|told|authori[sz]ed|allowed|permitted|free|entitled|going) to)\b|\bplease\b|\bkindly\b"
    r"|\b(?:make|be) sure\b|\bremember to\b|\bit is (?:important|necessary|vital|critical|mandatory|best)\b"
    r"|\byour (?:new )?(?:task|job|goal|duty|role|mission) is\b"
    r"|\b(?:procedure|practice|policy|protocol|rule|way|step|thing|answer)\b.{0,20}\bis to\b"
    r"|\b(?:policy|rule|protocol|procedure)\b.{0,20}\b(?:says|states|requires|demands|allows)\b"
    r"|\b(?:i|we) (?:want|need|order|ask|instruct|urge|require|authori[sz]e) you\b"
    r"|\byou(?:'ll\b| (?:will|may|can|could|might|would|are to|need|had better)\b)(?! ?not\b|'t)"
    r"|\b(?:agents?|assistants?|operators?|representatives?|staff|bots?|models?|everyone|anyone|whoever) "
    r"(?:will|may|can|could|are to|is to|need)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"[A-Za-z0-9](?:[\w .,:/&'()+-]*[\w.)+])?|_\w+", re.ASCII)
_COMMAND_NAME = re.compile(r"^(?:curl|wget|sudo|chmod|rm)\b|\b(?:drop table|union select|insert into)\b")
_SPEECH = frozenset(
    """
    a always disregard everything ignore instruction instructions me must never please shall should the them
    without you your
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
"""Words that mark a text of several words as a sentence, not a name."""

_ADVERBS = frozenset({"always", "never", "please"})


@lru_cache(maxsize=_CACHED)
def reads_like_an_order(text: str) -> str | None:
    """The reason why a text must not be quoted in a rule; None if it shows no sign of an order.

    Args:
        text: The text of a tool, or the value of a field or argument. For the words of a person, who
            naturally asks for things, use `steers_an_agent`.
    """
    text = _unredacted(text)
    if _TOKEN.fullmatch(text):
        return None
    plain = _folded(text)
    if reason := _disguised(text) or _foreign(plain) or _steering(plain):
        return reason
    if _HANDING_OUT.search(plain):
        return "has something handed out"
    if _MODAL.search(plain):
        return "says what is to be done"
    return "is in the imperative" if is_order(plain) else None


@lru_cache(maxsize=_CACHED >> 3)
def steers_an_agent(text: str) -> str | None:
    """The reason why a person's words are not a plain request (hidden text, code, overrides), or None."""
    text = _unredacted(text)
    plain = _folded(text)
    if reason := _disguised(text) or _code(plain) or _steering(plain):
        return reason
    return "has something handed out" if _HANDING_OUT.search(plain) else None


@lru_cache(maxsize=_CACHED >> 3)
def signs(text: str) -> tuple[str, ...]:
    """All that a reader of a line from outside should know of; none for plain prose.

    Unlike the other checks it takes Markdown, and sentences that tell what to do, for what they are.
    """
    text = _unredacted(text)
    plain = _folded(text)
    found = (
        _disguised(text),
        ADDRESS if _ADDRESS.search(plain) else None,
        "holds a command" if _CODE.search(plain) else None,
        "holds turns of a conversation or hidden markup" if _TURNS.search(plain) else None,
        _steering(plain),
        "has something handed out" if _HANDING_OUT.search(plain) else None,
    )
    return tuple(reason for reason in found if reason)


@lru_cache(maxsize=_CACHED)
def no_status(text: str) -> str | None:
    """The reason why a text cannot be a state that a tool reports; None for a word, phrase or statement.

    `{...}` is a placeholder for a value.
    """
    if PLACEHOLDER.search(text):
        return "belongs to one run"
    if reason := reads_like_an_order(text):
        return reason
    length = _length(text)
    if length > LONGEST_STATUS:
        return "is a story"
    return "is no statement" if length >= LONG and not is_statement(text) else None


@lru_cache(maxsize=_CACHED)
def no_name(text: str) -> str | None:
    """The reason why a text cannot name a tool, argument, field or task family; None for a name.

    Names are short and have few words, however joined: `get_customer_by_phone`, `Network Type`.
    """
    if reason := _disguised(text) or _foreign(text):
        return reason
    if not _NAME.fullmatch(text) and not _is_foreign_name(text):
        return "is no name"
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_\W]+", " ", text).lower().split()
    if len(text) > _LONGEST_NAME or max(len(words), _length(text)) > _MOST_WORDS_IN_NAME:
        return "is too long for a name"
    spoken = len(words) > _FEW_WORDS and not _SPEECH.isdisjoint(words)
    if spoken or (len(words) == _FEW_WORDS and words[0] in _ADVERBS):
        return "is a sentence"
    if len(words) > _FEW_WORDS and _COMMAND_NAME.search(" ".join(words)):
        return "holds a command"
    return _steering(" ".join(words))


def named(given: str | None) -> str:
    """A given family or domain if it can be a name, else the empty string."""
    return "" if not given or no_name(given.replace("/", " ")) else given


def is_long(text: str) -> bool:
    """Whether a text has at least `LONG` words."""
    return _length(text) >= LONG


@lru_cache(maxsize=1 << 13)
def requested(task: str) -> str:
    """The task text without sentences that steer an agent and without addresses."""
    plain = [sentence for sentence in _SENTENCE.split(task) if not steers_an_agent(sentence)]
    return "\n".join(_without_addresses(sentence) for sentence in plain)


def wished(families: Sequence[Sequence[str]]) -> list[list[str]]:
    """The tasks without sentences that give orders other than a request for the person themselves.

    If most tasks contain such orders, as instructions to an agent do, the tasks are returned unchanged.

    Args:
        families: The `requested` texts of each family of a domain, with or without stand-ins for values.
            Families have equal weight in that decision.
    """
    said = [[_SENTENCE.split(task) for task in tasks] for tasks in families]
    own = [
        [[each for each in task if is_wish(_STAND_IN.sub("it", each))] for task in tasks] for tasks in said
    ]
    ordering = [
        sum(len(kept) < len(task) for task, kept in zip(*tasks, strict=True)) / max(1, len(tasks[0]))
        for tasks in zip(said, own, strict=True)
    ]
    if 2 * sum(ordering) > len(ordering):
        return [list(tasks) for tasks in families]
    return [["\n".join(kept) for kept in tasks] for tasks in own]


def is_wish(sentence: str) -> bool:
    """Whether a sentence of a task holds no order, or only a request for the speaker."""
    if steers_an_agent(sentence):
        return False
    return bool(_WISH.match(sentence)) or reads_like_an_order(sentence) is None


def _without_addresses(text: str) -> str:
    if not _ADDRESS.search(text):
        return text
    return " ".join(word for word in text.split() if not _ADDRESS.search(word))


def _unredacted(text: str) -> str:
    """The text with a plain word for each placeholder of redaction, which is no markup."""
    return PLACEHOLDER.sub("it", text) if "<" in text else text


def _length(text: str) -> int:
    return len(words_of(text)) + len(_WITHOUT_SPACES.findall(text)) // 2


def _folded(text: str) -> str:
    """The text in Unicode normal form NFKC, with straight apostrophes."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text).replace("\u2019", "'")


def _disguised(text: str) -> str | None:
    if text.isascii() and text.isprintable():
        return None
    shown = text.translate(dict.fromkeys(map(ord, "\n\t\r"), " "))
    hidden = any(unicodedata.category(char) in _HIDDEN and char not in _JOINERS for char in shown)
    if hidden or re.search(rf"[A-Za-z][{_JOINERS}]", shown):
        return "holds characters that do not show"
    if any(map(_is_mixed, _LETTERS.findall(text))):
        return "mixes scripts within a word"
    dressed = sum(char.isalpha() and not char.isascii() and _folded(char).isascii() for char in text)
    return "is written in look-alike letters" if dressed >= _FEW_WORDS else None


def _is_mixed(word: str) -> bool:
    """Whether a word mixes Latin letters with look-alikes of other scripts."""
    if word.isascii() or len(word) < _FEW_WORDS:
        return False
    return any(char in _CONFUSABLE for char in word) and any(char.isascii() for char in word)


def _foreign(text: str) -> str | None:
    return ADDRESS if _ADDRESS.search(text) else _code(text)


def _code(text: str) -> str | None:
    if _CODE.search(text):
        return "holds a command"
    return "holds markup" if _MARKUP.search(text) else None


def _steering(text: str) -> str | None:
    if _MASTERLY.search(text):
        return "speaks to an agent about its orders"
    return "waives a check" if _UNASKED.search(text) else None


def _is_foreign_name(text: str) -> bool:
    """Whether a text has only letters and digits, at least one not ASCII, joined as in names."""
    return not text.isascii() and all(char.isalnum() or char in " _-./" for char in text)
