"""Readers, one per trace format; a format is recognised by content."""
