"""MLflow as a registry of skills: its Prompt Registry, or its Skill Registry (from 3.18), by its own client.

https://mlflow.org/docs/latest/genai/prompt-registry/ and https://mlflow.org/docs/latest/genai/skill-registry/
"""

import logging
import os
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import orjson

from trace2skill.errors import InputError, SettingError
from trace2skill.integrations.registries import LATEST, Entry, Latest, hash_of
from trace2skill.skillmd.folder import export_skill
from trace2skill.traces.pull.server import required

if TYPE_CHECKING:
    from mlflow import MlflowClient

TAG = "trace2skill"
"""The tag of a version that holds what a registry is told of it, as JSON."""

_ABSENT, _REFUSED = (
    "RESOURCE_DOES_NOT_EXIST",
    ("UNAUTHENTICATED", "PERMISSION_DENIED", "CUSTOMER_UNAUTHORIZED"),
)
_NO_LOGIN = re.compile(r"failed with error code 40[13]\b")
_QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2"}


def _client() -> "MlflowClient":
    """The client of the tracking server; it sends nothing of its own.

    Raises:
        SettingError: It is not installed, or no server is named.
    """
    address = required("MLFLOW_TRACKING_URI", "mlflow", "a tracking server")
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    try:
        from mlflow import MlflowClient
    except ImportError:
        raise SettingError("mlflow:// needs MLflow's client: pip install 'trace2skill[mlflow]'") from None
    logging.getLogger("mlflow.store.model_registry.abstract_store").setLevel(logging.WARNING)
    with _told("be reached"):
        return MlflowClient(tracking_uri=address, registry_uri=address)


@contextmanager
def _told(what: str) -> Iterator[None]:
    """What MLflow raises, as an error of ours that says what it does not do.

    Raises:
        SettingError: The login is refused.
        InputError: The server is not there, or refuses the request.
    """
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        code = str(error.error_code)
        if code in _REFUSED or _NO_LOGIN.search(str(error)):
            raise SettingError(
                "MLflow refuses the login: check MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and "
                "MLFLOW_TRACKING_PASSWORD"
            ) from None
        if "API request to" in str(error):
            raise InputError(
                "MLflow cannot be reached: check MLFLOW_TRACKING_URI, or try again later"
            ) from None
        raise InputError(f"MLflow does not {what} ({code}): {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:300]


def _found(question: Callable[[], Any]) -> Any:  # noqa: ANN401 - entities of MLflow's, which has no types for them
    """What there is, or None where the server says that there is nothing."""
    from mlflow.exceptions import MlflowException

    try:
        return question()
    except MlflowException as error:
        if error.error_code == _ABSENT:
            return None
        raise


def _latest(found: Any) -> Latest | None:  # noqa: ANN401 - a version of either registry's
    if found is None:
        return None
    told = found.tags.get(TAG, "")
    facts = orjson.loads(told) if told.startswith("{") else None
    return Latest(int(found.version), hash_of(facts), found.aliases)


class MLflowPrompts:
    """Each skill is a text prompt: SKILL.md, with digest and evidence in a tag of the version.

    Raises:
        SettingError: The client is not installed, or no server is named.
    """

    def __init__(self) -> None:
        self._client = _client()

    def latest(self, name: str) -> Latest | None:
        """The last version of the prompt of that name."""
        with _told(f"give the prompt {name}"):
            return _latest(_found(lambda: self._client.get_prompt_version_by_alias(name, LATEST)))

    def add(self, entry: Entry, labels: Collection[str]) -> int:
        """Make a version of the prompt."""
        tags = {TAG: orjson.dumps(entry.facts).decode()}
        with _told(f"take {entry.skill.name}"):
            made = self._client.register_prompt(
                entry.skill.name, entry.markdown, commit_message=entry.message, tags=tags
            )
        self.label(entry.skill.name, made.version, labels)
        return int(made.version)

    def label(self, name: str, version: int, labels: Collection[str]) -> None:
        """Point aliases at a version of the prompt."""
        with _told(f"label {name}"):
            for label in sorted(labels):
                self._client.set_prompt_alias(name, label, version)


class MLflowSkills:
    """Each skill is its whole folder, uploaded to the server; experimental in MLflow.

    Raises:
        SettingError: The client is not installed, or too old, or no server is named.
    """

    def __init__(self) -> None:
        self._client: Any = _client()
        if not hasattr(self._client, "create_skill_version"):
            raise SettingError(
                "this MLflow has no Skill Registry: pip install 'mlflow>=3.18', or use mlflow://prompts"
            )

    def latest(self, name: str) -> Latest | None:
        """The last version of the skill of that name."""
        with _told(f"give the skill {name}"):
            return _latest(_found(lambda: self._client.get_latest_skill_version(name=name)))

    def add(self, entry: Entry, labels: Collection[str]) -> int:
        """Make a version of the skill."""
        from mlflow import genai, get_tracking_uri, set_tracking_uri

        name, before = entry.skill.name, get_tracking_uri()
        with TemporaryDirectory() as folder, _told(f"take {name}"):
            source = export_skill(entry.skill, entry.version, Path(folder))
            set_tracking_uri(os.environ["MLFLOW_TRACKING_URI"])
            try:
                made = vars(genai)["register_skill"](source=str(source))
            finally:
                set_tracking_uri(before)
            self._client.set_skill_version_tag(
                name=name, version=made.version, key=TAG, value=orjson.dumps(entry.facts).decode()
            )
        self.label(name, made.version, labels)
        return int(made.version)

    def label(self, name: str, version: int, labels: Collection[str]) -> None:
        """Point aliases at a version of the skill."""
        with _told(f"label {name}"):
            for label in sorted(labels):
                self._client.set_skill_alias(name=name, alias=label, version=version)
