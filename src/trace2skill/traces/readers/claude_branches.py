"""The branches of a Claude Code session: a row names the row that it follows, and a user may go back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trace2skill.traces.readers.claude_rows import Row


@dataclass(frozen=True)
class Branch:
    """Rows from a fork, or the start, to an end. `prompt` is the user's message before the fork, if any."""

    rows: tuple[Row, ...]
    prompt: str = ""


def sessions(rows: Sequence[Row]) -> list[list[Row]]:
    """The rows of each session of a file; rows that follow each other belong together, whatever their id."""
    groups: list[list[Row]] = []
    of_row: dict[str, list[Row]] = {}
    of_session: dict[str, list[Row]] = {}
    for row in rows:
        group = of_row.get(row.parent) or of_session.get(row.session)
        if group is None:
            group = []
            groups.append(group)
        group.append(row)
        of_row[row.uuid] = of_session[row.session] = group
    return groups


def branches(rows: Sequence[Row]) -> list[Branch]:
    """The branch that was written last, then those that the user left, each from its fork on.

    A row whose parent is missing follows the row before it. Results of parallel calls are no branches.
    """
    parents = _parents(rows)
    children = _children(parents)
    order = _from_roots(parents, children)
    latest = list(range(len(rows)))
    for at in reversed(order):
        latest[at] = max([at, *(latest[each] for each in children[at])])
    found: list[Branch] = []
    starts = order[:1]
    while starts:
        start = starts.pop(0)
        taken, left = _walk(start, rows, children, latest)
        found.append(Branch(tuple(rows[at] for at in taken), _before(start, rows, parents)))
        starts += left
    return found


def _parents(rows: Sequence[Row]) -> list[int | None]:
    """The position of each row's parent; None for the first row that has none.

    Any other row without a parent follows the nearest row before it that does not follow it itself.
    """
    at = {row.uuid: position for position, row in enumerate(rows)}
    parents = _without_circles([at.get(row.parent) for row in rows])
    top = list(range(len(rows)))

    def found(position: int) -> int:
        while top[position] != position:
            top[position] = top[top[position]]
            position = top[position]
        return position

    for position, parent in enumerate(parents):
        if parent is not None:
            top[position] = parent
    roots = [position for position, parent in enumerate(parents) if parent is None]
    for root in roots[1:]:
        before = next((each for each in range(root - 1, -1, -1) if found(each) != root), roots[0])
        parents[root] = top[root] = before
    return parents


def _without_circles(parents: list[int | None]) -> list[int | None]:
    done = [False] * len(parents)
    for start in range(len(parents)):
        path: set[int] = set()
        here: int | None = start
        while here is not None and not done[here]:
            done[here] = True
            path.add(here)
            parent = parents[here]
            if parent in path:
                parents[here] = parent = None
            here = parent
    return parents


def _children(parents: Sequence[int | None]) -> list[list[int]]:
    children: list[list[int]] = [[] for _ in parents]
    for position, parent in enumerate(parents):
        if parent is not None:
            children[parent].append(position)
    return children


def _from_roots(parents: Sequence[int | None], children: Sequence[Sequence[int]]) -> list[int]:
    order = [position for position, parent in enumerate(parents) if parent is None]
    for position in order:
        order.extend(children[position])
    return order


def _walk(
    start: int, rows: Sequence[Row], children: Sequence[Sequence[int]], latest: Sequence[int]
) -> tuple[list[int], list[int]]:
    """The rows of the branch that starts here, and the starts of those that leave it."""
    path = [start]
    while children[path[-1]]:
        path.append(max(children[path[-1]], key=lambda each: latest[each]))
    on_path = set(path)
    messages = {rows[at].message for at in path if rows[at].message}
    taken: list[int] = []
    left: list[int] = []
    for at in path:
        taken.append(at)
        for child in children[at]:
            if child in on_path:
                continue
            below = _below(child, children)
            if all(_beside(rows[each], messages) for each in below):
                taken += below
            else:
                left.append(child)
    return taken, left


def _below(start: int, children: Sequence[Sequence[int]]) -> list[int]:
    found = [start]
    for at in found:
        found.extend(children[at])
    return found


def _beside(row: Row, messages: Iterable[str]) -> bool:
    """Whether a row off the path belongs to it: a result, bookkeeping, or a part of a message on the path."""
    if row.kind == "assistant":
        return row.message in messages
    return not row.prompt


def _before(start: int, rows: Sequence[Row], parents: Sequence[int | None]) -> str:
    here = parents[start]
    while here is not None:
        if rows[here].prompt:
            return next((turn.text or "" for turn in reversed(rows[here].turns) if turn.text), "")
        here = parents[here]
    return ""
