"""Compose a skill from findings without a model: select, order and word rules, and describe parameters."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import count
from types import MappingProxyType

from trace2skill.claims.model import Claim, Slot
from trace2skill.claims.traversal import actions_of, slots_of
from trace2skill.evidence.finding import Finding
from trace2skill.evidence.policy import Policy
from trace2skill.facts.untrusted_text import named, no_status
from trace2skill.skills import naming
from trace2skill.skills.changes import changes_of
from trace2skill.skills.example import worked_example
from trace2skill.skills.model import ModuleName, Parameter, Skill, SkillRule
from trace2skill.skills.naming import spelt, task_text, topics
from trace2skill.skills.selection import effects, module_of, select
from trace2skill.skills.whose import Whose, whose
from trace2skill.traces.model import Trace
from trace2skill.wording.claims import listed, statement
from trace2skill.wording.escape import code, italic
from trace2skill.wording.evidence import count as count_of
from trace2skill.wording.terms import stands_for_itself

NONE: Mapping[str, Whose] = MappingProxyType({})
NO_VALUES: Mapping[str, str] = MappingProxyType({})
_SHOWN_SOURCES = 3
_SOURCE_WORDS = {"task": "stated in the task", "utterance": "told by the user"}


def parameters(
    claims: Iterable[Claim], named: Mapping[str, Whose] = NONE, alike: Mapping[str, str] = NO_VALUES
) -> tuple[Parameter, ...]:
    """One parameter per slot whose name is not that of a fact or whose entity the task names, sorted by name.

    Sources are in the order of the claims. Parameters have no example values, since a value that fills a slot
    belongs to one run and may be personal; but one that was the same in all runs is told (`alike`, by name).
    """
    sources: dict[str, dict[str, None]] = {}
    for claim in claims:
        for slot in slots_of(claim):
            if _needs_words(slot) or slot.name in named:
                sources.setdefault(slot.name, {}).update(dict.fromkeys(slot.sources))
    return tuple(
        Parameter(
            name=name,
            description=_of_the_named(named[name])
            if name in named
            else _describe(name, list(found), alike.get(name, "")),
            sources=tuple(found),
        )
        for name, found in sorted(sources.items())
    )


def _alike(policy: Policy, traces: Sequence[Trace]) -> dict[str, str]:
    """Words that the task gave an argument in all of these runs alike, by the argument's name."""
    given = {(use.tool, use.name) for use in policy.uses}
    values: dict[str, set[object]] = {}
    calls = (step.action for trace in traces for step in trace.steps if step.action)
    for action in calls:
        for name, value in action.arguments.items():
            if (action.tool, name) in given:
                values.setdefault(name, set()).add(value if isinstance(value, str) else None)
    single = {name: next(iter(every)) for name, every in values.items() if len(every) == 1}
    admitted = {(use.name, value) for use in policy.uses for value in use.values}
    return {
        name: one
        for name, one in single.items()
        if isinstance(one, str) and (name, one) in admitted and no_status(one) is None
    }


def _of_the_named(found: Whose) -> str:
    by = f"whose {italic(found.key.rpartition('.')[2])}" if found.key else "that"
    return f"that of the {found.kind} {by} the task names ({found.kept} of {count_of(found.due, 'run')})."


def _needs_words(slot: Slot) -> bool:
    """Whether a rule shows the slot by its name alone and no source is a fact of that name."""
    read = any(source.rpartition(".")[2] == slot.name for source in slot.sources)
    return stands_for_itself(slot.name, slot) and not read


def _describe(name: str, sources: list[str], value: str) -> str:
    shown = sources[:_SHOWN_SOURCES]
    where = [words for source, words in _SOURCE_WORDS.items() if source in shown]
    if read := [_reading(source) for source in shown if source not in _SOURCE_WORDS]:
        where.append(f"read as {listed(read, 'or')}")
    if value and sources == ["task"]:
        return f"stated in the task; {code(value)} in every run."
    return f"{listed(where, 'or')}." if where else f"the {' '.join(name.replace('_', ' ').split())}."


def _reading(source: str) -> str:
    tool, says, _ = source.partition(" says: ")
    return f"a word of {code(tool)}'s reply" if says else italic(source)


