"""Reading.

A model looks at some runs of a family and proposes claims and notes; code decides what stands.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from trace2skill.claims.instance import identities_in, mentions_instance
from trace2skill.claims.model import ActionPattern, Claim, claim_id
from trace2skill.claims.notation import TOLD
from trace2skill.claims.parse import NotationError, parse_claim
from trace2skill.claims.traversal import TASK, fact_keys, patterns_of
from trace2skill.evidence.rows import Citation
from trace2skill.facts.templates import SAYS
from trace2skill.proposals.glossary import Glossary
from trace2skill.proposals.likeness import clusters, likenesses
from trace2skill.proposals.ordered_words import OrderedWords
from trace2skill.proposals.transcript import Recording, Transcript, objectionable, plain, without_code_marks
from trace2skill.skills.critique import numbers_in
from trace2skill.skills.model import ModuleName, SkillRule
from trace2skill.traces.model import Actor, Frozen, Step, Trace

LONGEST_NOTE = 400
"""Characters of a note. The prompt says so."""

SHORTEST_QUOTE = 8
MOST_PLACES = 20
MOST_KEPT = 12
"""Notes that a skill takes in any case, and more where the page's budget of rules leaves room."""

_WORD = re.compile(r"\w+")
_NAME = re.compile(r"\b[A-Za-z]\w*_\w+\b")
_CALL = re.compile(r"\b(\w+)\(\)")


class Note(Frozen):
    """A note that passed the checks; the quote itself is not kept, the place is.

    One with a `claim`, given by its id, stands only if the claim does. `rank` is its place among its reader's
    notes: the most useful come first.
    """

    text: str
    place: Citation
    claim: str = ""
    rank: int = 0


class NoteCheck:
    """Checks notes against the runs that the model was shown."""

    def __init__(self, shown: Transcript, tools: frozenset[str]) -> None:
        self._shown = shown
        traces = list(shown.aliases.values())
        self._identities = identities_in(traces)
        self._recording = Recording(text for trace in traces for text in _texts(trace))
        self._ordered = OrderedWords(traces)
        self._tools = tools

    def __call__(self, text: str, at: str, quote: str) -> Note | str:
        """The note, or why it cannot be kept."""
        place = self._shown.place(at)
        if place is None:
            return "cites a step that was not shown"
        if not self.quoted(place, quote):
            return "what it quotes is not there"
        text = without_code_marks(text, self._tools)
        if problem := objectionable(text, longest=LONGEST_NOTE):
            return problem
        if numbers_in(text):
            return "states a number"
        if mentions_instance(text, "") or any(one in text for one in self._identities):
            return "names what belongs to one run"
        if self._recording.has_passage_of(text):
            return "copies a passage of a run"
        if self._ordered.taken_up_by(text):
            return "takes up what a tool's output would have an agent do"
        if self._strangers(text):
            return "names a tool or field that no run has"
        return Note(text=text.strip(), place=place)

    def _strangers(self, text: str) -> list[str]:
        """Words written like the name of a tool or field that are no tools and not in the runs shown."""
        calls = set(_CALL.findall(text)) - self._tools
        names = set(_NAME.findall(text)) - self._tools
        return [*calls, *(name for name in names if name not in self._shown.text)]

    def quoted(self, place: Citation, quote: str) -> bool:
        """Whether the quote is in the step, as it was recorded or as the model was shown it."""
        wanted = folded(quote)
        trace = next(trace for trace in self._shown.aliases.values() if trace.hash == place.trace)
        step = next(step for step in trace.steps if step.index == place.step)
        texts = (" ".join(_step_texts(step)), self._shown.line_of(place))
        return len(wanted.strip()) >= SHORTEST_QUOTE and any(wanted in folded(text) for text in texts)


