"""skillmd."""
