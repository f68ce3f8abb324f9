"""What the statistics need to know of a trace."""

from trace2skill.claims.evidence import TraceFacts
from trace2skill.mining.brief import Brief, brief
from trace2skill.traces.model import Trace


def trace_facts(trace: Trace | Brief, family: str, *, held_out: bool = False) -> TraceFacts:
    """What the statistics need to know of a trace."""
    known = trace if isinstance(trace, Brief) else brief(trace)
    return TraceFacts(
        trace=known.hash,
        stratum=known.stratum,
        family=family,
        source=known.source,
        label=known.label,
        held_out=held_out,
    )
