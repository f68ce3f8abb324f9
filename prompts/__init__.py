"""Prompts: one Markdown file per prompt, with checked variables."""
