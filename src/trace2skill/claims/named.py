"""Which entities a task names: by their id, or by a value that identifies them, such as a phone number."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from trace2skill.claims.traversal import entity_type
from trace2skill.facts.fact import is_instance

if TYPE_CHECKING:
    from trace2skill.claims.view import View


def naming_keys(view: "View", kind: str, entity: str) -> Iterator[str]:
    """The keys of an entity's type whose latest value the task's text holds; empty text for its id.

    Args:
        view: The run so far.
        kind: The entity's type.
        entity: Its id.
    """
    task = view.trace.task
    if entity and entity in task:
        yield ""
    for key in view.belief.keys:
        readings = view.belief.timeline(key).get(entity, []) if entity_type(key) == kind else []
        value = readings[-1].value if readings else None
        if isinstance(value, str) and value and is_instance(value) and value in task:
            yield key
