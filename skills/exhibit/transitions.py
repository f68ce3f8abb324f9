"""Transition graph: which action follows which, and what each turns into what."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from trace2skill.claims.model import ActionPattern, Effect, Milestones
from trace2skill.claims.model import Sequence as SequenceClaim
from trace2skill.skills.exhibit.drawing import FAINT, FOR, INK, Drawing, drawing, figure, label
from trace2skill.skills.exhibit.entries import Entry
from trace2skill.skills.predicate_wording import state

MOST_NODES = 26
Node = tuple[str, str]
Edges = dict[tuple[Node, Node], float]


def transitions(entries: Sequence[Entry]) -> Drawing | None:
    """Actions as boxes, facts that they bring about as plain text; None when no rule tells of any.

    Thicker: held more often when due. Columns keep the order; a step back is drawn as an arc.
    """
    edges = _edges(entry for entry in entries if entry.status == "rule")
    if not edges:
        return None
    columns = _columns(edges)
    width, height = max(map(len, columns)), len(columns)
    with figure(min(16.0, 3.1 * height + 0.6), 0.7 * width + 0.8) as canvas:
        axes = canvas.subplots()
        axes.axis("off")
        places = {
            node: (at, (width - len(column)) / 2 + row)
            for at, column in enumerate(columns)
            for row, node in enumerate(column)
        }
        axes.set_xlim(-0.5, height - 0.5)
        axes.set_ylim(width - 0.4, -0.6)
        for (first, second), rate in sorted(edges.items()):
            _arrow(axes, places[first], places[second], rate, effect=second[0] == "fact")
        for (kind, text), (x, y) in places.items():
            act = kind == "action"
            box = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": INK if act else "white"}
            ink = INK if act else FOR
            axes.text(x, y, label(text, 34), ha="center", va="center", fontsize=8, bbox=box, color=ink)
        return drawing(canvas)


def _edges(entries: Iterable[Entry]) -> Edges:
    """Edges with how often they held when due, those of the surest claims first, as far as there is room."""
    found: Edges = {}
    nodes: set[Node] = set()
    for entry in sorted(entries, key=lambda entry: (-_rate(entry), entry.finding.id)):
        for edge in _of(entry):
            if len(nodes | set(edge)) <= MOST_NODES:
                nodes |= set(edge)
                found[edge] = max(found.get(edge, 0.0), _rate(entry))
    return found


def _of(entry: Entry) -> list[tuple[Node, Node]]:
    claim = entry.finding.claim
    if isinstance(claim, SequenceClaim | Milestones):
        return [(_action(first), _action(second)) for first, second in pairwise(claim.actions)]
    if isinstance(claim, Effect):
        after = state(claim.after)
        return [(_action(claim.action), ("fact", after))] if after else []
    return []


def _action(pattern: ActionPattern) -> Node:
    return ("action", f"{pattern.actor}: {pattern.tool}" if pattern.actor else pattern.tool)


def _rate(entry: Entry) -> float:
    support = entry.finding.summary.support
    return support.held / support.opportunities if support.opportunities else 0.0


def _columns(edges: Edges) -> list[list[Node]]:
    """Nodes by the length of the longest way to them; ways that come round are cut where they do."""
    nodes = sorted({node for edge in edges for node in edge})
    depth = dict.fromkeys(nodes, 0)
    for _ in nodes:
        for first, second in sorted(edges):
            if depth[second] < depth[first] + 1 and not _leads(edges, second, first):
                depth[second] = depth[first] + 1
    columns: list[list[Node]] = [[] for _ in range(max(depth.values()) + 1)]
    for node in nodes:
        columns[depth[node]].append(node)
    return [column for column in columns if column]


def _leads(edges: Edges, start: Node, goal: Node) -> bool:
    """Whether there is a way from one node to another."""
    reached, front = {start}, [start]
    while front:
        node = front.pop()
        onward = [second for first, second in edges if first == node and second not in reached]
        reached.update(onward)
        front += onward
    return goal in reached


def _arrow(
    axes: object, start: tuple[float, float], end: tuple[float, float], rate: float, *, effect: bool
) -> None:
    onward = end[0] > start[0]
    axes.annotate(  # type: ignore[attr-defined]
        "",
        xy=end,
        xytext=start,
        arrowprops={
            "arrowstyle": "-|>",
            "color": FOR if effect else FAINT,
            "linewidth": 0.6 + 2.2 * rate,
            "shrinkA": 42 if onward else 16,
            "shrinkB": 46 if onward else 16,
            "connectionstyle": f"arc3,rad={0.0 if onward else 0.35}",
        },
        zorder=0,
    )
