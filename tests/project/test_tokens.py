"""Counting tokens."""

from trace2skill.tokenizer import count


def test_tokens_are_counted() -> None:
    """Words, roughly; all of a long text."""
    assert count("") == 0
    assert count("the door is open") == 4
    assert 9_000 <= count("door " * 10_000) <= 20_000
