"""Exhibits: the evidence of skills as tables, plots and one page, for people who want to check it."""
