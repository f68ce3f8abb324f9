"""Why an execution failed: what it did against what the task needed, and what its rules knew."""

from collections.abc import Sequence
from typing import Literal

from trace2skill.claims.model import ActionPattern, Constant, Known, Rule
from trace2skill.claims.traversal import TASK, fact_keys
from trace2skill.claims.view import View
from trace2skill.policies.knowledge import Knowledge
from trace2skill.skills.execution import Execution
from trace2skill.traces.model import Action, Actor, Frozen

Call = tuple[Actor, Action]
Cause = Literal[
    "missing rule",
    "wrong slot",
    "unread fact",
    "vetoed",
    "condition too narrow",
    "wrong order",
    "needless call",
    "unexplained",
]


class Fault(Frozen):
    """The first thing that a failed run did otherwise than the task needed, and why."""

    cause: Cause
    tool: str = ""
    detail: str = ""


def fault(
    run: Execution, knowledge: Knowledge, gold: Sequence[Call], free: frozenset[str] = frozenset()
) -> Fault:
    """Classify a failed run by the first needed call that it did not make.

    - missing rule: no rule of the skills could have made the call;
    - wrong slot: the tool was called, with other arguments;
    - unread fact: a rule for the call speaks of a fact that the run never read;
    - vetoed: a guard, a pitfall or a missing approval stood against it;
    - condition too narrow: the facts were read and the rule's condition held at no step;
    - wrong order: the call was due and the run ended first, or all calls were made in another order;
    - needless call: all were made, and one that the task did not need.

    Args:
        run: The failed run.
        knowledge: What its skills knew.
        gold: The calls that the task needs, in order.
        free: Arguments whose text does not matter.
    """
    made = [(step.actor, step.action) for step in run.trace.steps if step.action]
    keys = [_key(call, free) for call in made]
    missed = next((call for call in gold if _key(call, free) not in keys), None)
    if missed is not None:
        return _missed(missed, run, knowledge, [call for call in made if call not in gold])
    wanted = [_key(call, free) for call in gold]
    firsts = [keys.index(each) for each in wanted]
    if firsts != sorted(firsts):
        late = next(at for at in range(1, len(firsts)) if firsts[at] < firsts[at - 1])
        return Fault(cause="wrong order", tool=gold[late][1].tool)
    ruled = {entry.step for entry in run.report if entry.rule}
    needless = [made[at][1] for at, key in enumerate(keys) if at in ruled and key not in wanted]
    if needless:
        return Fault(cause="needless call", tool=needless[0].tool)
    return Fault(cause="unexplained")


def _missed(call: Call, run: Execution, knowledge: Knowledge, others: Sequence[Call]) -> Fault:
    actor, action = call
    able = [rule for rule in (*knowledge.rules, *knowledge.further) if _could(rule.then, call)]
    if not able:
        return Fault(cause="missing rule", tool=action.tool)
    if any(other.tool == action.tool and who == actor and _sister(able, other) for who, other in others):
        return Fault(cause="wrong slot", tool=action.tool)
    view = View(run.trace, knowledge.vocabulary)
    unread = sorted({key for rule in able for key in _unread(rule, view)})
    if unread and not any(view.truth(rule.when).any() for rule in able):
        return Fault(cause="unread fact", tool=action.tool, detail=unread[0])
    if any(entry.step is None and entry.action.tool == action.tool for entry in run.report):
        return Fault(cause="vetoed", tool=action.tool)
    if any(view.truth(rule.when).any() for rule in able):
        return Fault(cause="wrong order", tool=action.tool, detail=f"due, and the run was {run.ending}")
    return Fault(cause="condition too narrow", tool=action.tool, detail=able[0].when.model_dump_json())


def _could(pattern: ActionPattern, call: Call) -> bool:
    """Whether the pattern makes such a call for some value of its slots."""
    actor, action = call
    if pattern.tool != action.tool or (pattern.actor or Actor.AGENT) != actor:
        return False
    bound = dict(pattern.arguments)
    return all(
        name in bound and (not isinstance(bound[name], Constant) or bound[name] == Constant(value=value))
        for name, value in action.arguments.items()
    )


def _sister(rules: Sequence[Rule], other: Action) -> bool:
    """Whether one of the rules made the other call too: the same constants, other values in its slots."""
    return any(_could(rule.then, (rule.then.actor or Actor.AGENT, other)) for rule in rules)


def _unread(rule: Rule, view: View) -> list[str]:
    keys = [key for key in fact_keys(rule) if key not in {TASK, "utterance"}]
    return [key for key in keys if not view.truth(Known(key=key)).any()]


def _key(call: Call, free: frozenset[str]) -> str:
    arguments = {name: value for name, value in sorted(call[1].arguments.items()) if name not in free}
    return f"{call[0]} {Action(tool=call[1].tool, arguments=arguments).model_dump_json()}"
