"""Where a run broke a rule, what was expected there and what was done."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import orjson
from pydantic import JsonValue

from trace2skill.claims.model import ActionPattern, Avoid, Claim, Closing, Effect, Guard, Milestones, Rule
from trace2skill.claims.model import Sequence as SequenceClaim
from trace2skill.claims.view import View
from trace2skill.conformance.checks import Check
from trace2skill.conformance.model import Departure, Deviation, OrderCost, Surprise
from trace2skill.evidence.measure import tally_of
from trace2skill.traces.model import Action
from trace2skill.wording.claims import clause
from trace2skill.wording.escape import bare, literal, shortened
from trace2skill.wording.terms import imperative


def align(
    places: Sequence[Sequence[int]], gap: int | None = None, *, anchored: bool = False
) -> list[int | None]:
    """Assign places in rising order to as many of the expected actions as possible.

    The cost of the alignment is the number of expected actions without a place: each would have to be moved
    or added. Other actions that were done cost nothing. With one place per action this is the longest rising
    subsequence.

    Args:
        places: For each expected action, in the expected order, the places where it was done, rising.
        gap: The most that a place may lie after the one before it; each action left out between them adds
            as much again. None for no limit.
        anchored: Whether the first action must have a place.

    Returns:
        The place of each action, None for one without a place. Of equally cheap alignments, the one that
        places the earlier actions, each as early as possible.
    """
    chains: list[dict[int, tuple[int, ...]]] = []
    best: tuple[int, ...] = ()
    for number, here in enumerate(places):
        reached: dict[int, tuple[int, ...]] = {}
        for place in here:
            before = [
                chain
                for earlier, ends in enumerate(chains)
                for end, chain in ends.items()
                if end < place and (gap is None or place - end <= gap * (number - earlier))
            ]
            longest = max(before, key=_rank, default=())
            if anchored and number and not longest:
                continue
            reached[place] = (*longest, *(-1,) * (number - len(longest)), place)
        chains.append(reached)
        best = max([best, *reached.values()], key=_rank)
    padded = (*best, *(-1,) * (len(places) - len(best)))
    return [None if place < 0 else place for place in padded]


def _rank(chain: tuple[int, ...]) -> tuple[int, tuple[bool, ...], tuple[int, ...]]:
    placed = tuple(place >= 0 for place in chain)
    return sum(placed), placed, tuple(-place for place in chain)


_LONGEST_VALUE = 160

OrderClaim = SequenceClaim | Milestones


class Place(NamedTuple):
    """Where and how a run broke a rule."""

    kind: Departure
    step: int
    until: int
    expected: str


class Checked(NamedTuple):
    """One rule on one run: how often it was followed and broken, and where."""

    followed: int
    broken: int
    uncalled: int = 0
    places: tuple[Place, ...] = ()
    surprises: tuple[Surprise, ...] = ()
    order: OrderCost | None = None


def check(rule: Check, view: View) -> Checked:
    """Check one rule on one run; the run's view must have the rule's vocabulary."""
    claim = rule.finding.claim
    tally = tally_of(claim, view)
    if isinstance(claim, Effect):
        surprises = tuple(_surprise(rule, claim, step, view) for step in tally.broken)
        return Checked(len(tally.held), len(tally.broken), surprises=surprises)
    if rule.warns:
        text = bare(rule.rule.text)
        places = tuple(Place(Departure.FORBIDDEN, step, step, text) for step in tally.held)
        return Checked(len(tally.broken), len(tally.held), places=places)
    order = None
    if isinstance(claim, SequenceClaim | Milestones):
        alignments = _alignments(claim, tally.held, tally.broken, view)
        order = _order_cost(rule, alignments)
        places = tuple(place for each in alignments for place in _disorder(each, view.length))
    else:
        places = tuple(_PLACES[type(claim)](claim, step, view) for step in tally.broken)
    uncalled = tally_of(rule.converse, view).broken if rule.converse else ()
    places += tuple(_uncalled(claim, step) for step in uncalled)
    return Checked(len(tally.held), len(tally.broken), len(uncalled), places, order=order)


def deviation(rule: Check, place: Place, view: View) -> Deviation:
    """The deviation that the report shows for a place."""
    return Deviation(rule=rule.rule.name, done=_done(view, place.step), **place._asdict())


def _done(view: View, step: int) -> str:
    action = view.trace.steps[step].action
    return _performed(action) if action else ""


def _performed(action: Action) -> str:
    """The call with its values: `pay(bill_id = "B12")`."""
    values = (
        f"{name} = {_json(value) if isinstance(value, dict | list) else literal(value)}"
        for name, value in action.arguments.items()
    )
    return f"{action.tool}({', '.join(values)})"


def _json(value: JsonValue) -> str:
    return shortened(orjson.dumps(value).decode(), _LONGEST_VALUE)


def _surprise(rule: Check, claim: Effect, step: int, view: View) -> Surprise:
    return Surprise(
        rule=rule.rule.name, step=step, expected=bare(clause(claim.after)), done=_done(view, step)
    )


def _omitted(claim: Rule, step: int, view: View) -> Place:
    """The steps from where the condition came to hold to the last before it ceased or the run ended."""
    ceases = np.flatnonzero(~view.truth(claim.when)[step:-1])
    until = step + int(ceases[0]) - 1 if len(ceases) else view.length - 1
    return Place(Departure.OMITTED, step, until, bare(imperative(claim.then)))


def _uncalled(claim: Claim, step: int) -> Place:
    assert isinstance(claim, Rule)
    return Place(Departure.UNCALLED, step, step, bare(f"only when {clause(claim.when)}"))


def _unguarded(claim: Guard, step: int, _: View) -> Place:
    return Place(Departure.UNGUARDED, step, step, bare(f"first: {clause(claim.require)}"))


def _forbidden(claim: Avoid, step: int, _: View) -> Place:
    moment = f" when {clause(claim.when)}" if claim.when else ""
    return Place(Departure.FORBIDDEN, step, step, bare(f"do not {imperative(claim.action)}{moment}"))


def _unfinished(claim: Closing, step: int, _: View) -> Place:
    return Place(Departure.UNFINISHED, step, step, bare(f"at the end: {clause(claim.require)}"))


_PLACES: dict[type, Callable[..., Place]] = {
    Rule: _omitted,
    Guard: _unguarded,
    Avoid: _forbidden,
    Closing: _unfinished,
}


# --- order


class _Aligned(NamedTuple):
    """The expected actions, the step assigned to each, and all steps where each was done."""

    actions: tuple[ActionPattern, ...]
    placed: Sequence[int | None]
    done: Sequence[Sequence[int]]


def _alignments(claim: OrderClaim, held: Sequence[int], broken: Sequence[int], view: View) -> list[_Aligned]:
    """One alignment for each opportunity of the order."""
    if not (held or broken):
        return []
    where = [[int(step) for step in np.flatnonzero(view.matches(action))] for action in claim.actions]
    if isinstance(claim, Milestones):
        firsts = [places[:1] for places in where]
        return [_Aligned(claim.actions, align(firsts), firsts)]
    kept = [_Aligned(claim.actions, [start] * len(claim.actions), ()) for start in held]
    return kept + [_aligned_from(claim, start, where, view) for start in broken]


def _aligned_from(claim: SequenceClaim, start: int, where: Sequence[Sequence[int]], view: View) -> _Aligned:
    """Align the sequence from one occurrence of its first action on; distances are in actions, not steps."""
    acts = [int(step) for step in np.flatnonzero(view.acts)]
    rank = {step: number for number, step in enumerate(acts)}
    reach = len(acts) if claim.gap is None else claim.gap * (len(claim.actions) - 1)
    later = [[step for step in places if 0 < rank[step] - rank[start] <= reach] for places in where[1:]]
    done = [[start], *later]
    ranks = align([[rank[step] for step in places] for places in done], claim.gap, anchored=True)
    return _Aligned(claim.actions, [None if at is None else acts[at] for at in ranks], done)


def _order_cost(rule: Check, alignments: Sequence[_Aligned]) -> OrderCost | None:
    if not alignments:
        return None
    displaced = [
        bare(imperative(action))
        for each in alignments
        for action, place in zip(each.actions, each.placed, strict=True)
        if place is None
    ]
    return OrderCost(
        rule=rule.rule.name,
        expected=sum(len(each.actions) for each in alignments),
        cost=len(displaced),
        displaced=tuple(displaced),
    )


def _disorder(aligned: _Aligned, length: int) -> Iterator[Place]:
    """One place for each displaced action.

    An action done too early is reported where it was done. An action done too late or not at all is reported
    between its neighbours in the order.
    """
    for number, (action, at) in enumerate(zip(aligned.actions, aligned.placed, strict=True)):
        if at is not None:
            continue
        start, end = _between(aligned.placed, number, length)
        expected = bare(imperative(action))
        done = aligned.done[number]
        if done and done[-1] < start:
            yield Place(Departure.DISORDER, done[-1], done[-1], f"later: {expected}")
        else:
            kind = Departure.DISORDER if done else Departure.OMITTED
            yield Place(kind, start, max(start, end), expected)


def _between(placed: Sequence[int | None], number: int, length: int) -> tuple[int, int]:
    """The range from the step after the last action placed before to the step of the first placed after."""
    before = [at for at in placed[:number] if at is not None]
    after = [at for at in placed[number + 1 :] if at is not None]
    start = min(before[-1] + 1, length - 1) if before else 0
    return start, after[0] if after else length - 1
