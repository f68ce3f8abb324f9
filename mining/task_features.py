"""What tasks look like for telling families apart: their words, and the tools of their runs.

Task keys and ids are no part of it, and neither are outcomes.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from trace2skill.facts.untrusted_text import requested
from trace2skill.mining.brief import Brief, brief
from trace2skill.traces.model import Trace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix: TypeAlias = NDArray[np.float64]

_WORD_SHARE = 0.1
"""Words of fewer tasks (product names, customers) tell single tasks apart, not families."""

_TOOL_TASKS = 3
"""Tools are few and repeat: one that as many tasks show as make a family may set that family apart."""

_TELLING = frozenset(
    {"amount", "bill", "call", "detail", "empty", "fill", "find", "fire", "move", "show", "system"}
)
"""Words of scikit-learn's stop list that may well say what a task is about."""

_WORD = re.compile(r"(?<!\w)[^\W\d_]{2,}(?!\w)")


class Task(NamedTuple):
    """The runs that share a stratum, ordered by hash."""

    runs: tuple[Brief, ...]

    @property
    def text(self) -> str:
        """The distinct task texts of the runs, one after the other, without what steers an agent."""
        return "\n".join(sorted({requested(run.task) for run in self.runs}))


def tasks_of(traces: Iterable[Trace | Brief]) -> list[Task]:
    """Group traces into tasks, in an order that depends on their content alone."""
    runs: defaultdict[str, dict[str, Brief]] = defaultdict(dict)
    for trace in traces:
        runs[trace.stratum][trace.hash] = trace if isinstance(trace, Brief) else brief(trace)
    tasks = [Task(tuple(group[key] for key in sorted(group))) for group in runs.values()]
    return sorted(tasks, key=lambda task: task.runs[0].hash)


class Terms(NamedTuple):
    """Terms of one kind: the inverse document frequency of each, and the columns of those that tell."""

    idf: dict[str, float]
    column: dict[str, int]

    @classmethod
    def of(cls, documents: Sequence[Mapping[str, float]], at_least: float) -> "Terms":
        """The terms of these documents; those that too few hold, or all, get no column.

        A weight is amount x log(documents / documents with the term), so that terms of every document weigh
        nothing.
        """
        total = len(documents)
        seen = Counter(term for document in documents for term in document)
        telling = sorted(term for term, count in seen.items() if at_least <= count < total)
        idf = {term: math.log(total / count) for term, count in seen.items()}
        return cls(idf, {term: index for index, term in enumerate(telling)})

    def rows(self, documents: Sequence[Mapping[str, float]]) -> "Matrix":
        """A row of weights per document.

        Rows are brought to unit length before rare terms are dropped: tasks that share but a few words of
        many stay unlike each other. A term never seen before weighs as much as the rarest.
        """
        import numpy as np

        rarest = max(self.idf.values(), default=0.0)
        rows = np.zeros((len(documents), len(self.column)))
        for row, document in zip(rows, documents, strict=True):
            weights = {term: amount * self.idf.get(term, rarest) for term, amount in document.items()}
            length = math.sqrt(math.fsum(weight**2 for weight in weights.values()))
            for term in self.column.keys() & weights.keys():
                row[self.column[term]] = weights[term] / length
        return rows


class Scale(NamedTuple):
    """The terms that tasks are described by. Made of some tasks, it describes any others alike."""

    words: Terms
    tools: Terms

    @classmethod
    def of(cls, tasks: Sequence[Task]) -> "Scale":
        """The terms that tell these tasks apart."""
        words = Terms.of([_word_profile(task) for task in tasks], max(2, _WORD_SHARE * len(tasks)))
        return cls(words, Terms.of([_tool_profile(task) for task in tasks], _TOOL_TASKS))

    def matrix(self, tasks: Sequence[Task]) -> "Matrix":
        """One row per task; the dot product of two rows is their similarity, 0 to 1."""
        import numpy as np

        blocks = [
            terms.rows([profile(task) for task in tasks])
            for terms, profile in ((self.words, _word_profile), (self.tools, _tool_profile))
            if terms.column
        ]
        return np.hstack(blocks) / math.sqrt(len(blocks)) if blocks else np.zeros((len(tasks), 0))


class Features(NamedTuple):
    """One row per task, one column per term of the scale."""

    matrix: "Matrix"
    scale: Scale

    @property
    def words(self) -> list[str]:
        """The words that have columns, in order."""
        return list(self.scale.words.column)

    @property
    def tools(self) -> list[str]:
        """The tools that have columns, behind those of the words."""
        return list(self.scale.tools.column)


def task_features(tasks: Sequence[Task]) -> Features:
    """Describe tasks by idf-weighted words and tools; the two kinds count alike where both tell anything."""
    scale = Scale.of(tasks)
    return Features(scale.matrix(tasks), scale)


def words_of(text: str) -> list[str]:
    """The words of a text in order, lower case, without stop words and without words that hold digits."""
    stop = _stop_words()
    return [word for word in _WORD.findall(text.lower()) if word not in stop]


@cache
def _stop_words() -> frozenset[str]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return frozenset(ENGLISH_STOP_WORDS - _TELLING)


def _word_profile(task: Task) -> dict[str, float]:
    return dict.fromkeys(words_of(task.text), 1.0)


def _tool_profile(task: Task) -> dict[str, float]:
    """`ACTOR TOOL` for tools called and `offered TOOL`, each with the share of the runs that show it."""
    shown = Counter(term for run in task.runs for term in run.shown)
    return {term: count / len(task.runs) for term, count in shown.items()}
