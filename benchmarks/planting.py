"""Deviations planted into clean telecom runs.

*Of the procedure*: what the benchmark demands is left out, done uncalled or too early, or a transfer is
inserted; the skill has no say. *Of the skill*: a rule that binds is picked, and the run made to leave it. The
rest of the run stays as it was recorded.
"""

import random
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from trace2skill.claims.model import ActionPattern, Avoid, Guard, Milestones, Rule
from trace2skill.claims.model import Sequence as SequenceClaim
from trace2skill.claims.traversal import fact_keys
from trace2skill.claims.view import Truth, View
from trace2skill.conformance.checks import Check, checks
from trace2skill.conformance.model import Role
from trace2skill.evidence.measure import tally_of
from trace2skill.facts.templates import Vocabulary
from trace2skill.skills.model import Skill
from trace2skill.traces.model import Step, Trace, rebuild

READS = re.compile(r"get_|check_|run_speed_test|can_send_mms")
TRANSFER = "transfer_to_human_agents"
ATTEMPTS = 50


class Planted(NamedTuple):
    """A run with one deviation: its kind, its tool, the steps at which it shows, where each old step went.

    Two neighbours in an order that change places have two tools: either is out of order.
    """

    kind: str
    tools: tuple[str, ...]
    places: tuple[int, ...]
    moved: dict[int, int]
    trace: Trace


class Ground(NamedTuple):
    """Where to plant: a clean run, the skill of its family, and the other clean runs to take steps from."""

    skill: Skill
    trace: Trace
    others: Sequence[Trace]
    bar: float


def plant(grounds: Sequence[Ground], way: str, count: int, seed: int) -> Iterator[tuple[Ground, Planted]]:
    """`count` deviations, the kinds in turn as far as the runs allow, each with its ground."""
    rng = random.Random(seed)  # noqa: S311 - reproducible, no secret
    made = 0
    for attempt in range(count * ATTEMPTS):
        ground = rng.choice(grounds)
        if planted := WAYS[way][attempt % len(WAYS[way])](ground, rng):
            yield ground, planted
            made += 1
        if made == count:
            return


def tool(step: Step) -> str:
    """The tool a step calls."""
    return step.action.tool if step.action else ""


def repairs(trace: Trace) -> list[Step]:
    """The steps that change something, a transfer aside."""
    return [step for step in trace.steps if tool(step) not in {"", TRANSFER} and not READS.match(tool(step))]


# --- of the procedure


def omitted(ground: Ground, rng: random.Random) -> Planted | None:
    """Leave out a repair."""
    own = repairs(ground.trace)
    return _without("omitted", ground.trace, [rng.choice(own).index]) if own else None


def uncalled(ground: Ground, rng: random.Random) -> Planted | None:
    """Do a repair that another run needed and this one did not."""
    own = repairs(ground.trace)
    tools = {tool(step) for step in own}
    foreign = [step for other in ground.others for step in repairs(other) if tool(step) not in tools]
    if not (own and foreign):
        return None
    return _with("uncalled", ground.trace, rng.choice(foreign), rng.choice(own).index)


def disorder(ground: Ground, rng: random.Random) -> Planted | None:
    """Do a repair before the phone was looked at."""
    if not (own := repairs(ground.trace)):
        return None
    phone = next(step.index for step in ground.trace.steps if tool(step).startswith("check_"))
    return _moved("disorder", ground.trace, rng.choice(own).index, phone)


def forbidden(ground: Ground, rng: random.Random) -> Planted | None:
    """Transfer the customer in the middle of the repairs."""
    own = repairs(ground.trace)
    transfers = [step for other in ground.others for step in other.steps if tool(step) == TRANSFER]
    if any(tool(step) == TRANSFER for step in ground.trace.steps) or not own or not transfers:
        return None
    return _with("forbidden", ground.trace, transfers[0], rng.choice(own).index)


# --- of the skill


def undone(ground: Ground, rng: random.Random) -> Planted | None:
    """Leave out what a binding rule demanded on one occasion."""
    rules, view = _binding(ground)
    occasions = [
        (rule.finding.claim, step)
        for rule in rules
        if isinstance(rule.finding.claim, Rule) and rule.role is Role.BINDING
        for step in tally_of(rule.finding.claim, view).held
    ]
    if not occasions:
        return None
    claim, first = rng.choice(occasions)
    when, does = view.truth(claim.when)[:-1], view.matches(claim.then)
    ceases = np.flatnonzero(~when[first:])
    end = first + int(ceases[0]) if len(ceases) else view.length
    return _without("omitted", ground.trace, [step for step in range(first, end) if does[step]])


def unprompted(ground: Ground, rng: random.Random) -> Planted | None:
    """Do a rule's action where its condition is known to be otherwise."""
    rules, view = _binding(ground)
    return _where_not("uncalled", [rule.converse for rule in rules if rule.converse], ground, view, rng)


