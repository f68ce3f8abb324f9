"""Parses the actions and terms of claims from text; conditions are in `parse`. Nothing is evaluated."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Sequence

from trace2skill.claims.model import (
    ActionPattern,
    Anything,
    ArgumentPattern,
    ArgumentTerm,
    Combined,
    Constant,
    CountTerm,
    FactTerm,
    Like,
    OwnTerm,
    Scalar,
    SizeTerm,
    Slot,
    Term,
)
from trace2skill.claims.notation import ACTORS, ANY_TOOL, NAMED_TOOL
from trace2skill.traces.model import Actor

MOST_CHARACTERS = 1000
"""Longest text that is parsed."""

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_PYTHONS_OWN = frozenset("\\\"'nrtuxUN")


class NotationError(ValueError):
    """A text is not a claim, predicate or action; the message tells its author why."""


def expression(text: str) -> ast.expr:
    """The syntax of a text.

    Raises:
        NotationError: The text is not an expression, or is too long.
    """
    if len(text) > MOST_CHARACTERS:
        raise NotationError(f"longer than {MOST_CHARACTERS} characters")
    try:
        return ast.parse(_unbroken(text.strip()), mode="eval").body
    except (SyntaxError, tokenize.TokenError, ValueError, RecursionError, MemoryError):
        raise NotationError(f"no expression of the claim language: {text[:120]}") from None


def _unbroken(text: str) -> str:
    """Double the backslashes in quotes that start no Python escape, as regular expressions have them."""
    parts = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        plain = token.type == tokenize.STRING and token.string[0] in "\"'"
        parts.append(_ESCAPE.sub(_doubled, token.string) if plain else token.string)
    return " ".join(parts)


def _doubled(escape: re.Match[str]) -> str:
    return escape[0] if escape[1] in _PYTHONS_OWN else f"\\{escape[0]}"


def term_of(node: ast.expr) -> Term:
    """The term of an expression."""
    match node:
        case ast.Constant() | ast.UnaryOp():
            return Constant(value=_scalar(node))
        case ast.BinOp(left=left, op=ast.Add() | ast.Mult() as operator, right=right):
            sign = "+" if isinstance(operator, ast.Add) else "*"
            return Combined(operator=sign, left=term_of(left), right=term_of(right))
        case ast.Attribute(value=ast.Name(id="own"), attr="calls" | "errors" | "failed" as attribute):
            return OwnTerm(attribute=attribute)
        case ast.Attribute(value=ast.Name(id="arg"), attr=name):
            return ArgumentTerm(name=name)
        case ast.Call(func=ast.Name(id="arg")):
            return ArgumentTerm(name=_text(only(node)))
        case ast.Call(func=ast.Name(id="count")):
            return CountTerm(action=action_of(only(node)))
        case ast.Call(func=ast.Name(id="size")):
            return SizeTerm(key=key_of(only(node)))
    return FactTerm(key=key_of(node))


def key_of(node: ast.expr) -> str:
    """The fact key of dotted names or of `fact("...")`."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            return f"{key_of(value)}.{name}"
        case ast.Call(func=ast.Name(id="fact")):
            return _text(only(node))
    raise refusal(node, "a fact")


def _scalar(node: ast.expr) -> Scalar:
    try:
        value = ast.literal_eval(node)
    except ValueError:
        raise refusal(node, "a value") from None
    if value is None or isinstance(value, str | int | float):
        return value
    raise refusal(node, "text, a number, True, False or None")


def _text(node: ast.expr) -> str:
    value = _scalar(node)
    if not isinstance(value, str):
        raise refusal(node, "a text in quotes")
    return value


# --- actions


def action_of(node: ast.expr) -> ActionPattern:
    """The action pattern of a call."""
    if not isinstance(node, ast.Call):
        raise refusal(node, "an action, e.g. tool(argument=...)")
    actor, name, function = None, "", node.func
    match function:
        case ast.Name(id=name):
            pass
        case ast.Attribute(value=ast.Name(id=prefix), attr=name) if prefix in ACTORS:
            actor = Actor(prefix)
        case _:
            raise refusal(node, "an action: a tool's name, with an actor before it or none")
    positional = list(node.args)
    if name == ANY_TOOL:
        name = "*"
    elif name == NAMED_TOOL and positional:
        name = _text(positional.pop(0))
    if positional:
        raise refusal(node, "an action whose arguments are given by name")
    arguments = {key: _argument(key, value) for key, value in _keywords(node.keywords)}
    return ActionPattern(tool=name, actor=actor, arguments=tuple(sorted(arguments.items())))


def _keywords(keywords: Sequence[ast.keyword]) -> Iterator[tuple[str, ast.expr]]:
    for keyword in keywords:
        if keyword.arg is not None:
            yield keyword.arg, keyword.value
        elif isinstance(keyword.value, ast.Dict):
            for key, value in zip(keyword.value.keys, keyword.value.values, strict=True):
                if key is None:
                    raise refusal(keyword.value, "arguments by name")
                yield _text(key), value
        else:
            raise refusal(keyword.value, "arguments by name")


def _argument(name: str, node: ast.expr) -> ArgumentPattern:
    match node:
        case ast.Constant(value=value) if value is ...:
            return Anything()
        case ast.Constant() | ast.UnaryOp():
            return Constant(value=_scalar(node))
        case ast.Call(func=ast.Name(id="like"), args=[pattern]):
            return Like(name=_named(node, name), pattern=_look(_text(pattern)))
        case ast.Call(func=ast.Name(id="slot"), args=[_, *_]):
            return Slot(name=_named(node, name), sources=tuple(map(key_of, node.args)))
    return Slot(name=name, sources=(key_of(node),))


def _look(text: str) -> str:
    """Check that a `like` pattern compiles and repeats only single characters or classes."""
    if re.search(r"\)\s*[*+{]", text):
        raise NotationError(f"the look {text[:80]!r} repeats a group")
    return compiling(text, "look")


def compiling(text: str, what: str) -> str:
    """The text, if it is a regular expression.

    Raises:
        NotationError: It does not compile; `what` names its use in the message.
    """
    try:
        re.compile(text)
    except re.error as error:
        raise NotationError(f"the {what} {text[:80]!r} is no regular expression: {error}") from None
    return text


def _named(node: ast.Call, default: str) -> str:
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    return _text(given["name"]) if "name" in given else default


def only(node: ast.Call) -> ast.expr:
    """The only argument of a call."""
    if len(node.args) != 1 or node.keywords:
        raise refusal(node, "called with one thing")
    return node.args[0]


def refusal(node: ast.AST, wanted: str) -> NotationError:
    """The error for an expression that is not what is wanted in its place."""
    return NotationError(f"`{ast.unparse(node)[:120]}` is not {wanted}")
