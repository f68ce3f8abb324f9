"""Nodes: one file per node of the graphs, with their state and context."""
