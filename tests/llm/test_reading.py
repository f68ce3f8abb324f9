"""Replies read as records."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage

from tests.llm.asking import YES, Answer
from trace2skill.llm.replies import UnusableError, read

SAID = '{"answer": "yes", "steps": [3]}'


@pytest.mark.parametrize(
    "reply",
    [
        AIMessage(SAID),
        AIMessage(f"```json\n{SAID}\n```"),
        AIMessage(f"Here it is:\n{SAID}\nAnything else?"),
        AIMessage(f"a set {{x}} first, then {SAID}"),
        AIMessage(f'<think>{{"answer": "no"}}</think>{SAID}'),
        AIMessage([{"type": "reasoning", "reasoning": "{}"}, {"type": "text", "text": SAID}]),
        AIMessage([{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": SAID}]),
        AIMessage("", tool_calls=[{"name": "Answer", "args": {"answer": "yes", "steps": [3]}, "id": "1"}]),
        AIMessage('{"answer": "<think>hm</think>yes", "steps": [3]}'),
    ],
)
def test_the_record_is_found(reply: AIMessage) -> None:
    """In text, behind thoughts, in a tool's arguments."""
    assert read(reply, Answer) == YES


@pytest.mark.parametrize(
    ("reply", "reason", "hopeless", "prose"),
    [
        (AIMessage("no"), "no JSON object", False, True),
        (AIMessage("<think>hm"), "an empty answer", False, True),
        (AIMessage("[1, 2]"), "no JSON object", False, True),
        (AIMessage('{"answer": '), "malformed JSON", False, False),
        (AIMessage('{"answer": ' + "[" * 100_000), "nested too deeply", False, False),
        (AIMessage('{"answer": "\\ud800"}'), "not of the schema", False, False),
        (AIMessage('{"answer": 5}'), "answer: Input should be a valid string", False, False),
        (AIMessage('{"answer": "yes", "x": 1}'), "x: Extra inputs", False, False),
        (AIMessage("x" * 400_001), "400,001 characters", True, False),
        (AIMessage(SAID, response_metadata={"finish_reason": "length"}), "token limit", True, False),
        (AIMessage(SAID, response_metadata={"stop_reason": "max_tokens"}), "token limit", True, False),
        (AIMessage("", additional_kwargs={"refusal": "no"}), "refused", True, False),
        (AIMessage([{"type": "refusal", "refusal": "no"}]), "refused", True, False),
    ],
)
def test_what_cannot_be_read_says_why(reply: AIMessage, reason: str, hopeless: bool, prose: bool) -> None:
    """And whether asking again could help."""
    with pytest.raises(UnusableError, match=reason) as caught:
        read(reply, Answer)
    assert (caught.value.hopeless, caught.value.prose) == (hopeless, prose)


def test_malformed_arguments_of_a_tool_are_malformed_json() -> None:
    """LangChain sets them aside."""
    broken: Any = {"type": "invalid_tool_call", "name": "A", "args": '{"answer": ', "id": "1", "error": None}
    with pytest.raises(UnusableError, match="malformed JSON"):
        read(AIMessage("", invalid_tool_calls=[broken]), Answer)


def test_a_reason_quotes_nothing_of_the_reply() -> None:
    """It goes into reports."""
    with pytest.raises(UnusableError) as caught:
        read(AIMessage('{"answer": ["hush"]}'), Answer)
    assert "hush" not in str(caught.value)
