"""Traces pulled from observability servers, in the records that the readers of their formats understand."""
