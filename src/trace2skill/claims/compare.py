"""Semantics of the claim language's operators on values."""

import re
from collections.abc import Callable, Mapping
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from trace2skill.claims.model import ArgumentTerm, Compare, Constant, FactTerm
from trace2skill.claims.traversal import TASK, entity_type
from trace2skill.facts.fact import Value

Test = Callable[[Value], bool]

_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge, "=": eq, "!=": ne}


def fact_test(predicate: Compare) -> tuple[str, Test] | None:
    """The (fact key, test of its value) of a comparison of a fact with a constant; None for any other."""
    left, right, operator = predicate.left, predicate.right, predicate.operator
    if isinstance(left, FactTerm) and isinstance(right, Constant):
        return left.key, lambda value: holds(value, operator, right.value)
    if isinstance(left, Constant) and isinstance(right, FactTerm):
        return right.key, lambda value: holds(left.value, operator, value)
    return None


def entity_type_of(predicate: object) -> str | None:
    """The entity type that an existential comparison is about; None for any other predicate.

    The comparison is of a fact of the entity with a constant, another fact of it, the task text, or an
    argument of the action under test.
    """
    if not isinstance(predicate, Compare) or predicate.quantifier != "exists":
        return None
    test = fact_test(predicate)
    if test:
        return entity_type(test[0])
    left, right = predicate.left, predicate.right
    if not isinstance(left, FactTerm) or "." not in left.key:
        return None
    kind = entity_type(left.key)
    beside = isinstance(right, FactTerm) and entity_type(right.key) in {kind, TASK}
    return kind if beside or isinstance(right, ArgumentTerm) else None


def holds(left: Value, operator: str, right: Value) -> bool:
    """Whether `left operator right` is true; False if either is unknown or they cannot be compared."""
    if left is None or right is None:
        return False
    if operator in {"in", "not in"}:
        inside = left in right if isinstance(right, tuple) else str(left) in str(right)
        return inside is (operator == "in")
    if operator == "matches":
        return re.search(str(right), str(left)) is not None
    if operator in {"=", "!="} and isinstance(left, bool) is not isinstance(right, bool):
        return operator == "!="
    try:
        return bool(_ORDER[operator](left, right))
    except TypeError:
        return False


def combine(left: Value, operator: str, right: Value) -> Value:
    """The sum or product of two numbers; None if either is not a number."""
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        return None
    return left + right if operator == "+" else left * right


def known(value: Value) -> bool:
    """Whether the value is not None."""
    return value is not None
