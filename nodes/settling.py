"""What of a library stands when runs are added: its families, and the skills whose evidence has not moved."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from trace2skill.claims.model import Claim
from trace2skill.evidence.exact import is_surprising
from trace2skill.evidence.lift_tests import drawn
from trace2skill.evidence.rows import Row, Table, TraceFacts
from trace2skill.evidence.statistics import LABELLED
from trace2skill.facts.untrusted_text import named
from trace2skill.mining.families import assign_families, is_given
from trace2skill.mining.joining import join_families
from trace2skill.mining.pool import MOST_TRACES
from trace2skill.mining.task_features import MIN_TASKS, Brief
from trace2skill.skills.model import Skill
from trace2skill.store.increments import Counts, Joined
from trace2skill.traces.model import Label

STANDS_FROM = MOST_TRACES
"""Runs of a domain from which on its families stand: as long as a pool has room for all, all are mined."""
GROWTH = 0.1
"""The share of new runs, of those known, above which families are formed anew and skills mined again."""
MOVED = 0.01
"""The level, over all tests of a skill, at which its evidence has moved."""


class Known(NamedTuple):
    """What the library knows of runs, by hash: the facts of those measured, and those that joined since."""

    facts: Mapping[str, TraceFacts]
    joined: Mapping[str, Joined]


class Assigned(NamedTuple):
    """The families of all runs.

    `standing` are the families of domains that stand, `formed` says of each other domain why its families
    were formed anew, and `settled` are the runs of these domains that had joined a family.
    """

    families: dict[str, str]
    standing: frozenset[str] = frozenset()
    formed: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()


def assign(
    traces: Sequence[Brief],
    known: Known,
    *,
    holdout: float = 0.0,
    anew: bool = False,
) -> Assigned:
    """The family of every run.

    The families of a domain stand if the domain has at least `STANDS_FROM` runs that they were formed from,
    few further ones and hardly any that fits none; the further ones join them. Otherwise they are formed over
    all runs of the domain, so that they do not depend on the order in which the runs came.

    Args:
        traces: All runs of the library and of the run.
        known: What the library knows of the runs.
        holdout: The share of tasks kept from mining.
        anew: Form all families anew.
    """
    by_domain: defaultdict[str, list[Brief]] = defaultdict(list)
    for trace in traces:
        by_domain[named(trace.domain)].append(trace)
    families: dict[str, str] = {}
    unsettled: list[Brief] = []
    formed: list[str] = []
    for domain in sorted(by_domain):
        within = by_domain[domain]
        settled = {
            trace.hash: known.facts[trace.hash].family
            for trace in within
            if trace.hash in known.facts and trace.hash not in known.joined
        }
        why = _why_anew(within, settled, known.facts, holdout)
        if not (anew or why) and len(settled) >= STANDS_FROM:
            placed, why = _joining(within, settled, known)
            if not why:
                families |= placed
                continue
        unsettled += within
        if why and len(settled) >= STANDS_FROM:
            formed.append(f"{domain or 'runs without a domain'}: {why}")
    standing = frozenset(families.values())
    families |= assign_families(unsettled, standing)
    again = tuple(sorted(trace.hash for trace in unsettled if trace.hash in known.joined))
    standing -= {families[trace.hash] for trace in unsettled}
    return Assigned(families, standing, tuple(formed), again)


def _why_anew(
    within: Sequence[Brief], settled: Collection[str], known: Mapping[str, TraceFacts], holdout: float
) -> str:
    """Why the families of a domain do not stand; empty if nothing is against it."""
    new = len(within) - len(settled)
    if new > GROWTH * len(settled):
        return f"{new:,} of {len(within):,} runs are new"
    chosen = (trace for trace in within if trace.hash in settled)
    if any(drawn(trace.stratum, holdout, "holdout") != known[trace.hash].held_out for trace in chosen):
        return "other tasks are held out"
    return ""


def _joining(within: Sequence[Brief], settled: Mapping[str, str], known: Known) -> tuple[dict[str, str], str]:
    """The families of a domain's runs, those that join included; or why they do not fit."""
    free = [trace for trace in within if not is_given(trace.family)]
    clustered = {trace.hash: settled[trace.hash] for trace in free if trace.hash in settled}
    if len(free) > len(clustered) and not clustered:
        return {}, f"{len(free):,} runs have no family given"
    joining = join_families(clustered, free)
    if not joining.fits:
        return {}, f"{joining.strangers:,} of {joining.tasks:,} new tasks are like none of its families"
    families = joining.families | {trace.hash: trace.family for trace in within if is_given(trace.family)}
    families |= {name: each.family for name, each in known.joined.items() if name in families}
    return families | {
        trace.hash: known.facts[trace.hash].family for trace in within if trace.hash in known.facts
    }, ""


class Settled(NamedTuple):
    """The standing families that are mined again, and the runs that wait for that, of the others."""

    due: frozenset[str]
    waiting: tuple[Joined, ...]


