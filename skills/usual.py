"""What is usual among runs: the tools and arguments that an example of them may show."""

from collections import Counter
from collections.abc import Collection, Sequence

from trace2skill.facts.untrusted_text import no_name
from trace2skill.traces.model import Trace

_MOST = 0.5
"""Of the runs; what fewer do may be their own affair, or a guest's."""


class Usual:
    """Tools that most runs call, and arguments that most of a tool's callers give.

    Args:
        traces: The runs.
        known: Tools that rules speak of: rules have evidence, so these need not be called in most runs.
    """

    def __init__(self, traces: Sequence[Trace], known: Collection[str] = ()) -> None:
        self._runs = len(traces)
        self._known = known
        self._callers: Counter[tuple[str, str]] = Counter()
        for trace in traces:
            actions = [step.action for step in trace.steps if step.action]
            self._callers.update(
                {(action.tool, name) for action in actions for name in ("", *action.arguments)}
            )

    def tool(self, tool: str) -> bool:
        """Whether a call of the tool may be shown."""
        enough = tool in self._known or self._callers[tool, ""] >= _MOST * self._runs
        return enough and not no_name(tool)

    def argument(self, tool: str, name: str) -> bool:
        """Whether an argument of the tool may be shown."""
        return self._callers[tool, name] >= _MOST * self._callers[tool, ""] and not no_name(name)

    def oddities(self, trace: Trace) -> int:
        """How many calls of a run are of tools that few runs call."""
        return sum(not self.tool(step.action.tool) for step in trace.steps if step.action)
