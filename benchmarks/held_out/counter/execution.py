"""What the skills of a library settle without a reader."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.held_out.counter.convention import Convention
from benchmarks.held_out.counter.desk import Desk
from benchmarks.held_out.counter.tickets import Ticket
from benchmarks.held_out.visible import shown
from trace2skill.policies.executor import execute
from trace2skill.store.library import Library

RULES = ("policy", "visible")
"""What the executor acts on: a skill's whole policy, or only the rules that it shows."""


def executed(
    convention: Convention, library: str | Path, tickets: Sequence[Ticket], rules: str
) -> list[bool]:
    """Which tickets the skills of a library settle, the best fitting first."""
    hits = []
    with Library(library, create=False) as found:
        skills = {
            each.skill.name: shown(each.skill) if rules == "visible" else each.skill
            for each in found.skills()
        }
        for ticket in tickets:
            best = [hit.skill for hit in found.search(ticket.text, k=len(skills))] if skills else []
            desk = Desk(convention, ticket)
            execute([skills[name] for name in dict.fromkeys([*best, *sorted(skills)])], desk)
            hits.append(desk.reward() == 1)
    return hits