def settle(
    members: Mapping[str, Sequence[Brief]],
    bases: Mapping[str, Skill | None],
    known: Known,
    measure: Callable[[Iterable[Claim], Iterable[str]], Iterable[Row]],
) -> Settled:
    """Decide which standing families are mined again.

    That is one whose evidence has moved: more than a tenth of its runs are new, or the new ones succeed more
    or less often, keep to a rule more or less often, or call a tool that was never called.

    Args:
        members: The runs of each standing family.
        bases: The skill that a family's new runs are compared with: of all its versions the one that rests on
            most runs; None if a run was forgotten since. A family without any skill is absent.
        known: What the library knows of the runs.
        measure: Measures claims on runs.
    """
    due: set[str] = set()
    waiting: list[Joined] = []
    for family, runs in sorted(members.items()):
        base = bases.get(family)
        resting = set(base.traces if base else known.facts)
        pending = [run for run in runs if run.hash not in resting]
        forgotten = family in bases and base is None
        if forgotten or _has_grown(len(runs), len(pending)):
            due.add(family)
            continue
        counted = _counted(family, base, pending, known.joined, measure)
        if base and has_moved(base, runs, counted):
            due.add(family)
        else:
            waiting += counted.values()
    return Settled(frozenset(due), tuple(waiting))


def _has_grown(runs: int, pending: int) -> bool:
    """Whether more than a tenth is new, and at least as many runs as a rule needs tasks."""
    return pending >= MIN_TASKS and pending > GROWTH * (runs - pending)


def _claims(skill: Skill | None) -> dict[str, Claim]:
    rules = skill.rules if skill else ()
    return {rule.finding.id: rule.finding.claim for rule in rules if rule.finding}


def _counted(
    family: str,
    base: Skill | None,
    pending: Sequence[Brief],
    joined: Mapping[str, Joined],
    measure: Callable[[Iterable[Claim], Iterable[str]], Iterable[Row]],
) -> dict[str, Joined]:
    """What the skill's claims come to in runs that it does not rest on; what was counted before is reused."""
    claims = _claims(base)
    digest = hashlib.sha256("\n".join(sorted(claims)).encode()).hexdigest()[:16]
    before = {run.hash: joined[run.hash] for run in pending if run.hash in joined}
    counted = {name: each for name, each in before.items() if (each.claims, each.family) == (digest, family)}
    new = [run.hash for run in pending if run.hash not in counted]
    counts: dict[str, Counts] = {name: {} for name in new}
    for row in measure(claims.values(), new) if new and claims else ():
        if row.opportunities:
            counts[row.trace][row.claim] = (row.opportunities, row.held)
    return counted | {
        name: Joined(trace=name, family=family, claims=digest, counts=counts[name]) for name in new
    }


def has_moved(base: Skill, runs: Sequence[Brief], counted: Mapping[str, Joined]) -> bool:
    """Whether the runs counted differ from those that a skill rests on, by exact tests.

    Args:
        base: The skill.
        runs: The runs of its family, those counted among them.
        counted: What the skill's claims come to in runs that it does not rest on, by hash.
    """
    if not counted:
        return False
    old, new = [run for run in runs if run.hash not in counted], [run for run in runs if run.hash in counted]
    tables = [_outcomes(old, new), *_practices(base, old, new, counted)]
    level = MOVED / len(tables)
    return _calls_unknown(old, new) or any(is_surprising(table, level) for table in tables)


def _outcomes(old: Sequence[Brief], new: Sequence[Brief]) -> Table:
    """Successes among the labelled runs, of the new ones first."""
    counts = [Counter(run.label for run in runs) for runs in (new, old)]
    return Table(
        *(n for each in counts for n in (each[Label.SUCCESS], sum(each[label] for label in LABELLED)))
    )


def _practices(
    base: Skill, old: Sequence[Brief], new: Sequence[Brief], counted: Mapping[str, Joined]
) -> Iterable[Table]:
    """For each rule, in good runs and in failed ones: how many kept to it of those where it was due."""
    worth = Label.SUCCESS if any(run.label in LABELLED for run in old) else Label.UNKNOWN
    for finding in (rule.finding for rule in base.rules if rule.finding):
        kept, due = Counter[bool](), Counter[bool]()
        for run in new:
            opportunities, held = counted[run.hash].counts.get(finding.id, (0, 0))
            if opportunities and (run.label == worth or run.label in LABELLED):
                good = run.label == worth
                due[good] += 1
                kept[good] += held == opportunities if finding.claim.kind == "guard" else held > 0
        before = finding.summary.practice
        yield Table(kept[True], due[True], before.kept, before.due)
        yield Table(kept[False], due[False], before.failed_kept, before.failed_due)


def _calls_unknown(old: Sequence[Brief], new: Sequence[Brief]) -> bool:
    """Whether enough tasks for a rule call a tool that no earlier run called."""
    called = {tool for run in old for tool in run.calls}
    tasks: defaultdict[str, set[str]] = defaultdict(set)
    for run in new:
        for tool in set(run.calls) - called:
            tasks[tool].add(run.stratum)
    return any(len(each) >= MIN_TASKS for each in tasks.values())
