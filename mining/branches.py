"""Branches: where runs use one or the other word of their task, what they had been told decides."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from trace2skill.facts.phrases import words
from trace2skill.mining.settling import Where
from trace2skill.skills.branching import as_number, holds
from trace2skill.skills.course import Branch, Told

_MOST_CLAUSES = 200
_ENOUGH = 2
"""Runs of either side that a test on what was said needs; a number is compared whatever their count."""


class Choice(NamedTuple):
    """A word of the task that a run used, by its place in the reference task, and what was said by then."""

    where: Where
    task: str
    told: Told
    number: float | None
    clauses: frozenset[str]


def branches(reference: str, choices: Sequence[Choice]) -> dict[Where, Branch]:
    """For each place where runs differ, the test that tells which of the two words is meant."""
    by: dict[Where, list[Choice]] = defaultdict(list)
    for choice in choices:
        by[choice.where].append(choice)
    found: dict[Where, Branch] = {}
    for where, made in sorted(by.items()):
        branch = _branch(reference, made, len(found))
        if branch is not None:
            found[where] = branch
    return found


def _branch(reference: str, made: Sequence[Choice], number: int) -> Branch | None:
    counts = Counter(choice.told for choice in made)
    common = sorted(counts, key=lambda told: (-counts[told], told.start, told.end))[:2]
    if len(common) < 2:
        return None
    one, other = sorted(common, key=lambda told: (told.start, told.end))
    telling = [(choice, choice.told == one) for choice in made if choice.told in common]
    fewest = min(sum(is_one for _, is_one in telling), sum(not is_one for _, is_one in telling))
    tests = list(_tests(reference, [choice for choice, _ in telling]))
    best: tuple[int, Branch] | None = None
    for above, says in tests:
        if says and fewest < _ENOUGH:
            break
        for yes, no in ((one, other), (other, one)):
            branch = Branch(number=number, task=reference, yes=yes, no=no, above=above, says=says)
            right = sum(
                holds(branch, choice.task, choice.number, choice.clauses) == (is_one == (yes == one))
                for choice, is_one in telling
            )
            if best is None or right > best[0]:
                best = right, branch
    majority = max(sum(is_one for _, is_one in telling), sum(not is_one for _, is_one in telling))
    return best[1] if best and best[0] > majority else None


def _tests(reference: str, made: Sequence[Choice]) -> Iterator[tuple[int | None, str]]:
    for at, word in enumerate(words(reference)):
        if as_number(word) is not None:
            yield at, ""
    clauses = Counter(clause for choice in made for clause in choice.clauses)
    some = [clause for clause, count in sorted(clauses.items()) if count < len(made)]
    for clause in some[:_MOST_CLAUSES]:
        yield None, clause
