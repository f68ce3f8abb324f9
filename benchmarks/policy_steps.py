"""Which steps of a written policy a list of when-rules covers.

The steps are data (`telecom_steps.toml`); nothing here knows the domain.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import Field

from trace2skill.claims.model import (
    ActionPattern,
    AllOf,
    AnyOf,
    Anything,
    Combined,
    Compare,
    Constant,
    CountTerm,
    FactTerm,
    Known,
    Never,
    OwnTerm,
    Predicate,
    Rule,
    Scalar,
    SizeTerm,
    Term,
    Unknown,
)
from trace2skill.traces.model import Frozen

STEPS = Path(__file__).with_name("telecom_steps.toml")


class PolicyStep(Frozen):
    """A deed that a policy asks for, and how a rule that asks for it is recognised."""

    name: str
    says: str
    tools: tuple[str, ...]
    constants: dict[str, Scalar] = Field(default_factory=dict, alias="with")
    given: tuple[str, ...] = ()
    about: tuple[str, ...]

    def covered_by(self, rule: Rule) -> bool:
        """Whether the rule asks for the deed and names its reason."""
        return self._asks(rule.then) and any(
            re.search(pattern, part) for part in parts(rule.when) for pattern in self.about
        )

    def _asks(self, pattern: ActionPattern) -> bool:
        values = {name: value for name, value in pattern.arguments if not isinstance(value, Anything)}
        return (
            pattern.tool in self.tools
            and all(values.get(name) == Constant(value=value) for name, value in self.constants.items())
            and set(self.given) <= set(values)
        )


def read_steps(file: Path = STEPS) -> list[PolicyStep]:
    """The steps of a policy, in the order of the file."""
    return [PolicyStep.model_validate(step) for step in tomllib.loads(file.read_text("utf-8"))["step"]]


def covered(steps: Sequence[PolicyStep], rules: Sequence[Rule]) -> list[str]:
    """The names of the steps that some rule covers, in order."""
    return [step.name for step in steps if any(step.covered_by(rule) for rule in rules)]


def parts(predicate: Predicate) -> Iterator[str]:
    """The tests that a condition is made of, one a line: `line.status = Suspended`, `known bill.bill_id`."""
    match predicate:
        case AllOf() | AnyOf():
            for part in predicate.parts:
                yield from parts(part)
        case Compare():
            yield f"{_term(predicate.left)} {predicate.operator} {_term(predicate.right)}"
        case Known() | Unknown():
            yield f"{predicate.kind} {predicate.key}"
        case Never():
            yield f"never {predicate.action.tool}"


def _term(term: Term) -> str:
    match term:
        case Constant():
            return str(term.value)
        case FactTerm():
            return term.key
        case CountTerm():
            return f"count({term.action.tool})"
        case SizeTerm():
            return f"size({term.key})"
        case OwnTerm():
            return f"own.{term.attribute}"
        case Combined():
            return f"({_term(term.left)} {term.operator} {_term(term.right)})"
        case _:
            return f"argument({term.name})"
