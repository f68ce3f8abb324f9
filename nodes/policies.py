"""The policies of families: mined when first asked for, then found on the workbench."""

from trace2skill.mining.policy import mine_policy, narrowed
from trace2skill.nodes.plan import Members
from trace2skill.nodes.pools import family_pool, ground_pool
from trace2skill.nodes.workbench import Workbench
from trace2skill.skills.policy import Policy

SHARED = "a domain's"


def family_policy(library: str, run: str, family: str) -> Policy:
    """The policy mined from the family's runs, or what concerns it of one mined from its domain."""
    bench = Workbench(library, run)
    found = bench.find(Policy, family)
    if found is None:
        found = _mined(bench, library, run, family)
        bench.put(found, family)
    return found


def _mined(bench: Workbench, library: str, run: str, family: str) -> Policy:
    members, own = bench.get(Members, family), family_pool(library, run, family)
    if not members.neighbours:
        return mine_policy(own)
    shared = bench.find(Policy, SHARED, *members.ground)  # by what small families of one domain share
    if shared is None:
        shared = mine_policy(ground_pool(library, run, members.ground))
        bench.put(shared, SHARED, *members.ground)
    return narrowed(shared, own)
