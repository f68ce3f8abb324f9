"""Guides that stay open between runs: a library is read once, not once a task."""

import atexit
import threading
from collections import OrderedDict
from pathlib import Path

from trace2skill.nodes.solve_context import SolveContext
from trace2skill.store.guidance import Guide
from trace2skill.store.records import Wanted

OPEN = 4
_Key = tuple[str, str | None, Wanted, int]
_guides: OrderedDict[_Key, Guide] = OrderedDict()
_mutex = threading.Lock()


def guide(context: SolveContext) -> Guide:
    """The guide for these settings; the one not asked for the longest is closed when there are too many."""
    key = (str(Path(context.library).resolve()), context.embedding, context.wanted, context.budget_tokens)
    with _mutex:
        if key not in _guides:
            _guides[key] = Guide(
                context.library,
                embedding=context.embedding,
                wanted=context.wanted,
                budget_tokens=context.budget_tokens,
            )
        _guides.move_to_end(key)
        while len(_guides) > OPEN:
            _guides.popitem(last=False)[1].close()
        return _guides[key]


@atexit.register
def close_guides() -> None:
    """Close them all; the next run opens its library again."""
    with _mutex:
        while _guides:
            _guides.popitem()[1].close()
