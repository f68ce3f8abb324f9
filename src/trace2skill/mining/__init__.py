"""Mining: one deterministic miner per aspect, proposing claims."""
