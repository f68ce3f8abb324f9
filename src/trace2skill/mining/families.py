"""Task families: given by the data, or clustered within each domain; their labels and members."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeGuard

from trace2skill.facts.untrusted_text import named, no_name
from trace2skill.facts.words import proper_names
from trace2skill.mining.partition import MOST_CLUSTERED, nearest, partition
from trace2skill.mining.task_features import Brief, Features, Task, task_features, tasks_of, words_of
from trace2skill.traces.model import Trace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


_AS_TELLING = 0.95  # minimum score of a further word of a label, relative to the first
_AS_COMMON = 0.8  # minimum frequency of a second common word, relative to the first
_LONGEST = 3
_LATE = 15  # position in a text, in words, at which a word has lost a quarter of its score


class Labels:
    """Labels for groups of the tasks that the features describe."""

    def __init__(self, tasks: Sequence[Task], features: Features) -> None:
        self._features = features
        self._texts = features.texts(tasks)
        self._holders = Counter(word for text in self._texts for word in set(text))
        names = proper_names(source for task in tasks for source in task.sources)
        self._words = [word for word in features.words if word not in names]

    def distinguishing(self, member: "NDArray[np.bool_]") -> str:
        """A label of one to three words that members share and other tasks lack, such as `mobile-data`.

        Words are in the order of the texts; early words are preferred. If no word distinguishes the members,
        the label is a tool offered to them; "" if there is none.
        """
        inside = [text for text, is_member in zip(self._texts, member, strict=True) if is_member]
        places: defaultdict[str, list[int]] = defaultdict(list)
        for text in inside:
            for word in set(text):
                places[word].append(text.index(word))
        telling = {word: self._telling(word, places.get(word, ()), len(inside)) for word in self._words}
        ranked = sorted(telling, key=lambda word: (-telling[word], word))
        words = [word for word in ranked if telling[word] >= max(0.1, _AS_TELLING * telling[ranked[0]])]
        return slug(" ".join(_in_order(words[:_LONGEST], inside))) or _tool(self._features, member)

    def _telling(self, word: str, places: Sequence[int], inside: int) -> float:
        """The difference of the word's document frequency inside and outside, discounted for late places."""
        if not places:
            return 0.0
        outside = len(self._texts) - inside
        share = len(places) / inside - (self._holders[word] - len(places)) / outside
        place = sum(places) / len(places)
        return round(share * (1 - 0.5 * place / (place + _LATE)), 9)


def _tool(features: Features, member: "NDArray[np.bool_]") -> str:
    """The tool with the largest difference in mean weight between the members and the others."""
    tools = features.tools
    names = [at for at, tool in enumerate(tools) if not no_name(tool)]
    if not names:
        return ""
    columns = features.matrix[:, [len(features.words) + at for at in names]]
    contrast = (columns[member].mean(axis=0) - columns[~member].mean(axis=0)).round(9)
    return slug(tools[names[int(contrast.argmax())]])


def commonest(tasks: Sequence[Task]) -> str:
    """A label of the one or two words that most tasks contain, in the order of the texts.

    If no word occurs in half of the tasks, the most called tools are used; without calls, the most common
    words.
    """
    names = proper_names(task.text for task in tasks)
    texts = [[word for word in words_of(task.text) if word not in names] for task in tasks]
    said = Counter(word for text in texts for word in set(text))
    calls = [[tool for tool in run.calls if not no_name(tool)] for task in tasks for run in task.runs]
    called = Counter(tool for sequence in calls for tool in sequence)
    most = max(said.values(), default=0)
    shared = Counter(
        {word: count for word, count in said.items() if count >= max(len(tasks) / 2, _AS_COMMON * most)}
    )
    for counts, sequences in ((shared, texts), (called, calls), (said, texts)):
        top = sorted(counts, key=lambda term: (-counts[term], term))[:2]
        label = slug(" ".join(_in_order(top, sequences)))
        if label:
            return label
    return "tasks"


