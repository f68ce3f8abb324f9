"""Which runs of a large family a model reads, where reading all of them would cost too much."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from hashlib import sha256

from trace2skill.proposals.batches import density
from trace2skill.proposals.transcript import Transcript
from trace2skill.traces.model import Label, Trace

LARGE = 100
"""So many runs of a family are read whatever they cost; further ones as the budget allows."""


def read_first(traces: Sequence[Trace], *, allowed: int, tokens: int, share: int, around: int) -> list[Trace]:
    """All runs, or of a large family a stratified sample: as many as the budget allows, `LARGE` at least.

    Args:
        traces: Runs of one family.
        allowed: Tokens that reading them once may cost.
        tokens: Most tokens of a transcript.
        share: Tokens above which the long texts of one run are cut.
        around: Tokens of a prompt beside the transcript.
    """
    if len(traces) <= LARGE:
        return list(traces)
    scale = density(sorted(traces, key=lambda trace: trace.hash))
    spent = 0.0
    taken: list[Trace] = []
    for trace in stratified(traces):
        alone = Transcript()
        alone.add(trace, int(min(share, tokens) / scale), int(tokens / scale))
        cost = alone.tokens * scale
        spent += cost + around * cost / tokens
        if len(taken) >= LARGE and spent > allowed:
            break
        taken.append(trace)
    return taken


def stratified(traces: Sequence[Trace]) -> list[Trace]:
    """The runs in an order whose every beginning is a fair sample: each outcome in its share, tasks in turn.

    Tasks that ended in several ways come before the others. The order depends on the runs alone.
    """
    outcomes: defaultdict[str, set[Label]] = defaultdict(set)
    for trace in traces:
        outcomes[trace.stratum].add(trace.outcome.label)
    by_label: defaultdict[Label, list[tuple[int, bool, str, Trace]]] = defaultdict(list)
    met: Counter[tuple[str, Label]] = Counter()
    for trace in sorted(traces, key=lambda trace: trace.hash):
        task, label = trace.stratum, trace.outcome.label
        alike = len(outcomes[task]) == 1
        by_label[label].append((met[task, label], alike, sha256(task.encode()).hexdigest(), trace))
        met[task, label] += 1
    placed = [
        ((at + 0.5) / len(entries), str(label), entry[3])
        for label, entries in by_label.items()
        for at, entry in enumerate(sorted(entries, key=lambda entry: entry[:3]))
    ]
    return [trace for *_, trace in sorted(placed, key=lambda each: each[:2])]
