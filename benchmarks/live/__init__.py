"""Suites for a live model: what is asked, what is shown of it, and what else may be given."""
