"""Integrations: skills inside other people's agents (LangChain, LangGraph, MCP)."""
