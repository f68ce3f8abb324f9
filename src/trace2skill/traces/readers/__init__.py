"""Readers: one per trace format, found by content."""
