"""Plan: assign all traces to families and decide which families must be mined."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain

from langgraph.runtime import Runtime

from trace2skill.claims.model import Claim
from trace2skill.errors import SettingError
from trace2skill.evidence.lift_tests import drawn
from trace2skill.evidence.measure import measure
from trace2skill.evidence.rows import Row, TraceFacts
from trace2skill.facts.held import MOST_HELD
from trace2skill.mining.pool import room, sample, trace_facts
from trace2skill.mining.roster import Analyst
from trace2skill.mining.task_features import Brief, compact
from trace2skill.nodes.artifacts import Artifacts, JoinedRuns, Members
from trace2skill.nodes.engines import engine
from trace2skill.nodes.models import NO_MODELS, Models
from trace2skill.nodes.pools import choose, siblings
from trace2skill.nodes.settings import DistillSettings, settings
from trace2skill.nodes.settling import Assigned, Known, Settled, assign, settle
from trace2skill.nodes.shards import Shard, briefs, shards
from trace2skill.nodes.state import DistillState, MineTask
from trace2skill.skills.model import Skill
from trace2skill.skills.refusals import Refusals, basis
from trace2skill.store.library import Library
from trace2skill.store.records import StoredSkill
from trace2skill.store.traces import release

FEW_TASKS = 30
"""A family with fewer tasks is mined together with other runs of its domain, since its own are too few."""


def plan(
    state: DistillState,
    runtime: Runtime[DistillSettings],
    *,
    roster: Sequence[Analyst],
    models: Models = NO_MODELS,
) -> DistillState:
    """Plan one task for each due family and analyst.

    Families are formed over the traces of the library and the run together, so that the result does not
    depend on how the traces were split over runs. A family is due unless some version of a skill, even one
    rolled back, retired or rejected since, rests on exactly its traces, and the run changed no label of them.

    In a domain whose families stand (`nodes/settling.py`), new runs join them, and a family is due when its
    evidence has moved; until then its new runs wait.

    Raises:
        SettingError: The settings name an analyst that the roster does not have.
        IndexMismatchError: The library's index was made with another embedding, so that nothing found could
            be indexed.
    """
    context = settings(runtime)
    analysts = _chosen(roster, context.analysts)
    run, number = state["run"], state.get("round", 0) + 1
    with models.library(context) as library:
        generation = library.generation
        traces = _briefs(context, run, library)
        known = Known(library.trace_facts(), library.increments.joined())
        anew = context.again or bool(state.get("libraries"))
        assigned = assign(traces, known, holdout=context.holdout, anew=anew)
        standing = _settled(run, library, traces, assigned, known)
        waiting = {each.trace for each in standing.waiting}
        mined = [trace for trace in traces if trace.hash not in waiting]
        families = _members(mined, assigned.families, context.holdout)
        relabelled = {trace for trace, changed in library.judged(run).items() if changed}
        due = sorted(families) if context.again else _due(families, library, assigned.standing, relabelled)
        due = sorted({*due, *standing.due})
        if due:
            library.check_index()
        obsolete = _obsolete(families, library)
    artifacts = Artifacts(context.library, run)
    artifacts.clear()
    artifacts.put_joined(
        JoinedRuns(
            joined=tuple(each for each in standing.waiting if each != known.joined.get(each.trace)),
            settled=assigned.settled,
        )
    )
    for family in due:
        artifacts.put_members(family, _with_measured_neighbours(families[family], set(due), known.facts))
    runtime.stream_writer({"stage": "plan", "families": len(due), "tasks": len(due) * len(analysts)})
    return {
        "round": number,
        "generation": generation,
        "families": {family: len(families[family].facts) for family in due},
        "obsolete": obsolete,
        "joined": dict(sorted(Counter(each.family for each in standing.waiting).items())),
        "formed": list(assigned.formed),
        "tasks": [
            MineTask(run=run, round=number, family=family, analyst=name)
            for family in due
            for name in analysts
        ],
        "dispatched": 0,
    }


def _briefs(context: DistillSettings, run: str, library: Library) -> list[Brief]:
    """The briefs of all runs, sorted by hash; those not in the library yet are made, and kept there.

    Those of runs whose outcome this run has judged, or unjudged, are its own until it commits.
    """
    hashes, known = library.trace_hashes(run), library.increments.briefs()
    judged = library.judged(run)
    missing = [trace for trace in hashes if trace not in known or trace in judged]
    jobs = (Shard(context.library, run, shard) for shard in shards(missing))
    with engine(context.engine, context.workers) as opened:
        made = list(chain.from_iterable(opened.map(briefs, jobs)))
    library.increments.keep_briefs(each for each in made if each.hash not in judged)
    known |= {each.hash: each for each in made}
    if len(made) > MOST_HELD:
        release()  # to make room for those that are mined
    return compact(known[trace] for trace in hashes)


def _settled(
    run: str,
    library: Library,
    traces: Sequence[Brief],
    assigned: Assigned,
    known: Known,
) -> Settled:
    """Which standing families are due, and which runs wait in the others."""
    members: defaultdict[str, list[Brief]] = defaultdict(list)
    for trace in traces:
        if (family := assigned.families[trace.hash]) in assigned.standing:
            members[family].append(trace)
    if not members:
        return Settled(frozenset(), ())

    def measure_runs(claims: Iterable[Claim], hashes: Iterable[str]) -> Iterator[Row]:
        return measure(claims, library.traces(hashes, run=run))

    return settle(members, _bases(library), known, measure_runs)


def _bases(library: Library) -> dict[str, Skill | None]:
    """For each family with a skill the version that rests on most traces; None if one was forgotten since."""
    versions: defaultdict[str, list[Skill]] = defaultdict(list)
    for stored in library.skills(status=None):
        history = library.history(stored.skill.name)
        for family in {each.skill.family for each in history if each.skill.traces}:
            versions[family] += [each.skill for each in _since_forget(history) if each.skill.family == family]
    return {
        family: max(found, key=lambda skill: len(skill.traces), default=None)
        for family, found in versions.items()
    }


def _members(traces: Sequence[Brief], assigned: Mapping[str, str], holdout: float) -> dict[str, Members]:
    facts: defaultdict[str, list[TraceFacts]] = defaultdict(list)
    for trace in traces:
        family = assigned[trace.hash]
        held_out = drawn(trace.stratum, holdout, "holdout")
        facts[family].append(trace_facts(trace, family, held_out=held_out))
    domains = {assigned[trace.hash]: trace.domain for trace in traces}
    found = {family: Members(facts=tuple(facts[family])) for family in sorted(facts)}
    by_domain: defaultdict[str, dict[str, Members]] = defaultdict(dict)
    for family, members in found.items():
        if (domain := domains[family]) is not None:
            by_domain[domain][family] = members
    for within in by_domain.values():
        further = sample(sorted(chain.from_iterable(members.mined for members in within.values())))
        for together in _mined_together(within):
            found |= _neighbours(together, within, further)
    chosen = choose(traces, assigned)
    return {
        family: members.model_copy(
            update={"siblings": siblings(family, chosen.get(domains[family] or "", {}))}
        )
        for family, members in found.items()
    }


def _mined_together(domain: Mapping[str, Members]) -> Iterator[list[str]]:
    """A domain's families of few tasks in groups that are mined together, as large as a pool has room for."""
    group: list[str] = []
    taken = 0
    for family, members in domain.items():
        if len({fact.stratum for fact in members.facts}) < FEW_TASKS:
            size = len(sample(members.mined))
            if group and not room(taken + size):
                yield group
                group, taken = [], 0
            group.append(family)
            taken += size
    if group:
        yield group


