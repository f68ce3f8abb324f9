"""The policies of families: mined ground by ground, where the engine chooses, and left on the workbench."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from langgraph.runtime import Runtime

from trace2skill.mining.policy import mine_policy, narrowed
from trace2skill.nodes.context import DistillContext, settings
from trace2skill.nodes.engines import engine
from trace2skill.nodes.plan import Members
from trace2skill.nodes.pools import family_pool, ground_pool
from trace2skill.nodes.workbench import Workbench
from trace2skill.skills.policy import Policy


class Ground(NamedTuple):
    """Families whose policies are mined from the same runs."""

    library: str
    run: str
    families: tuple[str, ...]


def mine_policies(runtime: Runtime[DistillContext], run: str, families: Iterable[str]) -> None:
    """Have on the workbench a policy for each family; those that lie there already are not mined again."""
    context = settings(runtime)
    bench = Workbench(context.library, run)
    grounds: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for family in families:
        if not bench.has(Policy, family):
            members = bench.get(Members, family)
            grounds[members.ground if members.neighbours else (family,)].append(family)
    jobs = (Ground(context.library, run, tuple(together)) for together in grounds.values())
    with engine(context.engine, context.workers) as opened:
        for policies in opened.map(ground_policies, jobs):
            for family, policy in policies.items():
                bench.put(policy, family)
                runtime.stream_writer({"stage": "decide", "family": family})


def ground_policies(ground: Ground) -> dict[str, Policy]:
    """For each family the policy mined from its runs, or what concerns it of one mined from its ground.

    A ground with neighbours is mined once for all families that share it.
    """
    bench = Workbench(ground.library, ground.run)
    members = {family: bench.get(Members, family) for family in ground.families}
    pools = {family: family_pool(ground.library, ground.run, family) for family in ground.families}
    if not any(each.neighbours for each in members.values()):
        return {family: mine_policy(pool) for family, pool in pools.items()}
    hashes = members[ground.families[0]].ground
    shared = mine_policy(ground_pool(ground.library, ground.run, hashes))
    return {family: narrowed(shared, pool) for family, pool in pools.items()}
