"""Traces: what an agent did, step by step, and how it ended."""
