"""Task families: given by the data, or clustered within each domain; their names, and which runs belong."""

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


_AS_TELLING = 0.95  # a further word joins the label if it tells at least this much of what the first tells
_AS_COMMON = 0.8  # a second word joins a name by commonness if it is at least so common as the first
_LONGEST = 3
_LATE = 15  # words into a text; what it is about comes earlier


def distinguishing(tasks: Sequence[Task], features: Features, member: "NDArray[np.bool_]") -> str:
    """A label of one to three terms that the members share and the other tasks lack, "" if there are none.

    Words come before tools offered, early words before late ones, in the order of the texts: `mobile-data`.
    """
    texts = features.texts(tasks)
    inside = [text for text, is_member in zip(texts, member, strict=True) if is_member]
    outside = [text for text, is_member in zip(texts, member, strict=True) if not is_member]
    names = proper_names(source for task in tasks for source in task.sources)
    telling = {word: _telling(word, inside, outside) for word in features.words if word not in names}
    ranked = sorted(telling, key=lambda word: (-telling[word], word))
    words = [word for word in ranked if telling[word] >= max(0.1, _AS_TELLING * telling[ranked[0]])]
    return slug(" ".join(_in_order(words[:_LONGEST], inside))) or _tool(features, member)


def _telling(word: str, inside: Sequence[Sequence[str]], outside: Sequence[Sequence[str]]) -> float:
    """How many more of the texts inside than outside hold the word, less for a word that comes late."""
    places = [text.index(word) for text in inside if word in text]
    if not places:
        return 0.0
    share = len(places) / len(inside) - sum(word in text for text in outside) / len(outside)
    place = sum(places) / len(places)
    return round(share * (1 - 0.5 * place / (place + _LATE)), 9)


def _tool(features: Features, member: "NDArray[np.bool_]") -> str:
    """The tool whose mean weight differs most between the members and the others."""
    tools = features.tools
    names = [at for at, tool in enumerate(tools) if not no_name(tool)]
    if not names:
        return ""
    columns = features.matrix[:, [len(features.words) + at for at in names]]
    contrast = (columns[member].mean(axis=0) - columns[~member].mean(axis=0)).round(9)
    return slug(tools[names[int(contrast.argmax())]])


def commonest(tasks: Sequence[Task]) -> str:
    """A label of the one or two words that most tasks say, in the order of the texts.

    Words that fewer than half of the tasks say are no name for all of them: then the tools called most are
    it, and such words only where no tools are called.
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
    """Lower case, with everything but letters and digits of ASCII turned into single hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _in_order(terms: Sequence[str], sequences: Sequence[Sequence[str]]) -> list[str]:
    """The terms sorted by how often they come before the others, first occurrences counted."""
    ahead = Counter[str]()
    for sequence in sequences:
        present = sorted((term for term in terms if term in sequence), key=sequence.index)
        ahead.update({term: len(present) - 1 - 2 * place for place, term in enumerate(present)})
    return sorted(terms, key=lambda term: (-ahead[term], term))


def assign_families(traces: Sequence[Trace | Brief]) -> dict[str, str]:
    """The family label of every trace, by trace hash; the order of the traces does not matter.

    A given `Trace.family` is kept as it is, unless it cannot be a name. The other traces are clustered within
    their domain, all runs on one task together, and labelled by what sets their texts apart: `telecom/mms`. A
    domain that falls into no clear groups is one family named like it; without a domain, after its commonest
    words.
    """
    families = {trace.hash: trace.family for trace in traces if _is_given(trace.family)}
    taken = set(families.values())
    by_domain: defaultdict[str, list[Trace | Brief]] = defaultdict(list)
    for trace in traces:
        if not _is_given(trace.family):
            by_domain[named(trace.domain)].append(trace)
    for domain in sorted(by_domain):
        for label, tasks in _split(domain, tasks_of(by_domain[domain])):
            family = _unique(label, taken)
            families |= {run.hash: family for task in tasks for run in task.runs}
    return families


def _is_given(family: str | None) -> TypeGuard[str]:
    return bool(named(family))


def _split(domain: str, tasks: Sequence[Task]) -> Iterable[tuple[str, list[Task]]]:
    """The families of one domain: a label, not yet unique, and the tasks.

    Of very many tasks a sample is clustered, and the others follow the nearest centroid.
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
    for number in range(max(groups) + 1):
        label = distinguishing(sample, features, np.array(groups) == number) or "other"
        yield (
            f"{prefix}/{label}" if prefix else label,
            [task for task, group in zip(tasks, [*groups, *followed], strict=True) if group == number],
        )


def _follow(rest: Sequence[Task], features: Features, groups: Sequence[int]) -> Iterator[int]:
    for start in range(0, len(rest), MOST_CLUSTERED):
        rows = features.scale.matrix(rest[start : start + MOST_CLUSTERED])
        yield from nearest(rows, features.matrix, groups)


def _unique(label: str, taken: set[str]) -> str:
    """The label, or the first of `label-2`, `label-3` ... that is not taken yet; it is taken from now on."""
    candidate, number = label, 2
    while candidate in taken:
        candidate, number = f"{label}-{number}", number + 1
    taken.add(candidate)
    return candidate


def members(family: str, own: Sequence[Trace], others: Sequence[Trace]) -> dict[str, str]:
    """The task family of every run, by trace hash.

    Families are assigned to all runs at once, so that new ones are told apart as the known ones are. What
    most of a skill's own runs share is its family, whatever it is called this time; its own runs belong to it
    in any case.

    Args:
        family: The family of the skill.
        own: The runs that the skill was distilled from.
        others: Runs to judge, and the further runs of the skill's library.
    """
    mine = {trace.hash for trace in own}
    families = assign_families([*own, *(trace for trace in others if trace.hash not in mine)])
    shared = Counter(families[trace.hash] for trace in own)
    label = min(shared, key=lambda name: (-shared[name], name), default=family)
    renamed = {family: f"not {family}", label: family}
    found = {trace: renamed.get(name, name) for trace, name in families.items()}
    return found | dict.fromkeys(mine, family)
