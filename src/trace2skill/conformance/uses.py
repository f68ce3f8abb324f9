"""Which skills a run was given or loaded, read off the run: its instructions, and what it opened."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from pydantic import JsonValue

from trace2skill.conformance.check import conform, rate
from trace2skill.conformance.model import Drift, Rate, Verdict
from trace2skill.evidence.statistics import Share
from trace2skill.skills.guidance_text import TAG
from trace2skill.skills.model import Skill
from trace2skill.traces.model import Frozen, Label, Step, Trace

_GIVEN = re.compile(rf'<{TAG} name="([^"]+)"')
_FILE = re.compile(r"([a-z0-9-]+)[/\\]SKILL\.md\b")
_DIGEST = re.compile(r"\bdigest:\s*'?([0-9a-f]{16})\b")
_LOADERS = re.compile(r"(?:^|[_.\W])(?:skills?|activate_skill|load_skill|read_skill)$", re.IGNORECASE)
"""Tools that load a skill by its name: Claude Code's, Gemini CLI's, opencode's, and our own."""


class Use(Frozen):
    """A skill in one run: given with the instructions, or `loaded` by the agent; its digest if told."""

    skill: str
    loaded: bool
    digest: str = ""


class SkillUsage(Frozen):
    """What runs made of one version of a skill; None is a version that the runs do not tell.

    `well` counts the runs with a known outcome that had the skill and went well, `without` those of the
    skill's family that did not have it.
    """

    skill: str
    version: int | None
    given: int = 0
    loaded: int = 0
    followed: Rate
    well: Rate
    without: Rate
    drift: Drift


def uses(trace: Trace, names: Collection[str]) -> list[Use]:
    """The skills of these names that a run had, each once, sorted by name."""
    found = {name: Use(skill=name, loaded=False) for name in _GIVEN.findall(trace.instructions or "")}
    for step in trace.steps:
        for name in _opened(step):
            digest = _DIGEST.search(str(step.observation))
            found[name] = Use(skill=name, loaded=True, digest=digest[1] if digest else "")
    return [found[name] for name in sorted(found.keys() & set(names))]


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
) -> list[SkillUsage]:
    """What the runs made of each skill, by version, sorted; a skill that no run had comes without a version.

    Args:
        skills: All versions of each skill, oldest first.
        traces: The runs.
        families: For each skill the task family of runs, by trace hash.
    """
    had: dict[tuple[str, int | None], list[tuple[Use, Trace]]] = {}
    runs = list(traces)
    for trace in runs:
        for use in uses(trace, skills):
            known = (number for number, skill in skills[use.skill] if skill.hash == use.digest)
            had.setdefault((use.skill, next(known, None)), []).append((use, trace))
    for name in skills.keys() - {name for name, _ in had}:
        had[name, None] = []
    found: list[SkillUsage] = []
    for name, version in sorted(had, key=lambda key: (key[0], key[1] or 0)):
        skill = dict(skills[name]).get(version or -1) or skills[name][-1][1]
        named = families.get(name, {})
        every = [each for (other, _), each in had.items() if other == name]
        with_it = {trace.hash for each in every for _, trace in each}
        others = (trace for trace in runs if trace.hash not in with_it)
        own = [trace for trace in others if (named.get(trace.hash) or trace.family) == skill.family]
        found.append(_measured(skill, version, had[name, version], own, named))
    return found


def _measured(
    skill: Skill,
    version: int | None,
    had: Sequence[tuple[Use, Trace]],
    others: Sequence[Trace],
    families: Mapping[str, str],
) -> SkillUsage:
    traces = [trace for _, trace in had]
    checked = conform(skill, traces, families=families)
    followed = checked.count(Verdict.FOLLOWED)
    loaded = sum(use.loaded for use, _ in had)
    return SkillUsage(
        skill=skill.name,
        version=version,
        given=len(had) - loaded,
        loaded=loaded,
        followed=rate(Share(followed, followed + checked.count(Verdict.DEVIATED))),
        well=_well(traces),
        without=_well(others),
        drift=checked.drift,
    )


def _well(traces: Iterable[Trace]) -> Rate:
    known = [trace.outcome.label for trace in traces if trace.outcome.label is not Label.UNKNOWN]
    return rate(Share(sum(label is Label.SUCCESS for label in known), len(known)))
