"""Plan templates: procedures shown in worlds that answer in text alone. Optional, loaded when needed."""
