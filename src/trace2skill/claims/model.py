"""The claim language: terms, predicates, action patterns and the kinds of claim.

Everything here is data: it is stored, shown, proposed by miners (or a model) and checked by `measure`.
Keys are general: `line.status` means the status of any line; `tool.errors` the errors of any tool.
"""

import hashlib
from typing import Annotated, Literal

import orjson
from pydantic import Field

from trace2skill.traces.model import Actor, Frozen

Scalar = str | int | float | bool | None
Quantifier = Literal["exists", "all", "last"]
Operator = Literal["=", "!=", "<", "<=", ">", ">=", "in", "not in", "matches"]


class Constant(Frozen):
    """A fixed value."""

    kind: Literal["constant"] = "constant"
    value: Scalar


class Anything(Frozen):
    """A wildcard: the argument may have any value, or be absent."""

    kind: Literal["anything"] = "anything"


class Slot(Frozen):
    """A value bound by data flow: it was seen earlier under one of `sources`.

    A source is a general fact key (`customer.customer_id`), `task` (it occurs in the task text) or
    `utterance` (the other side said it).
    """

    kind: Literal["slot"] = "slot"
    name: str
    sources: tuple[str, ...]


class Like(Frozen):
    """A value of a certain look: a regular expression that must match the whole value."""

    kind: Literal["like"] = "like"
    name: str
    pattern: str


ArgumentPattern = Annotated[Constant | Anything | Slot | Like, Field(discriminator="kind")]


class ActionPattern(Frozen):
    """A tool and what its arguments look like. `tool="*"` is any tool; unlisted arguments may be anything."""

    tool: str
    actor: Actor | None = None
    arguments: tuple[tuple[str, ArgumentPattern], ...] = ()


class FactTerm(Frozen):
    """The latest known value of a fact. With several entities the comparison's quantifier decides."""

    kind: Literal["fact"] = "fact"
    key: str


class ArgumentTerm(Frozen):
    """An argument of the action under test."""

    kind: Literal["argument"] = "argument"
    name: str


class OwnTerm(Frozen):
    """History of the very tool under test: calls so far, errors so far, whether its latest call failed."""

    kind: Literal["own"] = "own"
    attribute: Literal["calls", "errors", "failed"]


class CountTerm(Frozen):
    """How often an action was done before now."""

    kind: Literal["count"] = "count"
    action: ActionPattern


class SizeTerm(Frozen):
    """How many values a list-valued fact has, or how many entities carry the fact."""

    kind: Literal["size"] = "size"
    key: str


class Combined(Frozen):
    """The sum or product of two terms."""

    kind: Literal["combined"] = "combined"
    operator: Literal["+", "*"]
    left: "Term"
    right: "Term"


Term = Annotated[
    Constant | FactTerm | ArgumentTerm | OwnTerm | CountTerm | SizeTerm | Combined,
    Field(discriminator="kind"),
]


class Compare(Frozen):
    """A comparison of two terms. A side that is unknown makes it false, whatever the operator."""

    kind: Literal["compare"] = "compare"
    left: Term
    operator: Operator
    right: Term
    quantifier: Quantifier = "exists"


class Known(Frozen):
    """Some value of the fact has been seen."""

    kind: Literal["known"] = "known"
    key: str


class Unknown(Frozen):
    """No value of the fact has been seen yet."""

    kind: Literal["unknown"] = "unknown"
    key: str


class Never(Frozen):
    """The action has not been done before now."""

    kind: Literal["never"] = "never"
    action: ActionPattern


class AllOf(Frozen):
    """Every part holds; parts about one entity type hold for the same entity."""

    kind: Literal["all_of"] = "all_of"
    parts: tuple["Predicate", ...]


class AnyOf(Frozen):
    """At least one part holds."""

    kind: Literal["any_of"] = "any_of"
    parts: tuple["Predicate", ...]


Predicate = Annotated[Compare | Known | Unknown | Never | AllOf | AnyOf, Field(discriminator="kind")]


class Effect(Frozen):
    """Doing `action` while `before` holds makes `after` hold at the next reading.

    Opportunity: a matching step with `before` true and a later reading of `after`'s facts.
    """

    kind: Literal["effect"] = "effect"
    action: ActionPattern
    before: Predicate | None = None
    after: Predicate


class Sequence(Frozen):
    """`actions` occur in this order, each within `gap` actions of the one before (None: any distance).

    Opportunity: an occurrence of the first action. Held: the rest follows.
    """

    kind: Literal["sequence"] = "sequence"
    actions: tuple[ActionPattern, ...] = Field(min_length=2)
    gap: int | None = None


class Avoid(Frozen):
    """`action` is not done while `when` holds.

    Opportunity: a trace. Held: it was never done so. Step effect: errors of the action done so, against
    the action done otherwise.
    """

    kind: Literal["avoid"] = "avoid"
    action: ActionPattern
    when: Predicate | None = None


class Rule(Frozen):
    """Whenever `when` comes to hold, `then` is done before it ceases to hold or the run ends.

    Opportunity: a maximal stretch of steps on which `when` holds, the end of the run included: what is left
    undone there is left undone. Held: `then` is done on it. A run that ends with one of the actions in
    `ended_by` (handing over, say) was cut short: what it left undone is no opportunity.
    """

    kind: Literal["rule"] = "rule"
    when: Predicate
    then: ActionPattern
    ended_by: tuple[ActionPattern, ...] = ()


class Guard(Frozen):
    """`action` is done only when `require` holds (asked where `scope` holds).

    Opportunity: a matching step with `scope` true. Held: `require` true there.
    """

    kind: Literal["guard"] = "guard"
    action: ActionPattern
    require: Predicate
    scope: Predicate | None = None


class Milestones(Frozen):
    """All of these actions are done, and first done in this order.

    Opportunity: a trace. Held: none is missing and each is first done after the one before it.
    """

    kind: Literal["milestones"] = "milestones"
    actions: tuple[ActionPattern, ...] = Field(min_length=2)


class Closing(Frozen):
    """`require` holds when the run ends. A stop condition, never a cause.

    Opportunity: a trace (in which `scope` holds at the end) that no action in `ended_by` cut short.
    """

    kind: Literal["closing"] = "closing"
    require: Predicate
    scope: Predicate | None = None
    ended_by: tuple[ActionPattern, ...] = ()


Claim = Annotated[
    Effect | Sequence | Avoid | Rule | Guard | Milestones | Closing, Field(discriminator="kind")
]


def canonical(claim: Claim) -> bytes:
    """The claim as stable JSON: equal claims give equal bytes. An empty `ended_by` says nothing."""
    fields = claim.model_dump(mode="json")
    if not fields.get("ended_by"):
        fields.pop("ended_by", None)
    return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)


def claim_id(claim: Claim) -> str:
    """Twelve hex digits that name the claim wherever it is mined."""
    return hashlib.sha256(canonical(claim)).hexdigest()[:12]
