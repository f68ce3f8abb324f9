"""Held-out success on tau2 telecom: skills distilled from train demonstrations, executed on other tasks."""
