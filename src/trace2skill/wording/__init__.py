"""Wording: claims, terms and evidence as English text, escaped for Markdown."""
