"""The policies of families: mined when first asked for, then found on the workbench.

It takes long and needs no answer of a model, so it is done before one is asked.
"""

from trace2skill.mining.policy import mine_policy, narrowed
from trace2skill.nodes.plan import Members
from trace2skill.nodes.pools import family_pool, ground_pool
from trace2skill.nodes.workbench import Workbench
from trace2skill.skills.policy import Policy


def family_policy(library: str, run: str, family: str) -> Policy:
    """The family's policy: mined from its runs, or what concerns it of one mined from its domain.

    What small families of one domain share is mined once.
    """
    bench = Workbench(library, run)
    found = bench.find(Policy, family)
    if found is None:
        found = _mined(library, run, family, bench)
        bench.put(found, family)
    return found


def _mined(library: str, run: str, family: str, bench: Workbench) -> Policy:
    own, members = family_pool(library, run, family), bench.get(Members, family)
    if not members.neighbours:
        return mine_policy(own)
    key = ("ground", *members.ground)
    shared = bench.find(Policy, *key)
    if shared is None:
        shared = mine_policy(ground_pool(library, run, members.ground))
        bench.put(shared, *key)
    return narrowed(shared, own)
