"""evidence_report."""
