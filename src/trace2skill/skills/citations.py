"""Resolve a rule's citations: the cited steps of the traces, with the steps before them."""

from collections.abc import Callable, Mapping
from typing import Literal

import orjson
from pydantic import Field, JsonValue

from trace2skill.errors import LibraryError
from trace2skill.evidence.rows import Citation
from trace2skill.skills.model import SkillRule
from trace2skill.traces.model import Frozen, Label, Step, Trace
from trace2skill.wording.escape import one_line

TEXT_LIMIT = 400
MISSING_TRACE = "the library no longer holds this trace"


class CitedStep(Frozen):
    """One citation, resolved. If it no longer resolves, `step` is None and `missing` says why.

    `judged`: a model judged the outcome of the run.
    """

    citation: Citation
    role: Literal["held", "broken", "quoted"]
    task: str = ""
    source: str = Field("", description="where the run was read, and what took it into the library")
    outcome: Label = Label.UNKNOWN
    judged: bool = False
    before: tuple[Step, ...] = ()
    step: Step | None = None
    missing: str = ""


def cited_steps(
    rule: SkillRule, load: Callable[[str], Trace], *, around: int = 1, taken: Mapping[str, str] | None = None
) -> list[CitedStep]:
    """The rule's citations in order: where it held, where it did not, what it quotes.

    Args:
        rule: The rule.
        load: Returns the trace of a content hash; raises LookupError or LibraryError if there is none.
        around: How many steps before each cited step to include.
        taken: What took the traces in, by hash.

    Returns:
        One record per citation; one that does not resolve says why.
    """
    held = rule.finding.held_at if rule.finding else ()
    broken = rule.finding.broken_at if rule.finding else ()
    found = [
        *(_resolve(citation, "held", load, around) for citation in held),
        *(_resolve(citation, "broken", load, around) for citation in broken),
        *(_resolve(citation, "quoted", load, around) for citation in rule.quotes),
    ]
    doors = taken or {}
    return [
        each.model_copy(update={"source": f"{each.source}; taken in by {doors[each.citation.trace]}"})
        if each.source and each.citation.trace in doors
        else each
        for each in found
    ]


def citations_text(rule: SkillRule, cited: list[CitedStep], *, limit: int = TEXT_LIMIT) -> str:
    """The cited steps as plain text for a terminal; texts are cut in the middle to `limit` characters."""
    parts = [f"{rule.name} [{rule.tier}] {one_line(rule.text)}\n"]
    parts += ["\n".join(_lines(entry, limit)) + "\n" for entry in cited]
    if not cited:
        parts.append("This rule cites no step.\n")
    return "\n".join(parts)


def cut_middle(text: str, limit: int, mark: str = " [... {} characters cut ...] ") -> str:
    """The text, with its middle replaced by `mark` if that makes it shorter.

    Args:
        text: The text.
        limit: How many characters to keep, half at each end.
        mark: What replaces the middle; `{}` is the number of characters cut.
    """
    head, tail = (limit + 1) // 2, limit // 2
    ends = f"{text[:head]}{mark.format(len(text) - limit)}{text[len(text) - tail :]}"
    return ends if len(text) > len(ends) else text


def _resolve(
    citation: Citation, role: Literal["held", "broken", "quoted"], load: Callable[[str], Trace], around: int
) -> CitedStep:
    try:
        trace = load(citation.trace)
    except (LookupError, LibraryError):
        return CitedStep(citation=citation, role=role, missing=MISSING_TRACE)
    place = next((place for place, step in enumerate(trace.steps) if step.index == citation.step), None)
    return CitedStep(
        citation=citation,
        role=role,
        task=trace.task,
        source=str(trace.source) if trace.source.path else "",
        outcome=trace.outcome.label,
        judged=trace.outcome.judged,
        before=() if place is None else trace.steps[max(0, place - around) : place],
        step=None if place is None else trace.steps[place],
        missing=""
        if place is not None
        else f"the trace has no step {citation.step}, only {len(trace.steps)} steps",
    )


def _lines(cited: CitedStep, limit: int) -> list[str]:
    title = {"held": "Held", "broken": "Did not hold", "quoted": "Quoted"}[cited.role]
    by = ", as a model judged" if cited.judged else ""
    lines = [f"{title} at {cited.citation} (run ended: {cited.outcome}{by})"]
    if cited.task:
        lines.append(f"  task: {cut_middle(one_line(cited.task), limit)}")
    if cited.source:
        lines.append(f"  from: {cut_middle(one_line(cited.source), limit)}")
    if cited.step is None:
        return [f"{title} at {cited.citation}: {cited.missing}"]
    for step in (*cited.before, cited.step):
        lines += _step(step, " >" if step is cited.step else "  ", limit)
    return lines


def _step(step: Step, mark: str, limit: int) -> list[str]:
    lines = [f"{mark} #{step.index} {step.actor} ({step.outcome})"]
    fields = (
        ("thought", step.thought),
        ("said", step.text),
        ("did", _action(step)),
        ("saw", _text(step.observation)),
    )
    return lines + [f"       {label}: {cut_middle(one_line(text), limit)}" for label, text in fields if text]


def _action(step: Step) -> str:
    if not step.action:
        return ""
    arguments = (f"{name}={_json(value)}" for name, value in step.action.arguments.items())
    return f"{step.action.tool}({', '.join(arguments)})"


def _text(value: JsonValue) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else _json(value)


def _json(value: JsonValue) -> str:
    return orjson.dumps(value).decode()
