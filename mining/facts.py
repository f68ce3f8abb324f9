"""What the statistics need to know of a trace."""

from trace2skill.claims.evidence import TraceFacts
from trace2skill.traces.model import Trace


def trace_facts(trace: Trace, family: str, *, held_out: bool = False) -> TraceFacts:
    """What the statistics need to know of a trace. Its source is the format: files are mere packaging."""
    return TraceFacts(
        trace=trace.hash,
        stratum=trace.stratum,
        family=family,
        source=trace.source.format,
        label=trace.outcome.label,
        held_out=held_out,
    )
