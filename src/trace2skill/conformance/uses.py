"""Which skills a run was offered, given or loaded, read off the run.

Offered: its record names them (`langfuse.observation.skills_available`), or its instructions or tools list
them, as clients of Agent Skills do. Given: they are among its instructions. Loaded: it opened them, or its
record says so (`gen_ai.skill.name`).
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal

from pydantic import JsonValue

from trace2skill.conformance.check import conform, rate
from trace2skill.conformance.model import Drift, Rate, Verdict
from trace2skill.evidence.statistics import Share
from trace2skill.skills.guidance_text import TAG
from trace2skill.skills.model import Skill
from trace2skill.traces.model import Frozen, Label, Step, Trace

_GIVEN = re.compile(rf'<{TAG} name="([^"]+)"')
_FILE = re.compile(r"([a-z0-9-]+)[/\\]SKILL\.md\b")
_PASTED = re.compile(
    r"^name: '?\"?([a-z0-9-]+)(?:(?!^---|^name:).)*?^ +digest: '?([0-9a-f]{16})", re.DOTALL | re.MULTILINE
)
"""The frontmatter of a SKILL.md of ours."""

_LISTS = (
    re.compile(r"^- \*\*([a-z0-9-]+)\*\*: .*(?:\n  -> .*)*?\n  -> Read `[^`\n]*SKILL\.md`", re.MULTILINE),
    re.compile(r"<skill>\s*<name>\s*([a-z0-9-]+)\s*</name>"),
)
"""A skill in a list of what there is: deepagents', and the block that the Agent Skills format proposes."""

_DIGEST = re.compile(r"\bdigest:\s*'?([0-9a-f]{16})\b")
_LOADERS = re.compile(r"(?:^|[_.\W])(?:skills?|activate_skill|load_skill|read_skill)$", re.IGNORECASE)
"""Tools that load a skill by its name: Claude Code's, Gemini CLI's, opencode's, and our own."""


How = Literal["offered", "given", "loaded"]


class Use(Frozen):
    """A skill in one run: only on offer, given with the instructions, or loaded by the agent.

    Its digest, or the number of its version, where the run tells it.
    """

    skill: str
    how: How
    digest: str = ""
    version: str = ""


class SkillUsage(Frozen):
    """What runs made of one version of a skill; None is a version that the runs do not tell.

    `offered` counts the runs that could have had it, with those that were given it or loaded it. `well`
    counts the runs with a known outcome that had the skill and went well, `without` those of the skill's
    family that did not have it.
    """

    skill: str
    version: int | None
    offered: int = 0
    given: int = 0
    loaded: int = 0
    followed: Rate
    well: Rate
    without: Rate
    drift: Drift


def uses(trace: Trace, names: Collection[str]) -> list[Use]:
    """The skills of these names that a run was offered or had, each once, sorted by name."""
    found: dict[str, Use] = {}
    for use in _told(trace):
        found[use.skill] = _joined(found.get(use.skill), use)
    return [found[name] for name in sorted(found.keys() & set(names))]


def _told(trace: Trace) -> Iterator[Use]:
    """What a run tells of skills, the strongest last."""
    instructions = trace.instructions or ""
    for text in (instructions, *(tool.description for tool in trace.tools)):
        for listed in _LISTS:
            yield from (Use(skill=name, how="offered") for name in listed.findall(text))
    yield from _recorded(trace, "offered")
    yield from (Use(skill=name, how="given") for name in _GIVEN.findall(instructions))
    yield from (Use(skill=name, how="given", digest=digest) for name, digest in _PASTED.findall(instructions))
    yield from _recorded(trace, "loaded")
    for step in trace.steps:
        for name in _opened(step):
            digest = _DIGEST.search(str(step.observation))
            yield Use(skill=name, how="loaded", digest=digest[1] if digest else "")


def _recorded(trace: Trace, how: Literal["offered", "loaded"]) -> Iterator[Use]:
    for each in trace.skills:
        if each.how == how:
            yield Use(skill=each.name, how=how, version=each.version)


def _joined(first: Use | None, second: Use) -> Use:
    """Two things told of one skill: the second counts, with the version that the first tells."""
    if first is None:
        return second
    told = {"digest": second.digest or first.digest, "version": second.version or first.version}
    return second.model_copy(update=told)


def _opened(step: Step) -> Iterator[str]:
    if step.action is None:
        return
    by_name = bool(_LOADERS.search(step.action.tool))
    for text in _texts(step.action.arguments):
        yield from _FILE.findall(text)
        if by_name:
            yield text.removeprefix("/").strip()


def _texts(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def usage(
    skills: Mapping[str, Sequence[tuple[int, Skill]]],
    traces: Iterable[Trace],
    families: Mapping[str, Mapping[str, str]],
    registered: Mapping[tuple[str, str], int] | None = None,
) -> list[SkillUsage]:
    """What the runs made of each skill, by version, sorted; a skill that no run had comes without a version.

    Args:
        skills: All versions of each skill, oldest first.
        traces: The runs.
        families: For each skill the task family of runs, by trace hash.
        registered: The version by the name and number that a registry has it under, where it numbers its own.
    """
    met: dict[tuple[str, int | None], list[tuple[Use, Trace]]] = {}
    runs = list(traces)
    for trace in runs:
        for use in uses(trace, skills):
            version = _version(use, skills[use.skill], registered or {})
            met.setdefault((use.skill, version), []).append((use, trace))
    for name in skills.keys() - {name for name, _ in met}:
        met[name, None] = []
    found: list[SkillUsage] = []
    for name, version in sorted(met, key=lambda key: (key[0], key[1] or 0)):
        skill = dict(skills[name]).get(version or -1) or skills[name][-1][1]
        named = families.get(name, {})
        every = [each for (other, _), each in met.items() if other == name]
        with_it = {trace.hash for each in every for use, trace in each if use.how != "offered"}
        others = (trace for trace in runs if trace.hash not in with_it)
        own = [trace for trace in others if (named.get(trace.hash) or trace.family) == skill.family]
        found.append(_measured(skill, version, met[name, version], own, named))
    return found


def _version(
    use: Use, versions: Sequence[tuple[int, Skill]], registered: Mapping[tuple[str, str], int]
) -> int | None:
    """Which version a run had: by its digest, else by the number that the run tells."""
    if use.digest:
        return next((number for number, skill in versions if skill.hash == use.digest), None)
    told = registered.get((use.skill, use.version)) or (int(use.version) if use.version.isdecimal() else 0)
    return told if told in dict(versions) else None


def _measured(
    skill: Skill,
    version: int | None,
    met: Sequence[tuple[Use, Trace]],
    others: Sequence[Trace],
    families: Mapping[str, str],
) -> SkillUsage:
    traces = [trace for use, trace in met if use.how != "offered"]
    checked = conform(skill, traces, families=families)
    followed = checked.count(Verdict.FOLLOWED)
    loaded = sum(use.how == "loaded" for use, _ in met)
    return SkillUsage(
        skill=skill.name,
        version=version,
        offered=len(met),
        given=len(traces) - loaded,
        loaded=loaded,
        followed=rate(Share(followed, followed + checked.count(Verdict.DEVIATED))),
        well=_well(traces),
        without=_well(others),
        drift=checked.drift,
    )


def _well(traces: Iterable[Trace]) -> Rate:
    known = [trace.outcome.label for trace in traces if trace.outcome.label is not Label.UNKNOWN]
    return rate(Share(sum(label is Label.SUCCESS for label in known), len(known)))
