"""SKILL.md: skills written as folders and read back, with what a person changed or answered."""
