"""Takes spans and log records over OTLP/HTTP from agents in any language, and keeps them in files."""
