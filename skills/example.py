"""The worked example: one successful run that the rules cite, cut to the steps that show them."""

from collections.abc import Sequence

import orjson
from pydantic import JsonValue

from trace2skill.claims.evidence import Citation
from trace2skill.skills.anatomy import keys_of, slots_of
from trace2skill.skills.marks import literal, shortened
from trace2skill.skills.model import ExampleStep, ModuleName, SkillRule
from trace2skill.traces.model import Action, Label, Step, Trace

MOST_STEPS = 12
OBSERVATION_LIMIT = 160
TASK_LIMIT = 400


def worked_example(
    rules: Sequence[SkillRule], traces: Sequence[Trace]
) -> tuple[str, tuple[ExampleStep, ...]]:
    """The task and the steps of the run to learn from: successful, citing most rules, then shortest.

    Returns:
        Task text (shortened) and at most twelve steps, each with its citation; ("", ()) without a success.
    """
    cited = _cited_steps(rules)
    successes = [trace for trace in traces if trace.outcome.label is Label.SUCCESS and _acts(trace)]
    if not successes:
        return "", ()
    best = min(successes, key=lambda t: (-_rules_shown(t.hash, rules), len(t.steps), t.hash))
    named = _named_fields(rules)
    steps = tuple(_line(best, step, named) for step in _kept(best, cited.get(best.hash, [])))
    return shortened(best.task, TASK_LIMIT), steps


def _cited_steps(rules: Sequence[SkillRule]) -> dict[str, list[int]]:
    """Cited steps by trace, those of the first rules first."""
    cited: dict[str, list[int]] = {}
    for rule in rules:
        for citation in _places(rule):
            cited.setdefault(citation.trace, []).append(citation.step)
    return cited


def _places(rule: SkillRule) -> tuple[Citation, ...]:
    """Where a rule is shown at work; a pitfall is no step to imitate."""
    if rule.module is ModuleName.PITFALLS:
        return ()
    return rule.finding.held_at if rule.finding else rule.quotes


def _rules_shown(trace: str, rules: Sequence[SkillRule]) -> int:
    return sum(any(citation.trace == trace for citation in _places(rule)) for rule in rules)


def _acts(trace: Trace) -> list[Step]:
    return [step for step in trace.steps if step.action]


def _kept(trace: Trace, cited: Sequence[int]) -> list[Step]:
    """Cited steps, then the first call of every other tool, then further calls, up to the limit."""
    acts = {step.index: step for step in _acts(trace)}
    chosen = dict.fromkeys(index for index in cited if index in acts)
    tools = {action.tool for index in chosen if (action := acts[index].action)}
    for index, step in acts.items():
        if step.action and step.action.tool not in tools:
            tools.add(step.action.tool)
            chosen.setdefault(index)
    chosen.update(dict.fromkeys(acts))
    return [acts[index] for index in sorted(list(chosen)[:MOST_STEPS])]


def _named_fields(rules: Sequence[SkillRule]) -> frozenset[str]:
    """Names of the record fields that the rules read: the parts of their fact keys and slot sources."""
    claims = [rule.finding.claim for rule in rules if rule.finding]
    keys = {key for claim in claims for key in keys_of(claim)}
    keys |= {source for claim in claims for slot in slots_of(claim) for source in slot.sources}
    return frozenset(part for key in keys for part in key.split("."))


def _line(trace: Trace, step: Step, named: frozenset[str]) -> ExampleStep:
    assert step.action
    return ExampleStep(
        citation=Citation(trace.hash, step.index),
        actor=step.actor.value,
        action=performed(step.action),
        observation=_seen(step.observation, named),
    )


def performed(action: Action) -> str:
    """The call with its values: `pay(bill_id = "B12")`."""
    values = (
        f"{name} = {_json(value) if isinstance(value, dict | list) else literal(value)}"
        for name, value in action.arguments.items()
    )
    return f"{action.tool}({', '.join(values)})"


def _seen(observation: JsonValue, named: frozenset[str]) -> str:
    if observation is None:
        return ""
    if isinstance(observation, str):
        return shortened(observation, OBSERVATION_LIMIT)
    relevant = _relevant(observation, named)
    return "…" if relevant is None else _json(relevant)


def _relevant(value: JsonValue, named: frozenset[str], *, keep: bool = True) -> JsonValue:
    """A record with only the fields that rules read, `…` for the rest: shorter, and little personal data."""
    match value:
        case dict():
            parts = {key: _relevant(inner, named, keep=key in named) for key, inner in value.items()}
            kept: dict[str, JsonValue] = {key: part for key, part in parts.items() if part is not None}
            if kept and len(kept) < len(value):
                kept["…"] = "…"
            return kept or None
        case list():
            return [
                part for inner in value if (part := _relevant(inner, named, keep=keep)) is not None
            ] or None
        case _:
            return value if keep else None


def _json(value: JsonValue) -> str:
    return shortened(orjson.dumps(value).decode(), OBSERVATION_LIMIT)
