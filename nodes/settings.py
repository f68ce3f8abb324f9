"""Settings of a run: a mistake in them is kept, for the run to report in its output.

LangGraph makes the settings of a run from what the client sent before any node runs; an exception there would
reach a client as an internal error.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Self

from pydantic import PrivateAttr, ValidationError

from trace2skill.errors import SettingError
from trace2skill.traces.model import Frozen
from trace2skill.traces.redact import redact_text

SHOWN = 60
"""Characters of a name that no setting has."""

SERVERS_OWN = frozenset(
    {
        "assistant_id",
        "checkpoint_id",
        "checkpoint_map",
        "checkpoint_ns",
        "graph_id",
        "run_id",
        "thread_id",
        "user_id",
    }
)
"""What LangGraph's clients and servers put beside the settings where these are given as `configurable`."""


class Settings(Frozen):
    """Base of the settings. Wrong ones give the defaults and are refused when a node asks for `checked`."""

    _mistakes: tuple[str, ...] = PrivateAttr(())

    def __init__(self, /, **given: Any) -> None:  # noqa: ANN401 - pydantic's own signature
        try:
            super().__init__(**given)
        except ValidationError as error:
            super().__init__()
            self._mistakes = tuple(self._told(each["loc"], each["msg"]) for each in error.errors())

    @classmethod
    def of(cls, context: "Self | Mapping[str, Any] | None") -> Self:
        """The settings in a run's context, which is as a client sent it; the defaults where it sent none."""
        if isinstance(context, Mapping):
            own = {name: value for name, value in context.items() if not _is_servers(name)}
            return cls(**own)
        return cls() if context is None else context

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
            return self._unknown(path)
        default = repr(field.get_default())
        return f"the setting {path} cannot be used: {cause} ({field.description}; by default {default})"

    def _unknown(self, name: str) -> str:
        names = list(type(self).model_fields)
        nearest = get_close_matches(name, names, n=1, cutoff=0.0)[0]
        return (
            f"there is no setting {redact_text(name)[:SHOWN]!r}, the nearest is {nearest!r}; "
            f"give any of {', '.join(names)}"
        )


def _is_servers(name: str) -> bool:
    return name in SERVERS_OWN or name.startswith(("__", "langgraph_"))
