"""The readers of session logs, in the order in which they are asked: before the readers of records."""

from trace2skill.traces.readers import (
    atif,
    claude_code,
    codex,
    codex_exec,
    gemini_cli,
    gemini_stream,
    inspect_log,
    mini_swe_agent,
    openhands,
    react_text,
    swe_agent,
)
from trace2skill.traces.session_file import SessionReader

SESSION_READERS: tuple[SessionReader, ...] = (
    claude_code,
    codex,
    codex_exec,
    inspect_log,
    mini_swe_agent,
    swe_agent,
    openhands,
    gemini_cli,
    gemini_stream,
    atif,
    react_text,
)
