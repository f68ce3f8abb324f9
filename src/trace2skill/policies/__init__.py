"""Policies: executing a skill in an environment, without a model."""
