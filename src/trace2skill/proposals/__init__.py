"""What a model is asked, and what of its answers stands."""
