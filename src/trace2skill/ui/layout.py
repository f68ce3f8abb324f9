"""Places a directed graph in layers, top to bottom: boxes for its nodes, curves for its edges.

The steps are those of Sugiyama, Tagawa and Toda (1981): layers by longest path, a bend on every layer that a
long edge crosses, fewer crossings by barycentres. Then every layer is placed as near to its neighbours as its
boxes allow, which is isotonic regression.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import fmean
from typing import NamedTuple

HEIGHT, GAP, APART, MARGIN = 42.0, 56.0, 24.0, 16.0
"""Pixels: a box's height, the space between layers and between boxes, the margin."""
BEND = -8.0
"""A bend needs no box: two of them may be this much nearer to each other than boxes."""
SWEEPS = 12
SPREAD = 0.7
"""The share of a box's width over which its edges are spread."""

Edge = tuple[int, int]
Slot = tuple[int, int]
"""A place on a layer: the layer, and a number that nothing else on it has."""
XY = tuple[float, float]


class Box(NamedTuple):
    """A node's box by its centre, in pixels."""

    x: float
    y: float
    width: float
    height: float = HEIGHT


class Curve(NamedTuple):
    """An edge as an SVG path from its source, and where its label goes; `back` if it leads up."""

    path: str
    x: float
    y: float
    back: bool


class Layout(NamedTuple):
    """Where everything is, in pixels: a box for each node, a curve for each edge."""

    width: float
    height: float
    boxes: list[Box]
    curves: dict[Edge, Curve]


def layout(widths: Sequence[float], edges: Sequence[Edge]) -> Layout:
    """Lay a graph out.

    Args:
        widths: Each node's width in pixels. Nodes are numbered; an edge to a higher number leads down.
        edges: Pairs of different nodes.
    """
    layers = _layers(len(widths), edges)
    ways = _ways(layers, edges)
    columns = _ordered(_columns(layers, ways), ways)
    half = {slot: (widths[slot[1]] if slot[1] < len(widths) else BEND) / 2 for slot in _slots(columns)}
    centres = _centres(columns, ways, half)
    left = min(x - half[slot] for slot, x in centres.items()) - MARGIN
    right = max(x + half[slot] for slot, x in centres.items()) + MARGIN
    boxes = [Box(centres[layer, node] - left, _y(layer), widths[node]) for node, layer in enumerate(layers)]
    lines = {edge: [(centres[slot] - left, _y(slot[0])) for slot in way] for edge, way in ways.items()}
    return Layout(right - left, _y(max(layers)) + HEIGHT / 2 + MARGIN, boxes, _curves(lines, boxes))


def _y(layer: int) -> float:
    return MARGIN + HEIGHT / 2 + layer * (HEIGHT + GAP)


def _layers(nodes: int, edges: Sequence[Edge]) -> list[int]:
    """Each node's layer: one below the lowest of those that lead to it."""
    above = defaultdict(set)
    for one, other in edges:
        above[max(one, other)].add(min(one, other))
    layers: list[int] = []
    for node in range(nodes):
        layers.append(max((layers[each] + 1 for each in above[node]), default=0))
    return layers


def _ways(layers: Sequence[int], edges: Sequence[Edge]) -> dict[Edge, list[Slot]]:
    """The slots that each edge goes through, downwards, from box to box."""
    ways = {}
    bend = len(layers)
    for edge in edges:
        top, bottom = min(edge), max(edge)
        way = [(layers[top], top)]
        for layer in range(layers[top] + 1, layers[bottom]):
            way.append((layer, bend))
            bend += 1
        ways[edge] = [*way, (layers[bottom], bottom)]
    return ways


def _columns(layers: Sequence[int], ways: Mapping[Edge, Sequence[Slot]]) -> list[list[Slot]]:
    slots = {(layer, node) for node, layer in enumerate(layers)} | {
        slot for way in ways.values() for slot in way
    }
    columns: list[list[Slot]] = [[] for _ in range(max(layers) + 1)]
    for slot in sorted(slots):
        columns[slot[0]].append(slot)
    return columns


def _slots(columns: Sequence[Sequence[Slot]]) -> list[Slot]:
    return [slot for column in columns for slot in column]


def _neighbours(ways: Mapping[Edge, Sequence[Slot]]) -> tuple[dict[Slot, list[Slot]], dict[Slot, list[Slot]]]:
    above, below = defaultdict(list), defaultdict(list)
    for way in ways.values():
        for upper, lower in pairwise(way):
            above[lower].append(upper)
            below[upper].append(lower)
    return above, below


