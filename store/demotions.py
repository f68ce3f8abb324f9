"""Demotion: a skill that runs follow less than before, or that helps less by what is said of it, is stale.

A stale version is offered as a hypothesis, until it is validated anew, comes out with other content, or a
person withdraws the record. Like a verdict, the record is about exact bytes, and kept.
"""

import hashlib
import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from trace2skill.conformance.check import rate
from trace2skill.conformance.model import Conformance, Rate
from trace2skill.errors import LibraryError
from trace2skill.evidence.statistics import LEVEL, Share, fall_p
from trace2skill.store.library import Library
from trace2skill.store.records import Commit, SkillUse, StoredSkill
from trace2skill.store.validations import Interval, Validation, rules_digest

FIRST_LOOK = 8
"""Answers at which feedback is first looked at; then at 16, 32, 64 ..."""


def now() -> str:
    """UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def by_conformance(library: Library, found: Conformance) -> Validation | None:
    """Record that a skill is stale if its conformance report says so.

    None if not, if that is known, or if the report is about another version than the current one.

    Raises:
        LibraryError: There is no such skill, or the library cannot be written.
    """
    stored = library.skill(found.skill)
    drift = found.drift
    if drift.verdict != "stale" or stored.skill.hash != found.skill_hash:
        return None
    digest = hashlib.sha256("\n".join(sorted(trace.trace for trace in found.traces)).encode())
    return _demoted(
        library,
        stored,
        source="conformance",
        what="followed",
        shares=(drift.earlier, drift.later),
        p=drift.p,
        digest=digest.hexdigest()[:16],
    )


def by_feedback(library: Library, name: str) -> Validation | None:
    """Record that a skill is stale if by what was said of versions with its rules it helps less than it did.

    None if not, if that is known, or if the skill is gone.

    Raises:
        LibraryError: The library cannot be written.
    """
    lines = library.usage(name)
    if len(_last_words(lines)) < FIRST_LOOK:
        return None
    try:
        stored, versions = library.skill(name), library.history(name)
    except LibraryError:
        return None
    rules = rules_digest(stored.skill)
    same = {each.version for each in versions if rules_digest(each.skill) == rules}
    helped = _last_words(line for line in lines if line.version in same)
    found = fall(helped)
    if found is None:
        return None
    return _demoted(
        library,
        stored,
        source="feedback",
        what="helped",
        shares=(rate(found[0]), rate(found[1])),
        p=found[2],
        digest=hashlib.sha256("".join(str(int(each)) for each in helped).encode()).hexdigest()[:16],
    )


def fall(helped: Sequence[bool]) -> tuple[Share, Share, float] | None:
    """Both halves of the answers and the p of a fall, if this is a time to look and the fall is significant.

    One looks after 8, 16, 32 ... answers, the k-th time at a level of .05 * 6 / (pi * k)**2; these sum up to
    .05, so that a skill that helps as ever is called stale in one history of twenty at most, however long.
    """
    look = math.log2(len(helped) / FIRST_LOOK) + 1 if len(helped) >= FIRST_LOOK else 0.0
    if look < 1 or look != int(look):
        return None
    middle = len(helped) // 2
    earlier, later = Share(sum(helped[:middle]), middle), Share(sum(helped[middle:]), middle)
    p = fall_p(earlier, later)
    return (earlier, later, p) if p is not None and p < LEVEL * 6 / (math.pi * look) ** 2 else None


def _last_words(lines: Iterable[SkillUse]) -> list[bool]:
    """Whether the skill helped under each receipt that says so, oldest first; what is said last counts."""
    said: dict[str, bool] = {}
    for line in lines:
        if line.event in {"helped", "harmed"}:
            said.pop(line.receipt, None)
            said[line.receipt] = line.event == "helped"
    return list(said.values())


def _demoted(  # noqa: PLR0913 - keyword only but for the library and the version
    library: Library,
    stored: StoredSkill,
    *,
    source: str,
    what: str,
    shares: tuple[Rate, Rate],
    p: float | None,
    digest: str,
) -> Validation | None:
    if stored.validation and stored.validation.verdict in {"harms", "stale"}:
        return None
    earlier, later = shares
    runs = earlier.trials + later.trials
    counts = f"{earlier.hits} of {earlier.trials} earlier runs and {later.hits} of {later.trials} later ones"
    found = Validation(
        skill=stored.skill.name,
        version=stored.version,
        hash=stored.skill.hash,
        rules=rules_digest(stored.skill),
        verdict="stale",
        reason=f"{what} in {counts} (p = {p or 0:.2g})",
        suite="recorded runs",
        suite_digest=digest,
        control="the earlier half",
        solver=source,
        tasks=runs,
        pairs=0,
        runs=runs,
        success=_difference(earlier, later),
        harm_budget=0.0,
        level=LEVEL,
        time=now(),
    )
    library.commit(Commit(validations=(found,)))
    return found


def _difference(earlier: Rate, later: Rate) -> Interval:
    """The later share less the earlier one, with Newcombe's interval (1998, method 10)."""
    first, second = (each.hits / each.trials for each in (earlier, later))
    low = math.hypot(second - later.low, earlier.high - first)
    high = math.hypot(later.high - second, first - earlier.low)
    return Interval(mean=second - first, low=second - first - low, high=second - first + high)
