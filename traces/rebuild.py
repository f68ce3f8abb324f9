"""A trace with some fields replaced."""

from typing import Any

from trace2skill.traces.model import Trace


def rebuild(trace: Trace, **changes: Any) -> Trace:  # noqa: ANN401 the field types are Trace's own
    """Build a new trace from an old one. Unlike `model_copy` it does not carry the cached `hash` along."""
    fields = {name: getattr(trace, name) for name in Trace.model_fields}
    return Trace(**{**fields, **changes})
