"""What the extra `evidence` brings: loaded when it is used, missed with a message that says how to get it."""

from importlib import import_module
from typing import Any

from trace2skill.errors import SettingError


def needed(module: str, purpose: str) -> Any:  # noqa: ANN401 - a module that may be absent has no type
    """The module.

    Raises:
        SettingError: It is not installed; the message names the extra.
    """
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise SettingError(
            f"{purpose} need {package}, which is not installed: pip install 'trace2skill[evidence]'"
        ) from error
