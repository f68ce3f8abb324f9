"""How many tokens a text has, for plans and budgets; the provider's own count may differ."""

from trace2skill.skills.tokenizer import tokenizer


def count(text: str) -> int:
    """Tokens of a text, by the tokenizer of Llama 2."""
    return len(tokenizer().encode(text, add_special_tokens=False).ids)
