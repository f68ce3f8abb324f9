"""Whether a message begins another topic."""

import pytest

from trace2skill.facts.topic import leaves_topic

BEFORE = [
    "I cannot send picture messages.",
    "Please tell me your phone number, then open the settings and check the APN.",
    "Look at the APN settings first. When the MMSC URL is not set: reset the APN settings.",
]


@pytest.mark.parametrize(
    "message",
    [
        "Could you bake me a chocolate cake?",
        "Write a short poem about the sea in autumn.",
        "Thanks! Now, what is the capital of Mongolia?",
        "I'd like to book a table for two people.",
    ],
)
def test_a_request_about_something_else_leaves_it(message: str) -> None:
    """Asked in whatever form."""
    assert leaves_topic(message, BEFORE)


@pytest.mark.parametrize(
    "message",
    [
        "",
        "yes please",
        "My number is 555-123-2002.",
        "It says No Signal, and the battery is low.",
        "I restarted it as you said. Is there something else I should try?",
        "What is an APN?",
        "Can you check my other phone, too?",
        "Do it.",
        "The blue one, near the window.",
    ],
)
def test_a_reply_a_report_or_a_question_on_the_matter_stays(message: str) -> None:
    """Guidance is not lost in the middle of a task."""
    assert not leaves_topic(message, BEFORE)
