"""The pages about one skill: its playbook with the evidence, its rules, its versions; and cited runs."""

import difflib
from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

import orjson
from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import Response

from trace2skill.errors import LibraryError
from trace2skill.skillmd.review import read_by_people
from trace2skill.skills.citations import cited_steps
from trace2skill.skills.compare import SkillDiff, diff
from trace2skill.skills.playbook import PlaybookLine, sections
from trace2skill.store.library import Library
from trace2skill.store.records import StoredSkill
from trace2skill.traces.model import Step, Trace
from trace2skill.ui.desk import AbsentError, Desk, rule_of, standing
from trace2skill.ui.evidence import RuleEvidence, rule_evidence
from trace2skill.ui.rendering import number, page
from trace2skill.wording.claims import sentence
from trace2skill.wording.escape import bare
from trace2skill.wording.evidence import numbers

HEADINGS = {"parameters": "Values", "example": "Worked example"}
"""Fields of a skill that people read under a heading of the playbook."""
LONGEST_CALL = 120
"""Characters of a call that is written on one line."""
AROUND = 3
"""Steps that a run's page shows open before and after the one that was asked for."""
BEFORE = 2
"""Steps that a rule's page shows before each cited one."""


class StepShown(NamedTuple):
    """A step of a run as a page shows it, and whether it is the one that is cited.

    `call` has the arguments on its line; where they are long, they are apart, as indented JSON.
    """

    step: Step
    call: str
    arguments: str
    observation: str
    cited: bool


def skill_page(request: Request) -> Response:
    """The playbook as people read it; every sentence opens its evidence."""
    desk, stored = asked_for(request)
    skill = stored.skill
    facts = desk.kept("facts", Library.trace_facts)
    rejected = desk.read(lambda library: library.rejections(skill.family))
    evidence = {rule.name: rule_evidence(rule, facts) for rule in (*skill.rules, *skill.background)}
    return page(
        request,
        "skill.html",
        **heading(desk, stored),
        parts=[(section.heading, list(_grouped(section.lines, evidence))) for section in sections(skill)],
        background=[evidence[rule.name] for rule in skill.background],
        rejected=[(each.reason, sentence(each.finding.claim), numbers(each.finding)) for each in rejected],
    )


def _grouped(
    lines: tuple[PlaybookLine, ...], evidence: dict[str, RuleEvidence]
) -> Iterator[tuple[str, list[tuple[str, RuleEvidence | None]]]]:
    """The lines as paragraphs and lists: `p`, `ol` or `ul`, and the texts of it with their evidence."""
    for kind, block in groupby(lines, key=lambda line: {"": "p", "-": "ul"}.get(line.mark, "ol")):
        yield kind, [(line.text, evidence[line.rule.name] if line.rule else None) for line in block]


def rule_page(request: Request) -> Response:
    """One rule with the steps it cites, and what came before them."""
    desk, stored = asked_for(request)
    rule = rule_of(stored, request.path_params["rule"])
    cited = desk.read(lambda library: cited_steps(rule, library.trace, around=BEFORE))
    facts = desk.kept("facts", Library.trace_facts)
    return page(
        request,
        "rule.html",
        **heading(desk, stored),
        evidence=rule_evidence(rule, facts),
        cited=[
            (each, [_shown(step, cited=step is each.step) for step in (*each.before, each.step) if step])
            for each in cited
        ],
    )


def trace_page(request: Request) -> Response:
    """A run step by step; with a step asked for, that one and its surroundings are open."""
    desk: Desk = request.app.state.desk
    trace = desk.read(lambda library: _trace(library, request.path_params["trace"]))
    places = {step.index: place for place, step in enumerate(trace.steps)}
    asked = number(request, "step", -1)
    at = places.get(asked)
    if at is None:
        parts = [("", trace.steps)]
    else:
        start, end = max(0, at - AROUND), min(len(trace.steps), at + AROUND + 1)
        parts = [("before", trace.steps[:start]), ("", trace.steps[start:end]), ("after", trace.steps[end:])]
    return page(
        request,
        "trace.html",
        trace=trace,
        asked=asked,
        missing=asked >= 0 and at is None,
        parts=[
            (name, [_shown(step, cited=step.index == asked) for step in steps])
            for name, steps in parts
            if steps
        ],
        skill=request.query_params.get("skill", ""),
        rule=request.query_params.get("rule", ""),
        version=number(request, "version", 0) or None,
        start=_json(trace.initial_observation),
    )