INITIAL = {
    ModuleName.GOAL: "G",
    ModuleName.LOOK: "L",
    ModuleName.PROCEDURE: "P",
    ModuleName.CONDITIONS: "C",
    ModuleName.PITFALLS: "F",
}
SHOWN_TOOLS = 4


def compose(  # noqa: PLR0913 - keyword only but for what every skill needs
    family: str,
    findings: Sequence[Finding],
    traces: Sequence[Trace],
    *,
    policy: Policy | None = None,
    budget: int = 24,
    hashes: Sequence[str] | None = None,
    siblings: Mapping[str, Sequence[str]] | None = None,
    redacted: Collection[str] = (),
) -> Skill:
    """Compose the family's skill without a model; equal input in any order gives an equal skill.

    Args:
        family: The task family; it names the skill unless it is the key of a task.
        findings: What the analysts found. A claim found twice counts once, in its strongest form.
        traces: The family's traces, from which the findings were made; a sample if the family is large.
        policy: The decision list that the rules were taken from; it gives their order.
        budget: The most rules to keep.
        hashes: The hashes of all of the family's traces, sorted, if `traces` is a sample.
        siblings: Some task texts (`naming.task_text`) of each other family in its domain. Name and
            description distinguish the skill from these.
        redacted: The hashes of traces in which everything private was just replaced.

    Returns:
        A skill in which every rule rests on a finding; it has no rules if no finding is usable.
    """
    pool = sorted({trace.hash: trace for trace in traces}.values(), key=lambda trace: trace.hash)
    policy = policy or Policy()
    kept = select(findings, policy, budget)
    rules = numbered(
        SkillRule(name="P1", module=module_of(finding), text=statement(finding), finding=finding)
        for finding in kept
    )
    background = (
        SkillRule(name=f"E{number}", module=ModuleName.PROCEDURE, text=statement(finding), finding=finding)
        for number, finding in enumerate(effects(findings, kept), 1)
    )
    domain = _domain(pool)
    own = [trace for trace in pool if hashes is None or trace.hash in set(hashes)]
    about = topics([task_text(trace, redacted=trace.hash in redacted) for trace in own], siblings)
    words = spelt(naming.family_words(domain, family, about.phrases, pool), [trace.task for trace in pool])
    tools = _tools(kept)
    alike = _alike(policy, own)
    task, example = worked_example(rules, own, alike)
    return Skill(
        name=naming.skill_name(domain, family, about.phrases, pool),
        title=naming.title(domain, words),
        description=naming.description(domain, words, about, tools),
        when_to_use=naming.when_to_use(words, about, tools),
        family=family,
        domain=domain,
        tags=naming.tags(domain, words, about.phrases),
        parameters=parameters(
            [rule.finding.claim for rule in rules if rule.finding],
            whose((rule.finding.claim for rule in rules if rule.finding), own),
            alike,
        ),
        rules=rules,
        background=tuple(background),
        example=example,
        example_task=task,
        traces=tuple(trace.hash for trace in pool) if hashes is None else tuple(hashes),
        policy=policy,
        changes=changes_of(own, policy, rules),
    )


def numbered(rules: Iterable[SkillRule]) -> tuple[SkillRule, ...]:
    """The rules sorted by module; measured ones are renamed G1, L1, C1, ... without gaps, notes are not."""
    pool = list(rules)
    notes = {rule.name for rule in pool if rule.finding is None}
    named: list[SkillRule] = []
    for module in ModuleName:
        free = (name for n in count(1) if (name := f"{INITIAL[module]}{n}") not in notes)
        for rule in (rule for rule in pool if rule.module == module):
            named.append(rule.model_copy(update={"name": next(free)}) if rule.finding else rule)
    return tuple(named)


def _domain(traces: Sequence[Trace]) -> str:
    """The domain that all traces share; empty if they differ or it does not look like a name."""
    domains = {named(trace.domain) for trace in traces}
    return domains.pop() if len(domains) == 1 else ""


def _tools(kept: Sequence[Finding]) -> tuple[str, ...]:
    """The tools that most rules are about, at most `SHOWN_TOOLS`."""
    named = Counter(tool for f in kept for tool in {a.tool for a in actions_of(f.claim)} - {"*"})
    return tuple(sorted(named, key=lambda tool: (-named[tool], tool))[:SHOWN_TOOLS])