def swapped(ground: Ground, rng: random.Random) -> Planted | None:
    """Do one action of an order before the one it comes after; both are done once on that stretch."""
    rules, view = _binding(ground)
    pairs: list[tuple[int, int]] = []
    for rule in rules:
        claim = rule.finding.claim
        if isinstance(claim, Milestones | SequenceClaim) and rule.role is Role.BINDING:
            for held in tally_of(claim, view).held:
                whole = isinstance(claim, Milestones) or claim.gap is None
                start = 0 if isinstance(claim, Milestones) else held
                end = view.length if whole else held + (claim.gap or 0) * len(claim.actions)
                pairs += _once_each(claim.actions, view, start, end)
    if not pairs:
        return None
    earlier, later = rng.choice(pairs)
    planted = _moved("disorder", ground.trace, later, earlier)
    return planted._replace(tools=(*planted.tools, tool(ground.trace.steps[earlier])))


def transgressed(ground: Ground, rng: random.Random) -> Planted | None:
    """Do what a guard or a prohibition rules out."""
    rules, view = _binding(ground)
    claims = [rule.finding.claim for rule in rules if rule.role is Role.BINDING]
    return _where_not("forbidden", [c for c in claims if isinstance(c, Guard | Avoid)], ground, view, rng)


WAYS = {
    "procedure": (omitted, uncalled, disorder, forbidden),
    "skill": (undone, unprompted, swapped, transgressed),
}


def _binding(ground: Ground) -> tuple[list[Check], View]:
    rules = checks(ground.skill, ground.bar)
    keys = [key for rule in rules for key in fact_keys(rule.finding.claim)]
    return rules, View(ground.trace, Vocabulary.of(keys))


def _where_not(
    kind: str, claims: Sequence[Guard | Avoid], ground: Ground, view: View, rng: random.Random
) -> Planted | None:
    """Insert the action of one of the claims at a step at which the claim rules it out."""
    if not claims:
        return None
    claim = rng.choice(claims)
    donors = [
        s for other in (ground.trace, *ground.others) for s in other.steps if tool(s) == claim.action.tool
    ]
    places = np.flatnonzero(_ruled_out(claim, view)[: view.length])
    if not donors or not len(places):
        return None
    at = int(rng.choice(places.tolist()))
    planted = _with(kind, ground.trace, rng.choice(donors), at)
    fits = View(planted.trace).matches(claim.action)[at]
    return planted if fits else None


def _ruled_out(claim: Guard | Avoid, view: View) -> Truth:
    everywhere: Truth = np.ones(view.length + 1, dtype=bool)
    if isinstance(claim, Avoid):
        return view.truth(claim.when) if claim.when else everywhere
    scope = view.truth(claim.scope) if claim.scope else everywhere
    return np.logical_and(scope, ~view.truth(claim.require))


def _once_each(
    actions: Sequence[ActionPattern], view: View, start: int, end: int
) -> Iterator[tuple[int, int]]:
    done = [np.flatnonzero(view.matches(action)[start:end]) + start for action in actions]
    reached = [steps for steps in done if len(steps)]
    for earlier, later in pairwise(reached):
        if len(earlier) == len(later) == 1 and earlier[0] < later[0]:
            yield int(earlier[0]), int(later[0])


# --- arranging steps


def _without(kind: str, trace: Trace, gone: Sequence[int]) -> Planted:
    order = [step.index for step in trace.steps if step.index not in gone]
    at = gone[0]
    return _arranged(kind, tool(trace.steps[at]), trace, order, (at - 1, at))


def _moved(kind: str, trace: Trace, which: int, before: int) -> Planted:
    rest = [step.index for step in trace.steps if step.index != which]
    order = [*rest[:before], which, *rest[before:]]
    return _arranged(kind, tool(trace.steps[which]), trace, order, (before, which, which + 1))


def _with(kind: str, trace: Trace, step: Step, at: int) -> Planted:
    moved = {old: old + (old >= at) for old in range(len(trace.steps))}
    steps = [*trace.steps[:at], step, *trace.steps[at:]]
    return Planted(kind, (tool(step),), (at,), moved, _renumbered(trace, steps))


def _arranged(kind: str, name: str, trace: Trace, order: Sequence[int], places: tuple[int, ...]) -> Planted:
    moved = {old: new for new, old in enumerate(order)}
    return Planted(kind, (name,), places, moved, _renumbered(trace, [trace.steps[index] for index in order]))


def _renumbered(trace: Trace, steps: Sequence[Step]) -> Trace:
    numbered = (step.model_copy(update={"index": index}) for index, step in enumerate(steps))
    return rebuild(trace, steps=tuple(numbered))
