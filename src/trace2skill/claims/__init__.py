"""Claims: declarative constraints that code can check on any trace."""