def _neighbours(
    together: Sequence[str], domain: Mapping[str, Members], further: Sequence[str]
) -> dict[str, Members]:
    """The members of families mined together, with the others' runs, and further ones if there is room.

    Args:
        together: The families.
        domain: All families of the domain.
        further: Other runs of the domain that may be added.
    """
    known = {fact.trace: fact for members in domain.values() for fact in members.facts}
    own = {family: sample(domain[family].mined) for family in together}
    theirs = {run for family in together for run in domain[family].mined}
    ground = set(chain.from_iterable(own.values()))
    ground.update(sample([run for run in further if run not in theirs], beside=len(ground)))
    neighbours = {family: sorted(ground.difference(domain[family].hashes)) for family in together}
    return {
        family: domain[family].model_copy(update={"neighbours": tuple(known[run] for run in runs)})
        for family, runs in neighbours.items()
    }


def _with_measured_neighbours(
    members: Members, due: Collection[str], measured: Mapping[str, TraceFacts]
) -> Members:
    """The members, with the stored facts of those neighbours whose families are not due."""
    neighbours = (
        fact if fact.family in due else measured.get(fact.trace, fact) for fact in members.neighbours
    )
    return members.model_copy(update={"neighbours": tuple(neighbours)})


def _due(
    families: dict[str, Members],
    library: Library,
    standing: Collection[str],
    relabelled: AbstractSet[str],
) -> list[str]:
    """Families, not standing, on whose present traces no version of a skill and no rejected skill rests.

    Families with new labels are due in any case.

    Versions up to the last one from which a trace was forgotten do not count, since their policies are gone.
    """
    names = [stored.skill.name for stored in library.skills(status=None)]
    versions = [stored.skill for name in names for stored in _since_forget(library.history(name))]
    settled = {(skill.family, skill.traces, skill.policy.traces) for skill in versions}
    refused = Refusals(library.refusals()).settled()
    return [
        family
        for family, members in sorted(families.items())
        if not relabelled.isdisjoint(members.ground)
        or (
            family not in standing
            and (family, members.hashes, members.ground) not in settled
            and (family, basis(members.hashes)) not in refused
        )
    ]


def _since_forget(history: Sequence[StoredSkill]) -> Sequence[StoredSkill]:
    """The versions after the last one that forgot a trace; `history` is oldest first."""
    forgotten = [at for at, stored in enumerate(history) if stored.operation == "forget"]
    return history[forgotten[-1] + 1 :] if forgotten else history


def _obsolete(families: dict[str, Members], library: Library) -> list[str]:
    """The names of distilled skills whose family no longer exists."""
    skills = [stored.skill for stored in library.skills(status=None) if stored.status != "retired"]
    return [skill.name for skill in skills if skill.traces and skill.family not in families]


def _chosen(roster: Iterable[Analyst], names: Sequence[str]) -> list[str]:
    known = [analyst.name for analyst in roster]
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise SettingError(f"no analyst {unknown[0]!r}; choose from {', '.join(known)}")
    return [name for name in known if not names or name in names]
