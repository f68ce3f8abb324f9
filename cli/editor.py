"""A person's editor, on a text of ours."""

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from trace2skill.errors import SettingError


def edited_text(text: str) -> str:
    """The text as it was saved in the editor that VISUAL or EDITOR names.

    Raises:
        SettingError: Neither is set, or the editor cannot be started or failed.
    """
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor:
        raise SettingError("set EDITOR to the command of your editor, e.g. EDITOR=nano")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "SKILL.md"
        file.write_text(text, encoding="utf-8")
        try:
            subprocess.run([*shlex.split(editor), str(file)], check=True)  # noqa: S603 - the person's own editor
        except (OSError, subprocess.CalledProcessError) as error:
            raise SettingError(f"the editor {editor!r} failed: {error}") from error
        return file.read_text(encoding="utf-8", errors="replace")
