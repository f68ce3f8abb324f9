"""Which failed runs are read together, and which runs that went well stand beside them."""

import re
from collections.abc import Iterator, Sequence

import numpy as np

from trace2skill.proposals.batches import density
from trace2skill.proposals.failures import FAILED
from trace2skill.proposals.transcript import Transcript
from trace2skill.traces.model import Label, Trace

_WORD = re.compile(r"\w+")
MOST_FAILED = 12
"""Failed runs asked about in one call: an entry for each must fit into one answer."""

MOST_BESIDE = 3
"""Runs that went well beside them."""

Similarities = np.ndarray[tuple[int, int], np.dtype[np.float64]]


def failure_batches(traces: Sequence[Trace], *, tokens: int, share: int) -> list[Transcript]:
    """The failed runs, those on like tasks together, each batch headed by the likest successful runs.

    Every failed run is in one batch, whole where it fits; of one that is too long for any, long texts are
    cut. None if all runs failed or none did. The order depends on the runs alone.

    Args:
        traces: Runs of one family.
        tokens: Most tokens of a transcript.
        share: Tokens above which the long texts of one run are cut.
    """
    runs = sorted(traces, key=lambda trace: trace.hash)
    failed = [trace for trace in runs if trace.outcome.label in FAILED]
    good = [trace for trace in runs if trace.outcome.label is Label.SUCCESS]
    if not (failed and good):
        return []
    room = int(tokens / density(runs))
    likeness = _likeness(failed, good)
    nearest = likeness.argmax(axis=1)
    order = sorted(range(len(failed)), key=lambda at: (int(nearest[at]), failed[at].stratum, failed[at].hash))
    found: list[Transcript] = []
    while order:
        group = order[:MOST_FAILED]
        beside = [good[at] for at in _likest(likeness[group])]
        shown, taken = _packed([failed[at] for at in group], beside, room, min(share, room // 2))
        found.append(shown)
        order = order[taken:]
    return found


def _packed(
    failed: Sequence[Trace], beside: Sequence[Trace], room: int, share: int
) -> tuple[Transcript, int]:
    """A batch of these runs and the number of failed ones in it, at least one."""
    shown = Transcript()
    for trace in beside:
        shown.add_whole(trace, share, room // 2 - shown.tokens)
    taken = 0
    for trace in failed:
        left = room - shown.tokens
        if taken and not shown.add_whole(trace, share, left):
            break
        if not taken:
            shown.add(trace, min(share, left), max(left, room // 2))
        taken += 1
    return shown, taken


def _likest(likeness: Similarities) -> Iterator[int]:
    """The successful runs that are most alike to the failed ones, one of each in turn, by column."""
    ranked = np.argsort(-likeness, axis=1, kind="stable")
    yield from list(dict.fromkeys(int(at) for at in ranked.T.ravel()))[:MOST_BESIDE]


def _likeness(failed: Sequence[Trace], good: Sequence[Trace]) -> Similarities:
    """How alike each failed run is to each good one: by task and tools, and 1 more on the same task."""
    vectors = _tf_idf([_words(trace) for trace in (*failed, *good)])
    cosine = np.round(vectors[: len(failed)] @ vectors[len(failed) :].T, 12)  # so that equals stay equal
    same = np.array([[one.stratum == other.stratum for other in good] for one in failed])
    return np.asarray(cosine + same, dtype=np.float64)


def _tf_idf(texts: Sequence[list[str]]) -> Similarities:
    """A unit vector per text: how often each word occurs, times ln((1 + texts) / (1 + those with it)) + 1."""
    places = {word: at for at, word in enumerate(sorted({word for text in texts for word in text}))}
    counts = np.zeros((len(texts), len(places)))
    for row, text in zip(counts, texts, strict=True):
        np.add.at(row, [places[word] for word in text], 1)
    weighted = counts * (np.log((1 + len(texts)) / (1 + (counts > 0).sum(axis=0))) + 1)
    return np.asarray(weighted / np.linalg.norm(weighted, axis=1, keepdims=True))


def _words(trace: Trace) -> list[str]:
    tools = (step.action.tool for step in trace.steps if step.action)
    return _WORD.findall(" ".join((trace.task.lower(), *tools, "run")))
