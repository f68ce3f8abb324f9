"""Notes: advice in a model's words, each resting on a passage of one step that it quotes."""

import re
from collections.abc import Iterable, Iterator

from trace2skill.claims.evidence import Citation
from trace2skill.dialogue.transcript import Transcript, plain
from trace2skill.dialogue.untrusted import Recording, objectionable
from trace2skill.skills.figures import numbers_in
from trace2skill.skills.instance import identities_in, mentions_instance
from trace2skill.skills.model import ModuleName, SkillRule
from trace2skill.traces.model import Frozen, Step, Trace

LONGEST_NOTE = 240
SHORTEST_QUOTE = 8
MOST_KEPT = 4
_WORD = re.compile(r"\w+")
ALIKE = 0.5
"""Share of common words from which two notes say the same."""


class Note(Frozen):
    """A note that passed the checks; the quote itself is not kept, the place is."""

    text: str
    place: Citation


class NoteCheck:
    """Holds notes against the runs that the model was shown."""

    def __init__(self, shown: Transcript, tools: frozenset[str]) -> None:
        self._shown = shown
        traces = list(shown.aliases.values())
        self._identities = identities_in(traces)
        self._recording = Recording(text for trace in traces for text in _texts(trace))
        self._tools = tools

    def __call__(self, text: str, at: str, quote: str) -> Note | str:
        """The note, or why it cannot be kept."""
        place = self._shown.place(at)
        if place is None:
            return "cites a step that was not shown"
        if not self._quoted(place, quote):
            return "what it quotes is not there"
        if problem := objectionable(text, longest=LONGEST_NOTE):
            return problem
        if numbers_in(text):
            return "states a number"
        if mentions_instance(text, "") or any(one in text for one in self._identities):
            return "names what belongs to one run"
        if self._recording.has_passage_of(text):
            return "copies a passage of a run"
        return Note(text=text.strip(), place=place)

    def _quoted(self, place: Citation, quote: str) -> bool:
        wanted = _folded(quote)
        trace = next(trace for trace in self._shown.aliases.values() if trace.hash == place.trace)
        step = next(step for step in trace.steps if step.index == place.step)
        return len(wanted.strip()) >= SHORTEST_QUOTE and wanted in _folded(" ".join(_step_texts(step)))


def as_rules(notes: Iterable[Note], taken: Iterable[str] = ()) -> tuple[SkillRule, ...]:
    """The notes that most readers had, as rules of a skill; of those that say the same, the shortest.

    Args:
        notes: All notes on a family.
        taken: Names that other rules have.
    """
    groups: list[list[Note]] = []
    for note in sorted(notes, key=lambda note: (len(note.text), note.text, note.place)):
        group = next((group for group in groups if _alike(group[0].text, note.text)), None)
        if group is None:
            groups.append([note])
        else:
            group.append(note)
    groups.sort(key=lambda group: (-len({note.place.trace for note in group}), group[0].text))
    used = set(taken)
    free = (name for number in range(1, 1000) if (name := f"N{number}") not in used)
    return tuple(
        SkillRule(
            name=next(free),
            module=ModuleName.PITFALLS if _warns(group[0].text) else ModuleName.PROCEDURE,
            text=group[0].text,
            quotes=tuple(sorted({note.place for note in group}))[:5],
        )
        for group in groups[:MOST_KEPT]
    )


def _warns(text: str) -> bool:
    return text.lower().startswith(("do not", "don't", "never", "avoid", "beware"))


def _alike(one: str, other: str) -> bool:
    a, b = set(_folded(one).split()), set(_folded(other).split())
    return bool(a and b) and len(a & b) / len(a | b) >= ALIKE


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


def _folded(text: str) -> str:
    """The words in lower case; how they were quoted and broken into lines does not matter."""
    return f" {' '.join(_WORD.findall(text.lower()))} "
