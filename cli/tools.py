"""Tools by import name."""

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from trace2skill.errors import SettingError


def load_tool(name: str) -> Callable[..., Any]:
    """The LangChain tool or function `package.module:name`; modules in the working folder are found too.

    Raises:
        SettingError: There is no such thing.
    """
    module, _, attribute = name.partition(":")
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.append(folder)
    try:
        found: Callable[..., Any] | None = getattr(import_module(module), attribute, None)
    except (ModuleNotFoundError, ValueError) as error:
        raise SettingError(f"the tool {name!r} cannot be imported ({error}); give MODULE:NAME") from error
    if found is None:
        raise SettingError(f"the module {module} has no {attribute!r}; give a tool as MODULE:NAME")
    return found
