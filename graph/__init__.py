"""Graphs: wiring and routes, nothing else."""
