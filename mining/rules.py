"""Conditional logic: under which conditions an action is taken."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from trace2skill.claims.model import ActionPattern, AllOf, Claim, Known, Rule
from trace2skill.claims.view import Truth
from trace2skill.mining.conditions import Conditions, conditions_of
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
    conditions = conditions_of(pool)
    return [*_rules(pool, conditions), *mine_guards(pool, conditions)]


@dataclass(frozen=True)
class _Stretches:
    """The decisions of one actor cut into maximal stretches on which a condition keeps its truth.

    One condition's unit of counting: a condition that persists over many decisions is one occasion.
    `of` gives each decision's stretch; the others have one entry per stretch.
    """

    of: np.ndarray
    view: np.ndarray
    holds: Truth
    known: Truth

    @classmethod
    def cut(cls, at: np.ndarray, holds: Truth, known: Truth) -> "_Stretches":
        """Cut where the view, the condition's truth or its being known changes."""
        state = np.stack([at, holds, known])
        new = np.concatenate([[True], (state[:, 1:] != state[:, :-1]).any(axis=0)])
        return cls(np.cumsum(new) - 1, at[new], holds[new], known[new])

    def done(self, does: Truth) -> Truth:
        """On which stretches the action is done."""
        return np.bincount(self.of, weights=does, minlength=len(self.view)) > 0

    def phi(self, does: Truth) -> float:
        """Phi coefficient (the correlation of two binary variables) with doing it, over known stretches."""
        done, n = self.done(does)[self.known], float(self.known.sum())
        holds = self.holds[self.known]
        a, b, both = float(holds.sum()), float(done.sum()), float((holds & done).sum())
        spread = (a * (n - a) * b * (n - b)) ** 0.5
        return (n * both - a * b) / spread if spread else 0.0

    def worth(self, pool: Pool, does: Truth) -> bool:
        """Done in enough tasks while it holds, and clearly oftener than while it is known not to."""
        done, otherwise = self.done(does), self.known & ~self.holds
        if not pool.enough({int(view) for view in self.view[self.holds & done]}):
            return False
        with_it = (self.holds & done).sum() / max(1, self.holds.sum())
        without = (otherwise & done).sum() / max(1, otherwise.sum())
        return bool(otherwise.any() and with_it >= _LEAST_RATIO * without)


@dataclass(frozen=True)
class _Decisions:
    """The decisions of one actor: in which view, and what held and was known there.

    `holds` and `known` have one row per candidate condition and one column per decision.
    """

    at: np.ndarray
    holds: Truth
    known: Truth

    def stretches(self, rows: Sequence[int]) -> _Stretches:
        """Stretches of the conjunction of some candidates."""
        wanted = list(rows)
        holds = np.logical_and.reduce(self.holds[wanted])
        return _Stretches.cut(self.at, holds, np.logical_and.reduce(self.known[wanted]))


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
        alone = [decisions.stretches([row]) for row in range(len(candidates))]
        done = [pool.shapes[view][index] for view, index in zip(at, step, strict=True)]
        for shape in _commonest(pool, views):
            if shape.actor == actor:
                does = np.array([other == shape for other in done], dtype=bool)
                for rows in _explain(pool, decisions, alone, does):
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


def _explain(
    pool: Pool, decisions: _Decisions, alone: Sequence[_Stretches], does: Truth
) -> Iterator[tuple[int, ...]]:
    """The conditions most correlated with doing it, each sharpened by a second where that helps.

    The correlation must stand out among all candidates: phi squared times n, a chi-square with one degree
    of freedom, at a level at which few of them would by chance.
    """
    from scipy.stats import chi2

    scores = [stretches.phi(does) for stretches in alone]
    order = sorted(range(len(scores)), key=lambda row: (-scores[row], row))
    least = chi2.isf(_BY_CHANCE / len(scores), df=1)
    chosen: list[int] = []
    for row in order:
        if len(chosen) == _MOST_SINGLES or scores[row] <= 0:
            return
        by_chance = scores[row] ** 2 * alone[row].known.sum() < least
        alike = any(_overlap(decisions.holds[row], decisions.holds[other]) > _MOST_ALIKE for other in chosen)
        if by_chance or alike or not alone[row].worth(pool, does):
            continue
        chosen.append(row)
        second = _second(
            pool, decisions, does, row, [other for other in order[:_MOST_SECONDS] if other != row]
        )
        yield (row,) if second is None else (row, second)


def _second(pool: Pool, decisions: _Decisions, does: Truth, row: int, others: Sequence[int]) -> int | None:
    """The candidate that most improves the first, if any clearly does."""
    best = _WORTH_A_SECOND * decisions.stretches([row]).phi(does)
    found = None
    for other in others:
        both = decisions.stretches([row, other])
        score = both.phi(does)
        if score > best and both.worth(pool, does):
            best, found = score, other
    return found


def _overlap(one: Truth, other: Truth) -> float:
    """Jaccard index of where two conditions hold."""
    return float((one & other).sum() / max(1, (one | other).sum()))