def versions_page(request: Request) -> Response:
    """The versions of a skill, and what changed from one to another, and why."""
    desk, stored = asked_for(request)
    history = desk.history(stored.skill.name)
    last = history[-1].version
    new = min(number(request, "new", last), last)
    old = number(request, "old", max(1, new - 1))
    by_number = {each.version: each for each in history}
    if not {old, new} <= by_number.keys():
        raise AbsentError(f"{stored.skill.name} has no such versions to compare")
    older, newer = by_number[old], by_number[new]
    changes = diff(read_by_people(older.skill), read_by_people(newer.skill)) if old != new else None
    return page(
        request,
        "versions.html",
        **heading(desk, stored),
        history=history[::-1],
        older=older,
        newer=newer,
        changes=changes,
        texts=list(_texts(older, newer, changes)) if changes else [],
        why=_reasons(desk, newer, changes) if changes else {},
        steps=[each for each in history if old < each.version <= new or new <= each.version < old],
    )


def _texts(older: StoredSkill, newer: StoredSkill, changes: SkillDiff) -> Iterator[tuple[str, list[str]]]:
    """What changed besides the rules: a name, and the lines of a diff of what people read there."""
    for change in changes.fields:
        name, old, new = change.field.replace("_", " "), change.old, change.new
        if heading := HEADINGS.get(change.field):
            name, old, new = heading, _read_under(heading, older), _read_under(heading, newer)
        lines = difflib.unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm="")
        yield name, [line for line in list(lines)[2:] if not line.startswith("@@")]


def _read_under(heading: str, stored: StoredSkill) -> str:
    """The lines of the playbook under a heading."""
    found = (section.lines for section in sections(stored.skill) if section.heading == heading)
    return "\n".join(bare(line.text.replace("**", "")) for lines in found for line in lines)


def _reasons(desk: Desk, newer: StoredSkill, changes: SkillDiff) -> dict[str, str]:
    """Why rules are no longer there, by the rule's name, where the library knows."""
    rejected = desk.read(lambda library: library.rejections(newer.skill.family))
    reasons = {each.finding.id: each.reason for each in rejected}
    for refusal in desk.read(Library.refusals):
        said = f": {refusal.reason}" if refusal.reason else ""
        reasons |= {rule.claim: f"rejected at a review{said}" for rule in refusal.rules if rule.claim}
    return {
        rule.name: reasons[rule.finding.id]
        for rule in changes.removed
        if rule.finding and rule.finding.id in reasons
    }


def asked_for(request: Request) -> tuple[Desk, StoredSkill]:
    """The desk, and the version of a skill that the address names.

    Raises:
        AbsentError: There is none.
    """
    desk: Desk = request.app.state.desk
    version = number(request, "version", 0) or None
    return desk, desk.skill(request.path_params["name"], version)


def heading(desk: Desk, stored: StoredSkill) -> dict[str, Any]:
    """What the head of every page about a skill shows."""
    current = desk.skill(stored.skill.name).version
    return {
        "stored": stored,
        "skill": stored.skill,
        "standing": standing(stored),
        "current": current,
        "asked_version": None if stored.version == current else stored.version,
    }


def _trace(library: Library, ref: str) -> Trace:
    try:
        return library.trace(ref)
    except LibraryError as error:
        raise AbsentError(str(error)) from error


def _shown(step: Step, *, cited: bool) -> StepShown:
    call, arguments = "", ""
    if step.action:
        given = step.action.arguments
        inside = ", ".join(f"{name} = {orjson.dumps(value).decode()}" for name, value in given.items())
        call = f"{step.action.tool}({inside})"
        if len(call) > LONGEST_CALL and given:
            call, arguments = step.action.tool, _json(given)
    return StepShown(step, call, arguments, _json(step.observation), cited)


def _json(value: JsonValue) -> str:
    """Text as it is, anything else as indented JSON; empty for nothing."""
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
