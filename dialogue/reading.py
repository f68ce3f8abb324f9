"""Reading: a model looks at some runs of a family and proposes claims and notes; code sorts them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from trace2skill.claims.keys import TASK, fact_keys
from trace2skill.claims.model import ActionPattern, Claim, claim_id
from trace2skill.claims.notation import TOLD
from trace2skill.claims.parse import NotationError, parse_claim
from trace2skill.dialogue.glossary import Glossary
from trace2skill.dialogue.notes import Note, NoteCheck
from trace2skill.dialogue.transcript import Transcript
from trace2skill.facts.templates import SAYS
from trace2skill.skills.anatomy import patterns_of
from trace2skill.traces.model import Actor, Frozen

MOST_CLAIMS = 6
"""Claims asked for per aspect; of an answer with more the first count."""

MOST_NOTES = 3
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


class ProposedNote(BaseModel):
    """Advice in words, the step that shows it, and a passage of that step."""

    model_config = ConfigDict(extra="ignore")

    text: Text
    at: Annotated[str, Field(max_length=40)]
    quote: Text


class ReadingAnswer(BaseModel):
    """What the runs suggest."""

    model_config = ConfigDict(extra="ignore")

    claims: Annotated[list[ProposedClaim], Field(max_length=60)]
    notes: Annotated[list[ProposedNote], Field(max_length=30)] = []


class Reading(Frozen):
    """What of one answer may go on: claims to be measured, notes whose quotes are there.

    `dropped` counts what may not, by reason.
    """

    claims: tuple[Claim, ...] = ()
    notes: tuple[Note, ...] = ()
    proposed: int = 0
    dropped: Mapping[str, int] = Field(default_factory=dict)


def sorted_out(
    answer: ReadingAnswer, words: Glossary, shown: Transcript, known: frozenset[str], aspects: int = 1
) -> Reading:
    """What of an answer may go on.

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
        claim, reason = _claim(one, words)
        if claim is None:
            dropped[reason] += 1
        elif (name := claim_id(claim)) in known or name in claims:
            dropped["found before"] += 1
        else:
            claims[name] = claim
    check = NoteCheck(shown, words.tools)
    notes = []
    for note in answer.notes[: MOST_NOTES * aspects]:
        checked = check(note.text, note.at, note.quote)
        if isinstance(checked, Note):
            notes.append(checked)
        else:
            dropped[f"note: {checked}"] += 1
    over = max(0, len(answer.claims) - MOST_CLAIMS * aspects) + max(
        0, len(answer.notes) - MOST_NOTES * aspects
    )
    if over:
        dropped["more than asked for"] += over
    return Reading(
        claims=tuple(claims[name] for name in sorted(claims)),
        notes=tuple(notes),
        proposed=len(answer.claims) + len(answer.notes),
        dropped=dict(sorted(dropped.items())),
    )


def _claim(proposed: ProposedClaim, words: Glossary) -> tuple[Claim | None, str]:
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
    """The aspects dealt to so many calls, in order, as evenly as possible."""
    count = max(1, min(groups, len(names)))
    for at in range(count):
        yield tuple(names[at::count])
