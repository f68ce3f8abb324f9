"""Evaluations: skills put to the test in environments that none of the distilled runs came from."""
