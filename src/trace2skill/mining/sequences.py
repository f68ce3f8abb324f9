"""Mines action sequences that recur in good runs."""

from collections import Counter, defaultdict
from itertools import pairwise

from trace2skill.claims.model import ActionPattern, Claim, Sequence
from trace2skill.facts.read_only import is_read_only
from trace2skill.mining.pool import Pool

GAP = 3
"""Maximum distance, in actions, between consecutive actions of a sequence."""

_LEAST_FOLLOWED = 0.6
_LEAST_RATIO = 1.5
_LONGEST = 8
_LEAST_CHANGES = 2
"""Minimum number of state-changing actions in a sequence; the order of read-only ones is arbitrary."""


def mine(pool: Pool) -> list[Claim]:
    """Sequences in which each action follows the previous one within `GAP`, more often than any others."""
    links = _links(pool)
    chains = {_grow(first, links) for first in sorted(links, key=_text)}
    return [Sequence(actions=chain, gap=GAP) for chain in _cover(chains)]


def _links(pool: Pool) -> dict[ActionPattern, list[tuple[float, ActionPattern]]]:
    """For each shape the shapes that follow it within `GAP`, in descending order of rate."""
    codes, shapes = pool.numbered
    follows: dict[tuple[int, int], set[int]] = defaultdict(set)
    times: Counter[tuple[int, int]] = Counter()
    starts: Counter[int] = Counter()
    soon: Counter[int] = Counter()
    total = 0
    for at in pool.good:
        order = [code for code in codes[pool.together.part(at)].tolist() if code >= 0]
        for position, first in enumerate(order):
            starts[first] += 1
            total += 1
            for second in set(order[position + 1 : position + 1 + GAP]):
                soon[second] += 1
                if second != first:
                    follows[first, second].add(at)
                    times[first, second] += 1
    links: dict[ActionPattern, list[tuple[float, ActionPattern]]] = defaultdict(list)
    for (first, second), views in follows.items():
        rate = times[first, second] / starts[first]
        others = (soon[second] - times[first, second]) / max(1, total - starts[first])
        if rate >= _LEAST_FOLLOWED and rate >= _LEAST_RATIO * others and pool.enough(views):
            links[shapes[first]].append((rate, shapes[second]))
    return {
        first: sorted(found, key=lambda link: (-link[0], _text(link[1]))) for first, found in links.items()
    }


def _grow(
    first: ActionPattern, links: dict[ActionPattern, list[tuple[float, ActionPattern]]]
) -> tuple[ActionPattern, ...]:
    chain = [first]
    while len(chain) < _LONGEST:
        onward = [second for _, second in links.get(chain[-1], []) if second not in chain]
        if not onward:
            break
        chain.append(onward[0])
    return tuple(chain)


def _cover(chains: set[tuple[ActionPattern, ...]]) -> list[tuple[ActionPattern, ...]]:
    """A selection of the chains, longest first; a chain is kept if most of its links are new."""
    kept: list[tuple[ActionPattern, ...]] = []
    told: set[tuple[ActionPattern, ActionPattern]] = set()
    for chain in sorted(chains, key=lambda chain: (-len(chain), str(chain))):
        links = set(pairwise(chain))
        changes = sum(not is_read_only(action.tool) for action in chain)
        if 2 * len(links - told) > len(links) and changes >= _LEAST_CHANGES:
            kept.append(chain)
            told |= links
    return kept


def _text(pattern: ActionPattern) -> str:
    return pattern.model_dump_json()
