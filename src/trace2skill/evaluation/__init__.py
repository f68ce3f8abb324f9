"""Evaluation: does a skill help an agent, at what cost, and which of its rules helps or harms."""
