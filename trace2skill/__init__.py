"""trace2skill: execution traces in, declarative skills with evidence out."""
