"""Facts: values extracted from observations and utterances, keyed by entity, and their timeline."""
