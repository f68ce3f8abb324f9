"""Measurements of the project, run from a checkout: quality, growth, faults, held-out tasks."""
