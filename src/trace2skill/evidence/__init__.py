"""Evidence: rows that `measure` counts, the statistics derived from them, and tiers."""