def as_rules(
    notes: Iterable[Note], taken: Iterable[str] = (), most: int = MOST_KEPT
) -> tuple[SkillRule, ...]:
    """The notes that rest on most runs, as rules of a skill; of like ones the best supported.

    Args:
        notes: All notes on a family.
        taken: Names that other rules have.
        most: How many are kept.
    """
    used = set(taken)
    free = (name for number in range(1, 1000) if (name := f"N{number}") not in used)
    return tuple(
        SkillRule(
            name=next(free),
            module=ModuleName.PITFALLS if _warns(group[0].text) else ModuleName.PROCEDURE,
            text=group[0].text,
            quotes=tuple(sorted({note.place for note in group}))[:MOST_PLACES],
        )
        for group in united_notes(notes)[:most]
    )


def united_notes(notes: Iterable[Note]) -> list[list[Note]]:
    """Notes that say the same together, in the order of the runs that they rest on.

    Of each group the wording that rests on most runs comes first, among equals the one most like the others.
    Groups on as many runs are ordered by how early their readers gave them, then as they were proposed.
    """
    proposed = list(dict.fromkeys(notes))
    texts = list(dict.fromkeys(note.text for note in proposed))
    by_text = {text: [note for note in proposed if note.text == text] for text in texts}
    groups = [
        [note for text in _best_first([texts[at] for at in group], by_text) for note in by_text[text]]
        for group in clusters(texts)
    ]
    return sorted(groups, key=lambda group: (-_runs(group), min(note.rank for note in group)))


def _best_first(texts: Sequence[str], by_text: Mapping[str, Sequence[Note]]) -> list[str]:
    central = likenesses(texts).sum(axis=1).round(9)
    at = {text: number for number, text in enumerate(texts)}
    return sorted(texts, key=lambda text: (-_runs(by_text[text]), -central[at[text]], len(text), text))


def _runs(notes: Iterable[Note]) -> int:
    return len({note.place.trace for note in notes})


def _warns(text: str) -> bool:
    return text.lower().startswith(("do not", "don't", "never", "avoid", "beware"))


def _texts(trace: Trace) -> Iterator[str]:
    yield trace.task
    for step in trace.steps:
        yield from _step_texts(step)


def _step_texts(step: Step) -> Iterator[str]:
    yield step.thought or ""
    yield step.text or ""
    if step.action:
        yield f"{step.action.tool} {' '.join(plain(value) for value in step.action.arguments.values())}"
    yield plain(step.observation)


def folded(text: str) -> str:
    """The words in lower case, so that quoting and line breaks do not matter."""
    return f" {' '.join(_WORD.findall(text.lower()))} "


MOST_CLAIMS = 6
"""Claims asked for per aspect; of an answer with more the first count."""

MOST_NOTES = 3
MOST_FURTHER = 8
"""Further places of a note that are looked at."""
Text = Annotated[str, Field(max_length=600)]
Kind = Literal["effect", "sequence", "milestones", "avoid", "rule", "guard", "closing"]


class ProposedClaim(BaseModel):
    """A claim as a model writes it: its kind and the parts that belong to it, as expressions."""

    model_config = ConfigDict(extra="ignore")

    kind: Kind
    action: Text | None = None
    actions: Annotated[list[Text], Field(max_length=12)] | None = None
    before: Text | None = None
    after: Text | None = None
    when: Text | None = None
    then: Text | None = None
    require: Text | None = None
    scope: Text | None = None
    gap: int | None = None


class Place(BaseModel):
    """A step, and a passage of it."""

    model_config = ConfigDict(extra="ignore")

    at: Annotated[str, Field(max_length=40)]
    quote: Text


class ProposedNote(Place):
    """Advice in words, the step that shows it, a passage of that step, and further such places."""

    text: Text
    also: Annotated[list[Place], Field(max_length=40)] = []


class ReadingAnswer(BaseModel):
    """What the runs suggest."""

    model_config = ConfigDict(extra="ignore")

    claims: Annotated[list[ProposedClaim], Field(max_length=60)]
    notes: Annotated[list[ProposedNote], Field(max_length=30)] = []


