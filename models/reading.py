"""A model's reply, read as a record of a schema."""

import json
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, JsonValue, ValidationError

from trace2skill.models.thoughts import value_without_thoughts, without_thoughts

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

T = TypeVar("T", bound=BaseModel)

LONGEST = 400_000
"""Characters; an answer to a batch of traces has a few thousand."""

STARTS = 20
"""How many braces are tried as the start of the object."""

CUT = {"length", "max_tokens", "MAX_TOKENS"}
FILTERED = {"content_filter", "refusal", "SAFETY"}


class UnusableError(Exception):
    """The reply is no record of the schema.

    Args:
        reason: Why; it quotes nothing of the reply.
        hopeless: Asking again would not help.
        prose: There is no JSON object in it at all.
    """

    def __init__(self, reason: str, *, hopeless: bool = False, prose: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hopeless = hopeless
        self.prose = prose


def read(reply: "AIMessage", schema: type[T]) -> T:
    """The record in the reply, whichever way it came: as text or as the arguments of a tool.

    Raises:
        UnusableError: There is none.
    """
    try:
        return schema.model_validate_json(json.dumps(value_without_thoughts(_value(reply))))
    except ValidationError as error:
        raise UnusableError(_described(error)) from None
    except RecursionError:
        raise UnusableError("malformed JSON: nested too deeply") from None


def text_of(reply: "AIMessage") -> str:
    """What it said, without blocks of reasoning; the raw arguments of a tool it called."""
    calls = [str(call["args"]) for call in reply.invalid_tool_calls]
    calls += [json.dumps(call["args"]) for call in reply.tool_calls]
    return calls[0] if calls else str(reply.text)


def _value(reply: "AIMessage") -> JsonValue:
    text = text_of(reply)
    if len(text) > LONGEST:
        raise UnusableError(f"an answer of {len(text):,} characters", hopeless=True)
    _check_end(reply)
    if reply.tool_calls:
        return reply.tool_calls[0]["args"]
    return _object(text)


def _check_end(reply: "AIMessage") -> None:
    end = reply.response_metadata.get("finish_reason") or reply.response_metadata.get("stop_reason")
    if end in CUT:
        raise UnusableError("cut at the token limit (max_output_tokens)", hopeless=True)
    blocks = reply.content if isinstance(reply.content, list) else []
    refused = any(isinstance(block, dict) and block.get("type") == "refusal" for block in blocks)
    if refused or end in FILTERED or reply.additional_kwargs.get("refusal"):
        raise UnusableError("the model refused to answer", hopeless=True)


def _object(text: str) -> JsonValue:
    """The first JSON object in the text, thoughts aside."""
    try:
        return _checked(json.loads(text))
    except ValueError:
        visible = without_thoughts(text)
    if not visible.strip():
        raise UnusableError("an empty answer", prose=True)
    at, failure = visible.find("{"), "no JSON object in it"
    prose = at < 0
    for _ in range(STARTS):
        if at < 0:
            break
        try:
            return _checked(json.JSONDecoder().raw_decode(visible, at)[0])
        except ValueError as error:
            failure = f"malformed JSON: {error}"
        at = visible.find("{", at + 1)
    raise UnusableError(failure, prose=prose)


def _checked(value: JsonValue) -> JsonValue:
    if not isinstance(value, dict):
        raise ValueError("no object")
    return value


def _described(error: ValidationError) -> str:
    """The first violations, without the values, which may be anything."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    lines = [f"{'.'.join(map(str, each['loc'])) or 'the object'}: {each['msg']}" for each in found[:10]]
    return "not of the schema: " + "; ".join(lines)
