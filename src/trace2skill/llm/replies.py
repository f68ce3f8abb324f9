"""A model's reply: how it is held to a schema, and how it is read as a record."""

import json
import re
import threading
from inspect import signature
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import BaseModel, JsonValue, ValidationError

from trace2skill.llm.settings import Structured

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel, LanguageModelInput
    from langchain_core.messages import AIMessage
    from langchain_core.runnables import Runnable

    Caller = Runnable[LanguageModelInput, AIMessage]


_TAG = re.compile(
    r"(?i:<\s*(?P<slash>/?)\s*(?:think|thinking|thoughts?|reasoning|reflection|scratchpad)\s*>)"
    r"|\[(?P<stroke>/?)THINK\]|◁(?P<line>/?)think▷"
)


def without_thoughts(text: str) -> str:
    """The text without reasoning such as `<think>...</think>`, even if one of the two tags is missing.

    What precedes a closing tag alone is thought, since some prompts already hold the opening one.
    """
    kept: list[str] = []
    at, thinking, found = 0, False, False
    for tag in _TAG.finditer(text):
        found = True
        if any(tag.groups()):
            if not thinking:
                kept.clear()
            at, thinking = tag.end(), False
        elif not thinking:
            kept.append(text[at : tag.start()])
            thinking = True
    if not thinking:
        kept.append(text[at:])
    return "".join(kept).strip() if found else text


def value_without_thoughts(value: JsonValue) -> JsonValue:
    """The same for every string in a JSON value, names of fields included."""
    if isinstance(value, str):
        return without_thoughts(value)
    if isinstance(value, list):
        return [value_without_thoughts(each) for each in value]
    if isinstance(value, dict):
        return {without_thoughts(name): value_without_thoughts(each) for name, each in value.items()}
    return value


T = TypeVar("T", bound=BaseModel)

LONGEST = 400_000
"""Characters; an answer to a batch of traces has a few thousand."""

STARTS = 20
"""How many braces are tried as the start of the object."""

CUT = {"length", "max_tokens", "MAX_TOKENS"}
FILTERED = {"content_filter", "refusal", "SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "RECITATION"}
ENDINGS = {
    "LengthFinishReasonError": "cut at the token limit (max_output_tokens)",
    "ContentFilterFinishReasonError": "withheld by a content filter",
}
"""Replies that the OpenAI client raises instead of returning."""
ENDS = ("finish_reason", "stop_reason", "done_reason")
"""Where providers say why a reply ended."""


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
    """Parse the record out of a reply, from its text or from the arguments of its tool call.

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
    """The text of a reply without reasoning, or the raw arguments of the tool it called."""
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
    end = next((told for name in ENDS if (told := reply.response_metadata.get(name))), None)
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
    """The first schema violations, without the offending values."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    lines = [f"{'.'.join(map(str, each['loc'])) or 'the object'}: {each['msg']}" for each in found[:10]]
    return "not of the schema: " + "; ".join(lines)


Method = Literal["json_schema", "tool_calling", "json_mode", "prompt"]
METHODS: tuple[Method, ...] = ("json_schema", "tool_calling", "json_mode", "prompt")
LANGCHAIN = {"json_schema": "json_schema", "tool_calling": "function_calling", "json_mode": "json_mode"}


def bind(model: "BaseChatModel", schema: dict[str, Any], method: Method) -> "Caller | None":
    """The model bound to the schema in one way; None if the model does not support that way.

    LangChain knows how each provider wants it. Of the chain it makes only the model is used: its parsers
    discard the reply, with what it cost, when thoughts precede the JSON.
    """
    from langchain_core.runnables import RunnableSequence

    if method == "prompt":
        return model
    if method == "json_mode" and not _has_json_mode(model):
        return None
    try:
        chain = model.with_structured_output(schema, method=LANGCHAIN[method])
    except (NotImplementedError, ValueError, TypeError):
        return None
    return chain.first if isinstance(chain, RunnableSequence) else None


def _has_json_mode(model: "BaseChatModel") -> bool:
    """Whether its class says so; some take another way in its place, with a warning."""
    method = signature(model.with_structured_output).parameters.get("method")
    return method is not None and "json_mode" in str(method.annotation)


class Ladder:
    """The way in which a model is held to schemas; one that fails is left for the next, for good."""

    def __init__(self, setting: Structured) -> None:
        self._methods = METHODS if setting == "auto" else (setting,)
        self._at = 0
        self._proved = len(self._methods) == 1
        self._mutex = threading.Lock()

    @property
    def method(self) -> Method:
        """The way in use."""
        return self._methods[self._at]

    @property
    def proved(self) -> bool:
        """Whether the way gave a usable answer or is the last one; a failure is then the call's own."""
        return self._proved or self._at == len(self._methods) - 1

    def prove(self, method: Method) -> None:
        """Note that this way gave a usable answer."""
        with self._mutex:
            self._proved = self._proved or method == self.method

    def step_down(self, method: Method) -> bool:
        """Go on to the next way unless another call already has; False if there is none."""
        with self._mutex:
            if method == self.method:
                if self._at == len(self._methods) - 1:
                    return False
                self._at += 1
                self._proved = False
            return True