def slug(text: str) -> str:
    """The text in lower case, with everything but ASCII letters and digits replaced by single hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _in_order(terms: Sequence[str], sequences: Sequence[Sequence[str]]) -> list[str]:
    """The terms sorted by how often their first occurrence precedes those of the others."""
    ahead = Counter[str]()
    for sequence in sequences:
        present = sorted((term for term in terms if term in sequence), key=sequence.index)
        ahead.update({term: len(present) - 1 - 2 * place for place, term in enumerate(present)})
    return sorted(terms, key=lambda term: (-ahead[term], term))


def assign_families(traces: Sequence[Trace | Brief], taken: Iterable[str] = ()) -> dict[str, str]:
    """The family label of every trace, by trace hash; the order of the traces does not matter.

    A given `Trace.family` is kept, unless it cannot be a name. The other traces are clustered within their
    domain, with all runs on a task together, and labelled by their distinguishing words: `telecom/mms`. A
    domain without clear clusters is one family with the name of the domain, or if that is missing, its
    commonest words. A label formed is none of those `taken` by families of other domains.
    """
    families = {trace.hash: trace.family for trace in traces if is_given(trace.family)}
    taken = {*families.values(), *taken}
    by_domain: defaultdict[str, list[Trace | Brief]] = defaultdict(list)
    for trace in traces:
        if not is_given(trace.family):
            by_domain[named(trace.domain)].append(trace)
    for domain in sorted(by_domain):
        for label, tasks in _split(domain, tasks_of(by_domain[domain])):
            family = _unique(label, taken)
            families |= {run.hash: family for task in tasks for run in task.runs}
    return families


def is_given(family: str | None) -> TypeGuard[str]:
    """Whether the data gives a family that can be a name."""
    return bool(named(family))


def _split(domain: str, tasks: Sequence[Task]) -> Iterable[tuple[str, list[Task]]]:
    """The families of one domain, each as a label (not yet unique) and its tasks.

    Only the first `MOST_CLUSTERED` tasks are clustered; the others are assigned to the nearest centroid.
    """
    import numpy as np

    sample, rest = tasks[:MOST_CLUSTERED], tasks[MOST_CLUSTERED:]
    features = task_features(sample)
    groups = partition(features.matrix, [len(task.runs) for task in sample], features.worth(sample))
    prefix = slug(domain)
    if max(groups) == 0:
        yield prefix or commonest(sample), list(tasks)
        return
    followed = list(_follow(rest, features, groups))
    labels = Labels(sample, features)
    for number in range(max(groups) + 1):
        label = labels.distinguishing(np.array(groups) == number) or "other"
        yield (
            f"{prefix}/{label}" if prefix else label,
            [task for task, group in zip(tasks, [*groups, *followed], strict=True) if group == number],
        )


def _follow(rest: Sequence[Task], features: Features, groups: Sequence[int]) -> Iterator[int]:
    for start in range(0, len(rest), MOST_CLUSTERED):
        rows = features.scale.matrix(rest[start : start + MOST_CLUSTERED])
        yield from nearest(rows, features.matrix, groups)


def _unique(label: str, taken: set[str]) -> str:
    """The label, or the first of `label-2`, `label-3` ... not in `taken`; it is added to `taken`."""
    candidate, number = label, 2
    while candidate in taken:
        candidate, number = f"{label}-{number}", number + 1
    taken.add(candidate)
    return candidate


def members(family: str, own: Sequence[Trace], others: Sequence[Trace]) -> dict[str, str]:
    """The task family of every run, by trace hash, for checking runs against a skill.

    Families are assigned to old and new runs together. The new label that most of the skill's own runs
    receive is renamed to the skill's family; the own runs are always members.

    Args:
        family: The family of the skill.
        own: The runs that the skill was distilled from.
        others: The runs to assign, and the other runs of the skill's library.
    """
    mine = {trace.hash for trace in own}
    families = assign_families([*own, *(trace for trace in others if trace.hash not in mine)])
    shared = Counter(families[trace.hash] for trace in own)
    label = min(shared, key=lambda name: (-shared[name], name), default=family)
    renamed = {family: f"not {family}", label: family}
    found = {trace: renamed.get(name, name) for trace, name in families.items()}
    return found | dict.fromkeys(mine, family)
