"""The claim language: terms, predicates, action patterns and the kinds of claim.

Claims are data: they are stored, shown, proposed by miners (or a model) and checked by `measure`. Fact keys
are general: `line.status` is the status of any line.

A claim is a constraint in the sense of declarative process mining (Declare; Pesic, Schonenberg and van der
Aalst, 2007), with data conditions as in multi-perspective Declare (Burattin, Maggi and Sperduti, 2016). An
*opportunity* is an activation of the constraint; it is *held* (fulfilled) or *broken* (violated). The kinds
compare with Declare's templates as follows:

    Effect       chain response whose target is a state: the next reading of a fact, not the next event
    Sequence     response (no `gap`), chain response (`gap` 1), both for two or more actions in a row
    Avoid        absence, with an optional data condition on the activation
    Rule         response with a data-aware activation and a deadline: a state in place of an activating event
    Guard        precedence whose target is a state that holds just before the action
    Milestones   existence of each action, precedence between neighbours; weaker than succession
    Closing      end, about the state at the end of the run in place of its last event
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
    """A wildcard: the argument may have any value or be absent."""

    kind: Literal["anything"] = "anything"


class Slot(Frozen):
    """A value bound by data flow: it was seen earlier under one of `sources`.

    A source is a fact key (`customer.customer_id`), `task` (the value occurs in the task text) or
    `utterance` (it occurs in an utterance of anyone but the agent).
    """

    kind: Literal["slot"] = "slot"
    name: str
    sources: tuple[str, ...]


class Like(Frozen):
    """A value whose whole text matches a regular expression."""

    kind: Literal["like"] = "like"
    name: str
    pattern: str


ArgumentPattern = Annotated[Constant | Anything | Slot | Like, Field(discriminator="kind")]


class ActionPattern(Frozen):
    """A tool with patterns for its arguments. `tool="*"` is any tool; arguments not listed are free."""

    tool: str
    actor: Actor | None = None
    arguments: tuple[tuple[str, ArgumentPattern], ...] = ()


class FactTerm(Frozen):
    """The latest known value of a fact; a comparison's quantifier says for which entities it must hold."""

    kind: Literal["fact"] = "fact"
    key: str


class ArgumentTerm(Frozen):
    """An argument of the action under test."""

    kind: Literal["argument"] = "argument"
    name: str


class OwnTerm(Frozen):
    """History of the tool under test: number of calls and errors so far, whether its latest call failed."""

    kind: Literal["own"] = "own"
    attribute: Literal["calls", "errors", "failed"]


class CountTerm(Frozen):
    """How often an action was done before this step."""

    kind: Literal["count"] = "count"
    action: ActionPattern


class SizeTerm(Frozen):
    """The number of values of a list-valued fact, or the number of entities that have the fact."""

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
    """A comparison of two terms; false if either side is unknown, whatever the operator."""

    kind: Literal["compare"] = "compare"
    left: Term
    operator: Operator
    right: Term
    quantifier: Quantifier = "exists"


class Known(Frozen):
    """True if some value of the fact is known."""

    kind: Literal["known"] = "known"
    key: str


class Unknown(Frozen):
    """True if no value of the fact is known."""

    kind: Literal["unknown"] = "unknown"
    key: str


class Never(Frozen):
    """True if the action was not done before this step."""

    kind: Literal["never"] = "never"
    action: ActionPattern


class AllOf(Frozen):
    """A conjunction; parts about the same entity type must hold for one and the same entity."""

    kind: Literal["all_of"] = "all_of"
    parts: tuple["Predicate", ...]


class AnyOf(Frozen):
    """A disjunction."""

    kind: Literal["any_of"] = "any_of"
    parts: tuple["Predicate", ...]


Predicate = Annotated[Compare | Known | Unknown | Never | AllOf | AnyOf, Field(discriminator="kind")]


class Effect(Frozen):
    """Doing `action` while `before` holds makes `after` hold at the next reading of its facts.

    Opportunity: a matching step with `before` true, and a reading of `after`'s facts at or after it.
    """

    kind: Literal["effect"] = "effect"
    action: ActionPattern
    before: Predicate | None = None
    after: Predicate


class Sequence(Frozen):
    """Once the first action occurs, the others follow in order.

    Each must occur within `gap` actions of the one before (None: at any distance). Opportunity: an occurrence
    of the first action. Held: the others follow.
    """

    kind: Literal["sequence"] = "sequence"
    actions: tuple[ActionPattern, ...] = Field(min_length=2)
    gap: int | None = None


class Avoid(Frozen):
    """`action` is not done while `when` holds.

    Opportunity: a trace. Held: no step does `action` while `when` holds. Step effect: errors of the action
    where `when` holds, against its errors elsewhere.
    """

    kind: Literal["avoid"] = "avoid"
    action: ActionPattern
    when: Predicate | None = None


class Rule(Frozen):
    """Whenever `when` becomes true, `then` is done before it becomes false again or the run ends.

    Opportunity: a maximal interval of steps on which `when` holds and in which the actor acts, or which lasts
    until the end of the run. Held: `then` is done in it. A run whose last action is one of `ended_by` (such
    as a hand-over) was cut short: if `then` was never done when due, it has no opportunity.
    """

    kind: Literal["rule"] = "rule"
    when: Predicate
    then: ActionPattern
    ended_by: tuple[ActionPattern, ...] = ()


class Guard(Frozen):
    """`action` is done only while `require` holds; steps at which `scope` is false are ignored.

    Opportunity: a step that matches it, or one of the actions in `also`, with `scope` true. Held: `require`
    is true just before it.
    """

    kind: Literal["guard"] = "guard"
    action: ActionPattern
    also: tuple[ActionPattern, ...] = Field((), exclude_if=lambda actions: not actions)
    require: Predicate
    scope: Predicate | None = None


class Milestones(Frozen):
    """Every action is done, and their first occurrences are in this order.

    Opportunity: a trace. Held: each action occurs, first after the first occurrence of the one before it.
    """

    kind: Literal["milestones"] = "milestones"
    actions: tuple[ActionPattern, ...] = Field(min_length=2)


class Closing(Frozen):
    """`require` holds when the run ends: a stop condition, not tested as a cause of success.

    Opportunity: a trace in which `scope` holds at the end and whose last action is not one of `ended_by`.
    """

    kind: Literal["closing"] = "closing"
    require: Predicate
    scope: Predicate | None = None
    ended_by: tuple[ActionPattern, ...] = ()


Claim = Annotated[
    Effect | Sequence | Avoid | Rule | Guard | Milestones | Closing, Field(discriminator="kind")
]


def canonical(claim: Claim) -> bytes:
    """The claim as JSON with sorted keys, without an empty `ended_by`; equal claims give equal bytes."""
    fields = claim.model_dump(mode="json")
    if not fields.get("ended_by"):
        fields.pop("ended_by", None)
    return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)


def claim_id(claim: Claim) -> str:
    """The content hash of a claim: 12 hex digits of the SHA-256 of `canonical(claim)`."""
    return hashlib.sha256(canonical(claim)).hexdigest()[:12]
