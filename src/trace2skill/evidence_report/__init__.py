"""The evidence of skills as CSV tables and one HTML page."""