def _ordered(columns: list[list[Slot]], ways: Mapping[Edge, Sequence[Slot]]) -> list[list[Slot]]:
    """The slots of each layer in the order with the fewest crossings that the sweeps come by."""
    above, below = _neighbours(ways)
    best, least = columns, _crossings(columns, below)
    for sweep in range(SWEEPS):
        near = below if sweep % 2 else above
        columns = [list(column) for column in columns]
        for at in range(len(columns) - 1, -1, -1) if sweep % 2 else range(len(columns)):
            place = {slot: number for column in columns for number, slot in enumerate(column)}
            columns[at].sort(
                key=lambda slot: fmean(map(place.__getitem__, near[slot])) if near[slot] else place[slot]
            )
        if (crossings := _crossings(columns, below)) < least:
            best, least = columns, crossings
    return best


def _crossings(columns: Sequence[Sequence[Slot]], below: Mapping[Slot, Sequence[Slot]]) -> int:
    total = 0
    for column, under in pairwise(columns):
        place = {slot: number for number, slot in enumerate(under)}
        ends = [end for slot in column for end in sorted(place[each] for each in below.get(slot, ()))]
        total += sum(one > other for at, one in enumerate(ends) for other in ends[at + 1 :])
    return total


def _centres(
    columns: Sequence[Sequence[Slot]], ways: Mapping[Edge, Sequence[Slot]], half: Mapping[Slot, float]
) -> dict[Slot, float]:
    above, below = _neighbours(ways)
    centres: dict[Slot, float] = {}
    for column in columns:
        _place(column, dict.fromkeys(column, 0.0), half, centres)
    for sweep in range(SWEEPS):
        for column in reversed(columns) if sweep % 2 else columns:
            near = {slot: [*above[slot], *below[slot]] for slot in column}
            wanted = {
                slot: fmean(centres[each] for each in near[slot]) if near[slot] else centres[slot]
                for slot in column
            }
            _place(column, wanted, half, centres)
    return centres


def _place(
    column: Sequence[Slot],
    wanted: Mapping[Slot, float],
    half: Mapping[Slot, float],
    centres: dict[Slot, float],
) -> None:
    """Place the slots in order and apart, with the least sum of squared distances to where they are wanted.

    Less the space before them, places may not fall: pools of adjacent violators (Ayer et al., 1955).
    """
    taken = [0.0]
    for one, other in pairwise(column):
        taken.append(taken[-1] + half[one] + APART + half[other])
    pools: list[tuple[float, int]] = []
    for slot, before in zip(column, taken, strict=True):
        total, size = wanted[slot] - before, 1
        while pools and pools[-1][0] / pools[-1][1] > total / size:
            other_total, other_size = pools.pop()
            total, size = total + other_total, size + other_size
        pools.append((total, size))
    places = [total / size for total, size in pools for _ in range(size)]
    for slot, place, before in zip(column, places, taken, strict=True):
        centres[slot] = place + before


def _curves(lines: Mapping[Edge, list[XY]], boxes: Sequence[Box]) -> dict[Edge, Curve]:
    """The edges as curves that leave and enter boxes side by side."""
    for node, box in enumerate(boxes):
        for end, at, beside in ((min, 0, 1), (max, -1, -2)):
            own = sorted((edge for edge in lines if end(edge) == node), key=lambda edge: lines[edge][beside])
            for number, edge in enumerate(own, 1):
                shift = (number / (len(own) + 1) - 0.5) * SPREAD * box.width
                lines[edge][at] = (box.x + shift, box.y + (HEIGHT / 2 if at == 0 else -HEIGHT / 2))
    return {edge: _curve(line, back=edge[0] > edge[1]) for edge, line in lines.items()}


def _curve(line: list[XY], *, back: bool) -> Curve:
    middle = len(line) // 2
    (x1, y1), (x2, y2) = line[middle - 1], line[middle]
    points = line[::-1] if back else line
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x, y), (to_x, to_y) in pairwise(points):
        half = (y + to_y) / 2
        path += f"C{x:.1f} {half:.1f} {to_x:.1f} {half:.1f} {to_x:.1f} {to_y:.1f}"
    return Curve(path, (x1 + x2) / 2, (y1 + y2) / 2, back)
