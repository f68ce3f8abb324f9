"""When-rules judged by runs that they were not mined from.

A run bears on a rule when the rule's condition holds in it at some step. It keeps the rule when it does the
action at that step or later. A run that hands over before it has done so is left out: it shows nothing about
what would have been done next. All other runs break the rule. Precision is the share of those that keep it.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from trace2skill.claims.model import ArgumentPattern, Rule, Slot
from trace2skill.claims.traversal import fact_keys
from trace2skill.claims.view import View
from trace2skill.facts.read_only import is_read_only
from trace2skill.facts.templates import Vocabulary
from trace2skill.traces.model import Trace

ENOUGH = 5
"""Runs that must bear on a rule before it is called true or false."""
TRUE_AT = 0.95
FREE_TEXT = frozenset({"summary"})
"""Arguments whose text is anybody's own: two calls that differ in it alone are the same deed."""


class Verdict(NamedTuple):
    """A rule, and what the runs that bear on it did."""

    rule: Rule
    kept: int
    broken: int
    left_out: int

    @property
    def bearing(self) -> int:
        """How many runs bear on the rule and are not left out."""
        return self.kept + self.broken

    @property
    def word(self) -> str:
        """`true`, `false` or `untested`."""
        if self.bearing < ENOUGH:
            return "untested"
        return "true" if self.kept >= TRUE_AT * self.bearing else "false"


class Judged(NamedTuple):
    """A list of rules: a verdict on each, and how many of the runs' changes it asks for."""

    verdicts: list[Verdict]
    asked_for: int
    asked_for_by_true: int
    changes: int

    def count(self, word: str) -> int:
        """How many rules are `true`, `false` or `untested`."""
        return sum(verdict.word == word for verdict in self.verdicts)

    @property
    def share_true(self) -> float | None:
        """The share of true rules among those tested; None where none is."""
        tested = len(self.verdicts) - self.count("untested")
        return self.count("true") / tested if tested else None

    @property
    def precision(self) -> float | None:
        """The mean precision of the rules tested; None where none is."""
        tested = [each.kept / each.bearing for each in self.verdicts if each.word != "untested"]
        return sum(tested) / len(tested) if tested else None

    @property
    def recall(self) -> float | None:
        """The share of changes that some rule asks for; None where the runs change nothing."""
        return self.asked_for / self.changes if self.changes else None

    @property
    def recall_by_true(self) -> float | None:
        """The share of changes that some true rule asks for; None where the runs change nothing."""
        return self.asked_for_by_true / self.changes if self.changes else None


def views_of(runs: Iterable[Trace], rules: Iterable[Rule]) -> list[View]:
    """The runs as the rules see them."""
    vocabulary = Vocabulary.of(key for rule in rules for key in fact_keys(rule))
    return [View(run, vocabulary) for run in runs]


def judged(rules: Sequence[Rule], views: Sequence[View], own: Sequence[View], last: frozenset[str]) -> Judged:
    """Judge a list of rules by runs.

    Args:
        rules: The rules; those that differ alone in what `opened` leaves open are one.
        views: Runs that do what should be done, seen with the rules' vocabulary. All of them bear on whether
            a rule is true, since a condition is stated without saying for which runs.
        own: Those that the list is meant for, whose changes it should ask for.
        last: Tools after which a run does nothing more.
    """
    distinct = list(dict.fromkeys(map(opened, rules)))
    verdicts = [verdict(rule, views, last) for rule in distinct]
    true = [each.rule for each in verdicts if each.word == "true"]
    return Judged(
        verdicts,
        asked_for=sum(sum(_asked_for(distinct, view)) for view in own),
        asked_for_by_true=sum(sum(_asked_for(true, view)) for view in own),
        changes=sum(len(_asked_for((), view)) for view in own),
    )


def verdict(rule: Rule, views: Iterable[View], last: frozenset[str]) -> Verdict:
    """What the runs say of one rule."""
    kept = broken = left_out = 0
    for view in views:
        holds = view.truth(rule.when)[:-1]
        if not holds.any():
            continue
        first = int(np.argmax(holds))
        if view.matches(rule.then)[first:].any():
            kept += 1
        elif any(tool in last for tool in view.tools[first:]):
            left_out += 1
        else:
            broken += 1
    return Verdict(rule, kept, broken, left_out)


def opened(rule: Rule) -> Rule:
    """The rule, with those arguments of its action left open that silent runs cannot show to be right.

    These are free text, and values that are only ever told in conversation: nobody speaks in a gold run.
    """
    kept = tuple(each for each in rule.then.arguments if each[0] not in FREE_TEXT and not _told(each[1]))
    return rule.model_copy(update={"then": rule.then.model_copy(update={"arguments": kept})})


def _told(value: ArgumentPattern) -> bool:
    return isinstance(value, Slot) and set(value.sources) <= {"utterance"}


def _asked_for(rules: Sequence[Rule], view: View) -> list[bool]:
    """For each change that the run makes, whether some rule asks for this very call at that moment."""
    asked = np.zeros(view.length, dtype=bool)
    for rule in rules:
        asked |= view.truth(rule.when)[:-1] & view.matches(rule.then)
    return [bool(asked[at]) for at, tool in enumerate(view.tools) if tool and not is_read_only(tool)]
