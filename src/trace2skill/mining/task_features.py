"""Features of tasks for clustering them into families: words, and the tools offered."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

import orjson

from trace2skill.facts.untrusted_text import requested
from trace2skill.facts.words import stop_words
from trace2skill.traces.model import Actor, Label, Trace
from trace2skill.traces.redact import without_placeholders

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix: TypeAlias = NDArray[np.float64]
    Vector: TypeAlias = NDArray[np.float64]


Kept = TypeVar("Kept")

FORM = 1
"""The number of the form of briefs; libraries keep them, so raise it when `brief` gives anything else."""

LONGEST = 400
"""Characters kept of the opening and of the initial observation."""


class Brief(NamedTuple):
    """The parts of a trace that task families and statistics use.

    Families are clustered by what is known before the first action: `task`, the task text; `opening`, the
    utterances of others until then; `scene`, the initial observation; `offered`, the names of the tools. Each
    text may be empty. `calls` are the tools called, in order; they only label a family that no words label.
    `judged`: whether the label is a model's.
    """

    hash: str
    stratum: str
    family: str | None
    domain: str | None
    task: str
    opening: str
    scene: str
    offered: frozenset[str]
    calls: tuple[str, ...]
    label: Label
    source: str
    judged: bool = False


def brief(trace: Trace) -> Brief:
    """The brief of a trace; its `source` is the format and the folder, not the file."""
    return Brief(
        hash=trace.hash,
        stratum=trace.stratum,
        family=trace.family,
        domain=trace.domain,
        task=without_placeholders(trace.task),
        opening=without_placeholders("\n".join(_said_first(trace)))[:LONGEST],
        scene=without_placeholders(_scene(trace))[:LONGEST],
        offered=frozenset(tool.name for tool in trace.tools),
        calls=tuple(step.action.tool for step in trace.steps if step.action),
        label=trace.outcome.label,
        source=trace.source.origin,
        judged=trace.outcome.judged,
    )


def compact(briefs: Iterable[Brief]) -> list[Brief]:
    """The same briefs with equal strings shared, to save memory after they came from other processes."""
    shared: dict[object, object] = {}

    def once(value: Kept) -> Kept:
        return shared.setdefault(value, value)  # type: ignore[return-value]

    return [
        one._replace(
            calls=once(one.calls),
            offered=once(one.offered),
            task=once(one.task),
            opening=once(one.opening),
            scene=once(one.scene),
            source=once(one.source),
        )
        for one in briefs
    ]


def _said_first(trace: Trace) -> Iterator[str]:
    """Utterances of others before the first call of anyone, without those that the task text contains."""
    for step in takewhile(lambda step: step.action is None, trace.steps):
        if step.actor is not Actor.AGENT and step.text and step.text not in trace.task:
            yield step.text


def _scene(trace: Trace) -> str:
    seen = trace.initial_observation
    if seen is None:
        return ""
    return seen if isinstance(seen, str) else orjson.dumps(seen, option=orjson.OPT_SORT_KEYS).decode()


MIN_TASKS = 3
"""Minimum number of tasks of a family, and so of the tasks that hold a term with a column."""

PARTICULARS = 6
"""Two kinds of task differ in more words than this, counted on both sides, so that another name and place do
not make a new kind. In short texts the limit is half the words of a task, if that is fewer."""

_WORD = re.compile(r"(?<!\w)[^\W\d_]{2,}(?!\w)")


class Task(NamedTuple):
    """The runs that share a stratum, ordered by hash."""

    runs: tuple[Brief, ...]

    @property
    def text(self) -> str:
        """The distinct task texts of the runs, joined, without sentences that steer an agent."""
        return "\n".join(sorted({requested(run.task) for run in self.runs}))

    @property
    def sources(self) -> tuple[str, ...]:
        """The texts that words may come from, in order of preference.

        They are the task text, the utterances before the first action, and the initial observation.
        """
        openings = "\n".join(sorted({run.opening for run in self.runs}))
        return self.text, openings, "\n".join(sorted({run.scene for run in self.runs}))


def tasks_of(traces: Iterable[Trace | Brief]) -> list[Task]:
    """Group traces into tasks, sorted by the smallest trace hash of each."""
    runs: defaultdict[str, dict[str, Brief]] = defaultdict(dict)
    for trace in traces:
        runs[trace.stratum][trace.hash] = trace if isinstance(trace, Brief) else brief(trace)
    tasks = [Task(tuple(group[key] for key in sorted(group))) for group in runs.values()]
    return sorted(tasks, key=lambda task: task.runs[0].hash)


class Terms(NamedTuple):
    """Terms of one kind: inverse document frequencies, and column numbers of the informative terms."""

    idf: dict[str, float]
    column: dict[str, int]

    @classmethod
    def of(cls, documents: Sequence[Mapping[str, float]]) -> "Terms":
        """The terms of these documents; those in fewer than `MIN_TASKS`, or in all, get no column."""
        total = len(documents)
        seen = Counter(term for document in documents for term in document)
        telling = sorted(term for term, count in seen.items() if MIN_TASKS <= count < total)
        idf = {term: math.log(total / count) for term, count in seen.items()}
        return cls(idf, {term: index for index, term in enumerate(telling)})

    def rows(self, documents: Sequence[Mapping[str, float]]) -> "Matrix":
        """A row of weights per document.

        A weight is amount x sqrt(idf), so that the dot product of two rows weighs a shared term by its idf,
        and terms of all documents have weight 0. Rows are scaled to unit length before terms without a column
        are dropped, so that tasks which share only a few of many words stay dissimilar. An unknown term has
        the idf of the rarest.
        """
        import numpy as np

        rarest = max(self.idf.values(), default=0.0)
        rows = np.zeros((len(documents), len(self.column)))
        for row, document in zip(rows, documents, strict=True):
            weights = {
                term: amount * math.sqrt(self.idf.get(term, rarest)) for term, amount in document.items()
            }
            length = math.sqrt(math.fsum(weight**2 for weight in weights.values()))
            for term in self.column.keys() & weights.keys():
                row[self.column[term]] = weights[term] / (length or 1.0)
        return rows

    def tell(self, documents: Sequence[Mapping[str, float]]) -> bool:
        """Whether more than half of the documents hold a term with a column."""
        return 2 * sum(not self.column.keys().isdisjoint(document) for document in documents) > len(documents)


class Scale(NamedTuple):
    """The terms that tasks are described by; fitted to some tasks, it can describe others."""

    source: int
    words: Terms
    tools: Terms

    @classmethod
    def of(cls, tasks: Sequence[Task]) -> "Scale":
        """Fit the terms to these tasks.

        Words come from the first source with informative terms in most tasks. Later sources would only add
        noise to it: how a user gives a name says little about the task.
        """
        found = [
            (source, documents, Terms.of(documents))
            for source in range(len(Task(()).sources))
            for documents in [_word_profiles(tasks, source)]
        ]
        telling = [(source, words) for source, documents, words in found if words.tell(documents)]
        source, words = telling[0] if telling else (0, found[0][2])
        return cls(source, words, Terms.of([_tool_profile(task) for task in tasks]))

    def matrix(self, tasks: Sequence[Task]) -> "Matrix":
        """One row per task; the dot product of two rows is their similarity, from 0 to 1."""
        import numpy as np

        described = (
            (self.words, _word_profiles(tasks, self.source)),
            (self.tools, [_tool_profile(task) for task in tasks]),
        )
        blocks = [terms.rows(documents) for terms, documents in described if terms.column]
        return np.hstack(blocks) / math.sqrt(len(blocks)) if blocks else np.zeros((len(tasks), 0))


class Features(NamedTuple):
    """One row per task, one column per term of the scale."""

    matrix: "Matrix"
    scale: Scale

    @property
    def words(self) -> list[str]:
        """The words that have a column, in the order of columns."""
        return list(self.scale.words.column)

    @property
    def tools(self) -> list[str]:
        """The tools that have a column; their columns follow those of the words."""
        return list(self.scale.tools.column)

    def worth(self, tasks: Sequence[Task]) -> "Vector":
        """The weight of each column when two groups are compared; a sum above 1 makes them two kinds of task.

        More than `PARTICULARS` words reach it, or a single tool.
        """
        import numpy as np

        lengths = [len(set(words)) for words in self.texts(tasks)]
        few = max(min(PARTICULARS, float(np.median(lengths)) / 2), 1.0)
        return np.array([1 / few] * len(self.words) + [2.0] * len(self.tools))

    def texts(self, tasks: Sequence[Task]) -> list[list[str]]:
        """The words of each task in order, from the source that the scale uses."""
        return [words_of(task.sources[self.scale.source]) for task in tasks]


def task_features(tasks: Sequence[Task]) -> Features:
    """Describe tasks by idf-weighted words and tools; both have equal weight if both are informative."""
    scale = Scale.of(tasks)
    return Features(scale.matrix(tasks), scale)


def words_of(text: str) -> list[str]:
    """The words of a text in order, in lower case, without stop words and words with digits."""
    return list(_words_of(text))


@lru_cache(maxsize=1 << 13)
def _words_of(text: str) -> tuple[str, ...]:
    return tuple(word for word in _WORD.findall(text.lower()) if word not in stop_words())


def _word_profiles(tasks: Sequence[Task], source: int) -> list[dict[str, float]]:
    return [dict.fromkeys(words_of(task.sources[source]), 1.0) for task in tasks]


def _tool_profile(task: Task) -> dict[str, float]:
    """The tools offered, each with the share of the task's runs that offered it."""
    offered = Counter(tool for run in task.runs for tool in run.offered)
    return {tool: count / len(task.runs) for tool, count in offered.items()}
