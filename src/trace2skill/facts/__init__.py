"""Facts: what observations and utterances say, keyed by entity, and who knew what when."""
