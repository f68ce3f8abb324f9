"""Branches: where runs use one or the other word of their task, what they had been told decides."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from trace2skill.facts.phrases import words
from trace2skill.skills.course import Branch, Told
from trace2skill.skills.branching import as_number, holds
from trace2skill.skills.retelling import translated

Where = tuple[str, str, int, int]
"""Tool, argument, which use of the tool in the run, which part of the argument."""

_MOST_CLAUSES = 200


class Choice(NamedTuple):
    """A word of the task that a run used, and what the world had said by then."""

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
    places = [translated(choice.told, choice.task, reference) for choice in made]
    counts = Counter(place for place in places if place is not None)
    if len(counts) < 2:
        return None
    (one, _), (other, _) = sorted(counts.most_common(2), key=lambda item: (item[0].start, item[0].end))
    telling = [
        (choice, place == one) for choice, place in zip(made, places, strict=True) if place in {one, other}
    ]
    tests = list(_tests(reference, [choice for choice, _ in telling]))
    best: tuple[int, Branch] | None = None
    for above, says in tests:
        for yes, no in ((one, other), (other, one)):
            branch = Branch(
                number=number, task=reference, yes=yes, no=no, above=above, says=says
            )
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