class RunReading(Frozen):
    """The usable parts of one answer: claims to be measured, and notes whose quotes were found.

    `dropped` counts what may not, by reason.
    """

    claims: tuple[Claim, ...] = ()
    notes: tuple[Note, ...] = ()
    proposed: int = 0
    dropped: Mapping[str, int] = Field(default_factory=dict)


def sorted_out(
    answer: ReadingAnswer, words: Glossary, shown: Transcript, known: frozenset[str], aspects: int = 1
) -> RunReading:
    """Sort an answer into usable claims and notes, and count what is dropped by reason.

    Args:
        answer: The model's.
        words: What claims of the family may name.
        shown: The runs that the model saw.
        known: Ids of claims that were proposed before.
        aspects: How many aspects were asked about.
    """
    dropped: Counter[str] = Counter()
    claims: dict[str, Claim] = {}
    for one in answer.claims[: MOST_CLAIMS * aspects]:
        claim, reason = usable_claim(one, words)
        if claim is None:
            dropped[reason] += 1
        elif (name := claim_id(claim)) in known or name in claims:
            dropped["found before"] += 1
        else:
            claims[name] = claim
    check = NoteCheck(shown, words.tools | words.offered)
    notes = []
    for rank, note in enumerate(answer.notes[: MOST_NOTES * aspects]):
        checked = check(note.text, note.at, note.quote)
        if not isinstance(checked, Note):
            dropped[f"note: {checked}"] += 1
            continue
        notes.append(checked.model_copy(update={"rank": rank}))
        for place in note.also[:MOST_FURTHER]:
            further = check(note.text, place.at, place.quote)
            if isinstance(further, Note):
                notes.append(further.model_copy(update={"rank": rank}))
            else:
                dropped[f"further place of a note: {further}"] += 1
    over = max(0, len(answer.claims) - MOST_CLAIMS * aspects) + max(
        0, len(answer.notes) - MOST_NOTES * aspects
    )
    if over:
        dropped["more than asked for"] += over
    return RunReading(
        claims=tuple(claims[name] for name in sorted(claims)),
        notes=tuple(notes),
        proposed=len(answer.claims) + len(answer.notes),
        dropped=dict(sorted(dropped.items())),
    )


def usable_claim(proposed: ProposedClaim, words: Glossary) -> tuple[Claim | None, str]:
    """The claim as miners would write it, or None and why it cannot be used."""
    try:
        claim = parse_claim(proposed.model_dump(exclude_none=True))
    except NotationError:
        return None, "cannot be read"
    unknown = {pattern.tool for pattern in patterns_of(claim)} - words.tools - {"*"}
    if unknown:
        return None, "names a tool that no run calls"
    keys = set(fact_keys(claim)) - TOLD - {TASK}
    if any(key not in words.keys and not _says(key, words) for key in keys):
        return None, "names a fact that no run reads"
    return _with_actors(claim, dict(words.actors)), ""


def _says(key: str, words: Glossary) -> bool:
    """A sentence of a known tool may be new: it is looked for when the claim is measured."""
    return SAYS in key and key.partition(SAYS)[0] in words.tools


def _with_actors(claim: Claim, sole: Mapping[str, Actor]) -> Claim:
    """The claim as miners would write it: the actor named where only one uses the tool."""

    def named(node: object) -> object:
        if isinstance(node, tuple):
            return tuple(named(each) for each in node)
        if not isinstance(node, BaseModel):
            return node
        fields = {name: named(value) for name, value in node}
        if isinstance(node, ActionPattern) and node.tool in sole:
            fields["actor"] = sole[node.tool]
        return node.model_copy(update=fields)

    found = named(claim)
    assert isinstance(found, type(claim))
    return found


def aspects_in_groups(names: Sequence[str], groups: int) -> Iterator[tuple[str, ...]]:
    """The aspects dealt out to the given number of calls, in order and as evenly as possible."""
    count = max(1, min(groups, len(names)))
    for at in range(count):
        yield tuple(names[at::count])
