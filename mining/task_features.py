"""What tasks look like for telling families apart: their words, and the tools of their runs.

Task keys and ids are no part of it, and neither are outcomes.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

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

    runs: tuple[Trace, ...]

    @property
    def text(self) -> str:
        """The distinct task texts of the runs, one after the other."""
        return "\n".join(sorted({run.task for run in self.runs}))


class Features(NamedTuple):
    """One row per task, one column per term; the dot product of two rows is their similarity, 0 to 1."""

    matrix: "Matrix"
    words: list[str]
    tools: list[str]


def tasks_of(traces: Iterable[Trace]) -> list[Task]:
    """Group traces into tasks, in an order that depends on their content alone."""
    runs: defaultdict[str, dict[str, Trace]] = defaultdict(dict)
    for trace in traces:
        runs[trace.stratum][trace.hash] = trace
    tasks = [Task(tuple(group[key] for key in sorted(group))) for group in runs.values()]
    return sorted(tasks, key=lambda task: task.runs[0].hash)


def task_features(tasks: Sequence[Task]) -> Features:
    """Describe tasks by idf-weighted words and tools; the two kinds count alike where both tell anything."""
    import numpy as np

    texts = [dict.fromkeys(words_of(task.text), 1.0) for task in tasks]
    words, word_rows = _weighted(texts, max(2, _WORD_SHARE * len(tasks)))
    tools, tool_rows = _weighted([_tool_profile(task) for task in tasks], _TOOL_TASKS)
    blocks = [rows for rows in (word_rows, tool_rows) if rows.shape[1]]
    matrix = np.hstack(blocks) / math.sqrt(len(blocks)) if blocks else np.zeros((len(tasks), 0))
    return Features(matrix, words, tools)


def words_of(text: str) -> list[str]:
    """The words of a text in order, lower case, without stop words and without words that hold digits."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    stop = ENGLISH_STOP_WORDS - _TELLING
    return [word for word in _WORD.findall(text.lower()) if word not in stop]


def _tool_profile(task: Task) -> dict[str, float]:
    """`ACTOR TOOL` for tools called and `offered TOOL`, each with the share of the runs that show it."""
    shown = Counter[str]()
    for run in task.runs:
        called = {f"{step.actor} {step.action.tool}" for step in run.steps if step.action}
        shown.update(called | {f"offered {tool.name}" for tool in run.tools})
    return {term: count / len(task.runs) for term, count in shown.items()}


def _weighted(documents: Sequence[Mapping[str, float]], at_least: float) -> tuple[list[str], "Matrix"]:
    """The terms that enough documents hold, and a row of weights per document.

    A weight is amount x log(documents / documents with the term), so that terms of every document weigh
    nothing. Rows are brought to unit length before rare terms are dropped: tasks that share but a few
    words of many stay unlike each other.
    """
    import numpy as np

    total = len(documents)
    seen = Counter(term for document in documents for term in document)
    idf = {term: math.log(total / count) for term, count in seen.items()}
    terms = sorted(term for term, count in seen.items() if at_least <= count < total)
    column = {term: index for index, term in enumerate(terms)}
    rows = np.zeros((total, len(terms)))
    for row, document in zip(rows, documents, strict=True):
        weights = {term: amount * idf[term] for term, amount in document.items()}
        length = math.sqrt(math.fsum(weight**2 for weight in weights.values()))
        for term in column.keys() & weights.keys():
            row[column[term]] = weights[term] / length
    return terms, rows
