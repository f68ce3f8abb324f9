"""Conformance: which runs follow a skill, where others break it, and whether that changes over time."""
