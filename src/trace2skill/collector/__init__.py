"""Takes spans over OTLP/HTTP from agents in any language, and keeps them in files that the readers read."""
