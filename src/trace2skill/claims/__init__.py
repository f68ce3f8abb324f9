"""Claims: statements that code can check on any trace, and the evidence for them."""
