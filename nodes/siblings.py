"""What tasks the other families of a domain hold: a skill says in words what it is not for."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from trace2skill.mining.brief import Brief
from trace2skill.skills.topics import task_text
from trace2skill.store.library import Library

TEXTS = 200
"""Distinct task texts looked at in a domain; at least two of each family."""
FAMILIES = 100
RUNS_A_TEXT = 2
"""Runs of one text that are named: what two runs say gives neither away (`skills/topics.py`)."""

Chosen = dict[str, tuple[str, ...]]
"""Hashes of some runs by family."""


def choose(traces: Iterable[Brief], family_of: Mapping[str, str]) -> dict[str, Chosen]:
    """For each domain, some runs of each of its families: of evenly spread distinct task texts, a few runs.

    Args:
        traces: All traces of the library and the run.
        family_of: The family of each, by hash.
    """
    runs: defaultdict[str, defaultdict[str, defaultdict[str, list[str]]]]
    runs = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for trace in traces:
        runs[trace.domain or ""][family_of[trace.hash]][trace.task].append(trace.hash)
    return {
        domain: {family: _spread(families[family], max(2, TEXTS // len(families))) for family in families}
        for domain, families in runs.items()
    }


def siblings(family: str, domain: Chosen) -> Chosen:
    """The runs chosen of the other families, so many families as are looked at."""
    return dict(islice(((name, domain[name]) for name in sorted(domain) if name != family), FAMILIES))


class SiblingTexts:
    """The task texts of runs chosen, each family's read once.

    Args:
        library: The library's folder.
        run: The run whose staged traces count too.
    """

    def __init__(self, library: str, run: str) -> None:
        self._library = library
        self._run = run
        self._read: dict[tuple[str, ...], list[str]] = {}

    def of(self, chosen: Chosen) -> dict[str, list[str]]:
        """`task_text` of each run, by family."""
        if missing := [runs for runs in chosen.values() if runs not in self._read]:
            with Library(self._library) as opened:
                for runs in missing:
                    self._read[runs] = [task_text(trace) for trace in opened.traces(runs, run=self._run)]
        return {family: self._read[runs] for family, runs in chosen.items()}


def _spread(by_text: Mapping[str, Sequence[str]], most: int) -> tuple[str, ...]:
    texts = sorted(by_text)
    count = min(most, len(texts))
    picked = (texts[number * len(texts) // count] for number in range(count))
    return tuple(run for text in picked for run in sorted(by_text[text])[:RUNS_A_TEXT])
