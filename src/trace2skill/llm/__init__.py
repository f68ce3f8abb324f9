"""Chat models: how they are called, what a call costs, what is kept of it."""
