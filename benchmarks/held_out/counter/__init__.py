"""A telecom desk whose names, values and rules are drawn by a seed, so that nobody can know them."""
