"""Store: the library (SQLite, the truth) and its search index (Chroma)."""
