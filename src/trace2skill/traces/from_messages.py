"""A trace from a conversation that a program holds: messages in, one trace out."""

from collections.abc import Iterable
from typing import Any

from pydantic import JsonValue, ValidationError

from trace2skill.errors import InputError
from trace2skill.traces.files import Record
from trace2skill.traces.model import Label, Outcome, Trace, rebuild
from trace2skill.traces.problem import Problem
from trace2skill.traces.readers.chat import ANTHROPIC, LANGCHAIN, OPENAI_CHAT, RESPONSES

SHAPES = (LANGCHAIN, ANTHROPIC, RESPONSES, OPENAI_CHAT)


def from_messages(
    messages: Iterable[Any],
    *,
    success: bool | None = None,
    tools: Iterable[dict[str, Any]] = (),
    **fields: Any,  # noqa: ANN401 - the fields of Trace
) -> Trace:
    """Read one conversation as `read_traces` reads files of conversations.

    Args:
        messages: LangChain messages, or dictionaries in the shape of OpenAI (chat or Responses), Anthropic or
            LangChain.
        success: How the run ended; None if nobody knows.
        tools: What the model was offered, in the shape of OpenAI or Anthropic.
        **fields: Further fields of `Trace`, such as `id`, `family`, `domain`, `task_key`; they take the place
            of what the messages say.

    Raises:
        InputError: The messages are of no known shape, or hold nothing that anybody said or did.
    """
    listed = [_plain(each) for each in messages]
    for reader in SHAPES:
        if reader.fits(listed):
            value: JsonValue = {"messages": listed, "input": listed, "tools": list(tools)}
            found = next(reader.read(Record("", "", value)), None)
            if isinstance(found, Trace):
                return _with(found, success, fields)
            cause = found.message if isinstance(found, Problem) else "they hold nothing that was said or done"
            raise InputError(f"the messages cannot be read: {cause}")
    raise InputError(
        "give one conversation: a list of LangChain messages, or of dictionaries with `role` and `content`"
    )


def _plain(message: Any) -> Any:  # noqa: ANN401 - an object of LangChain's, or JSON
    """A message as JSON; LangChain's own objects as LangChain writes them."""
    if hasattr(message, "model_dump") and hasattr(message, "type"):
        return {"type": message.type, "data": message.model_dump(mode="json")}
    return message


def _with(trace: Trace, success: bool | None, fields: dict[str, Any]) -> Trace:
    if success is not None:
        label = Label.SUCCESS if success else Label.FAILURE
        fields = {"outcome": Outcome(label=label, origin="given with the messages"), **fields}
    if unknown := sorted(fields.keys() - Trace.model_fields.keys()):
        raise InputError(f"a trace has no field {unknown[0]!r}; it has {', '.join(Trace.model_fields)}")
    try:
        return rebuild(trace, **fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InputError(f"the field {'.'.join(map(str, first['loc']))} of a trace: {first['msg']}") from None
