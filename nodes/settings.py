"""Settings of a run: a mistake in them is kept, for the run to report in its output.

LangGraph makes the settings of a run from what the client sent before any node runs; an exception there would
reach a client as an internal error.
"""

from typing import Any, Self

from pydantic import PrivateAttr, ValidationError

from trace2skill.errors import SettingError
from trace2skill.traces.model import Frozen


class Settings(Frozen):
    """Base of the settings. Wrong ones give the defaults and are refused when a node asks for `checked`."""

    _mistakes: tuple[str, ...] = PrivateAttr(())

    def __init__(self, **given: Any) -> None:  # noqa: ANN401 - pydantic's own signature
        try:
            super().__init__(**given)
        except ValidationError as error:
            super().__init__()
            self._mistakes = tuple(self._told(each["loc"], each["msg"]) for each in error.errors())

    def checked(self) -> Self:
        """The settings themselves.

        Raises:
            SettingError: Some were wrong: which, and what they may be.
        """
        if self._mistakes:
            raise SettingError("; ".join(self._mistakes))
        return self

    def _told(self, location: tuple[int | str, ...], cause: str) -> str:
        """One mistake, without the value given: that may be anything, a key among others."""
        if not location:  # settings that do not go together
            return cause
        path = ".".join(map(str, location))
        field = type(self).model_fields.get(str(location[0]))
        if field is None:
            names = ", ".join(type(self).model_fields)
            return f"there is no setting {path!r}; give any of {names}"
        default = repr(field.get_default())
        return f"the setting {path} cannot be used: {cause} ({field.description}; by default {default})"
