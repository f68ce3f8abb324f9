"""Conditional logic: under which conditions an action is taken."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from trace2skill.claims.model import ActionPattern, AllOf, Claim, Known, Rule
from trace2skill.claims.view import Truth
from trace2skill.mining.conditions import Conditions
from trace2skill.mining.guards import mine_guards
from trace2skill.mining.pool import Pool
from trace2skill.mining.probes import is_probe

_LEAST_RATIO = 1.5
_MOST_SINGLES = 2
_MOST_SECONDS = 12
_WORTH_A_SECOND = 1.25
_MOST_ALIKE = 0.8
_BY_CHANCE = 0.5
"""Conditions expected to pass by chance alone, per action."""

_COMMONEST = 60
"""Actions considered, those done in most tasks first."""


def mine(pool: Pool) -> list[Claim]:
    """When-then rules from good runs, and guards and pitfalls from the contrast of good and bad ones."""
    conditions = Conditions(pool)
    return [*_rules(pool, conditions), *mine_guards(pool, conditions)]


class _Decisions(NamedTuple):
    """The decisions of one actor: where they were, what held there, and what was known there.

    `holds` and `known` have one row per condition and one column per decision.
    """

    at: np.ndarray
    holds: Truth
    known: Truth


def _rules(pool: Pool, conditions: Conditions) -> Iterator[Claim]:
    views = pool.good if pool.enough(pool.good) else tuple(range(len(pool.views)))
    candidates = [predicate for predicate in conditions.predicates if not isinstance(predicate, Known)]
    for actor in sorted({shape.actor for shape in pool.places}, key=str):
        at, step = pool.decisions(views, actor)
        if not len(at) or not candidates:
            continue
        decisions = _Decisions(
            at,
            np.array([conditions.at(predicate, at, step) for predicate in candidates]),
            np.array([conditions.known_at(predicate, at, step) for predicate in candidates]),
        )
        done = [pool.shapes[view][index] for view, index in zip(at, step, strict=True)]
        for shape in _commonest(pool, views):
            if shape.actor == actor:
                does = np.array([other == shape for other in done], dtype=bool)
                for rows in _explain(pool, decisions, does):
                    parts = tuple(candidates[row] for row in rows)
                    yield Rule(when=parts[0] if len(parts) == 1 else AllOf(parts=parts), then=shape)


def _commonest(pool: Pool, views: tuple[int, ...]) -> list[ActionPattern]:
    """What is done in most tasks; probes only where nothing else is (sequences tell their order)."""
    wanted = set(views)
    tasks = {
        shape: pool.tasks({at for at, _ in places if at in wanted}) for shape, places in pool.places.items()
    }
    enough = min(3, pool.tasks(range(len(pool.views))))
    common = [shape for shape in pool.places if tasks[shape] >= enough]
    common = [shape for shape in common if not is_probe(shape.tool)] or common
    return sorted(common, key=lambda shape: (-tasks[shape], shape.model_dump_json()))[:_COMMONEST]


def _explain(pool: Pool, decisions: _Decisions, does: Truth) -> Iterator[tuple[int, ...]]:
    """The conditions most correlated with doing it, each sharpened by a second where that helps.

    The correlation must stand out among all candidates: phi squared times n, a chi-square with one degree
    of freedom, at a level at which few of them would by chance.
    """
    from scipy.stats import chi2

    scores = _phi(decisions.holds, decisions.known, does)
    order = sorted(range(len(scores)), key=lambda row: (-scores[row], row))
    least = chi2.isf(_BY_CHANCE / len(scores), df=1)
    chosen: list[int] = []
    for row in order:
        if len(chosen) == _MOST_SINGLES or scores[row] <= 0:
            return
        if scores[row] ** 2 * decisions.known[row].sum() < least:
            continue
        alike = any(_overlap(decisions.holds[row], decisions.holds[other]) > _MOST_ALIKE for other in chosen)
        if alike or not _worth(pool, decisions, does, [row]):
            continue
        chosen.append(row)
        second = _second(decisions, does, row, order)
        both = second is not None and _worth(pool, decisions, does, [row, second])
        yield (row, second) if second is not None and both else (row,)


def _overlap(one: Truth, other: Truth) -> float:
    """Jaccard index of where two conditions hold."""
    return float((one & other).sum() / max(1, (one | other).sum()))


def _second(decisions: _Decisions, does: Truth, row: int, order: list[int]) -> int | None:
    others = [other for other in order[:_MOST_SECONDS] if other != row]
    if not others:
        return None
    holds = decisions.holds[others] & decisions.holds[row]
    scores = _phi(holds, decisions.known[others] & decisions.known[row], does)
    best = int(np.argmax(scores))
    alone = _phi(decisions.holds[[row]], decisions.known[[row]], does)[0]
    return others[best] if scores[best] > _WORTH_A_SECOND * alone else None


def _worth(pool: Pool, decisions: _Decisions, does: Truth, rows: list[int]) -> bool:
    """Done in enough tasks while it holds, and clearly oftener than while it is known not to."""
    holds, known = decisions.holds[rows].all(axis=0), decisions.known[rows].all(axis=0)
    if not pool.enough({int(view) for view in decisions.at[holds & does]}):
        return False
    otherwise = known & ~holds
    with_it = (holds & does).sum() / max(1, holds.sum())
    without = (otherwise & does).sum() / max(1, otherwise.sum())
    return bool(otherwise.any() and with_it >= _LEAST_RATIO * without)


def _phi(holds: Truth, known: Truth, does: Truth) -> np.ndarray:
    """Phi coefficient (the correlation of two binary variables) of each row with `does`, where known."""
    n = known.sum(axis=1, dtype=float)
    both = (holds & known & does).sum(axis=1, dtype=float)
    a = (holds & known).sum(axis=1, dtype=float)
    b = (known & does).sum(axis=1, dtype=float)
    spread = np.sqrt(a * (n - a) * b * (n - b))
    phi: np.ndarray = np.divide(n * both - a * b, spread, out=np.zeros_like(both), where=spread > 0)
    return phi
