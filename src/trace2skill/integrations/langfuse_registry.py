"""Langfuse as a registry of skills: its prompts, or its skills (in beta), by its own Python client.

https://langfuse.com/docs/prompt-management and https://langfuse.com/docs/skill-management
"""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, TypeVar

import httpx

from trace2skill.errors import InputError, SettingError
from trace2skill.integrations.registries import LATEST, Entry, Latest, hash_of
from trace2skill.skillmd.folder import plain_files
from trace2skill.skills.playbook import GENERATOR
from trace2skill.traces.pull.langfuse import host
from trace2skill.traces.pull.server import required

if TYPE_CHECKING:
    from langfuse.api import LangfuseAPI

Answer = TypeVar("Answer")
KEYS = "LANGFUSE_PUBLIC_KEY, LANGFUSE_SECRET_KEY and LANGFUSE_HOST (their region)"
SECONDS = 60.0


def _client() -> "LangfuseAPI":
    """The client of the REST interface alone: nothing is traced.

    Raises:
        SettingError: It is not installed, or a key is missing.
    """
    public = required("LANGFUSE_PUBLIC_KEY", "langfuse", "the project's public key")
    secret = required("LANGFUSE_SECRET_KEY", "langfuse", "the project's secret key")
    try:
        from langfuse.api import LangfuseAPI
    except ImportError:
        raise SettingError(
            "langfuse:// needs Langfuse's client: pip install 'trace2skill[langfuse]'"
        ) from None
    return LangfuseAPI(
        base_url=host().rstrip("/"), username=public, password=secret, timeout=SECONDS, follow_redirects=False
    )


def _asked(question: Callable[[], Answer], what: str) -> Answer:
    """What the server answers; a fault is told without the request, which holds the key.

    Raises:
        SettingError: The keys, or the address, are refused.
        InputError: The server is not there, or refuses the request.
    """
    from langfuse.api.core.api_error import ApiError

    try:
        return question()
    except ApiError as error:
        status = error.status_code or 0
        if status in (401, 403):
            raise SettingError(f"Langfuse refuses the key (status {status}): check {KEYS}") from None
        told = error.body if isinstance(error.body, dict) else {}
        why = f": {told['message']}" if isinstance(told.get("message"), str) else ""
        raise InputError(f"Langfuse does not {what} (status {status}){why}") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise InputError(
            f"Langfuse cannot be reached ({type(error).__name__}): check LANGFUSE_HOST, or try again later"
        ) from None


class LangfusePrompts:
    """Each skill is a text prompt: SKILL.md, with digest and evidence in its config.

    Raises:
        SettingError: The client is not installed, or a key is missing.
    """

    def __init__(self) -> None:
        self._api = _client()

    def latest(self, name: str) -> Latest | None:
        """The last version of the prompt of that name."""
        from langfuse.api import NotFoundError

        def asked() -> Any:  # noqa: ANN401 - one of several models of the client's
            try:
                return self._api.prompts.get(name, label=LATEST, resolve=False)
            except NotFoundError:
                return None

        found = _asked(asked, f"give the prompt {name}")
        if found is None:
            return None
        return Latest(found.version, hash_of(found.config), found.labels)

    def add(self, entry: Entry, labels: Collection[str]) -> int:
        """Make a version of the prompt."""
        from langfuse.api import CreateTextPromptRequest

        request = CreateTextPromptRequest(
            name=entry.skill.name,
            prompt=entry.markdown,
            type="text",
            config=entry.facts,
            labels=sorted(labels),
            tags=[GENERATOR, *entry.skill.tags],
            commit_message=entry.message,
        )
        made = _asked(lambda: self._api.prompts.create(request=request), f"take {entry.skill.name}")
        return int(made.version)

    def label(self, name: str, version: int, labels: Collection[str]) -> None:
        """Add labels to a version of the prompt."""
        _asked(
            lambda: self._api.prompt_version.update(name, version, new_labels=sorted(labels)),
            f"label {name}",
        )


class LangfuseSkills:
    """Each skill is one of Langfuse's skills, a folder of text files; its interface is in beta.

    Raises:
        SettingError: The client is not installed, or too old, or a key is missing.
    """

    def __init__(self) -> None:
        self._api = _client()
        if not hasattr(getattr(self._api, "unstable", None), "skills"):
            raise SettingError(
                "this client of Langfuse's knows no skills: pip install -U langfuse, or use langfuse://prompts"
            )

    def latest(self, name: str) -> Latest | None:
        """The last version of the skill of that name."""
        from langfuse.api import NotFoundError

        def asked() -> Any:  # noqa: ANN401 - a model of the client's
            try:
                return self._api.unstable.skills.get(name, label=LATEST)
            except NotFoundError:
                return None

        found = _asked(asked, f"give the skill {name}")
        if found is None:
            return None
        told = found.frontmatter if isinstance(found.frontmatter, dict) else {}
        return Latest(found.version, hash_of(told.get("metadata")), found.labels)

    def add(self, entry: Entry, labels: Collection[str]) -> int:
        """Make a version of the skill, from the files of its folder."""
        from langfuse.api.unstable.skills import SkillVersionFileInput

        files = [
            SkillVersionFileInput(path=path, content=text)
            for path, text in plain_files(entry.skill, entry.version).items()
        ]
        made = _asked(
            lambda: self._api.unstable.skills.create_version(files=files, commit_message=entry.message),
            f"take {entry.skill.name}",
        )
        if labels:
            self.label(entry.skill.name, made.version, labels)
        return int(made.version)

    def label(self, name: str, version: int, labels: Collection[str]) -> None:
        """Add labels to a version of the skill."""
        skills = self._api.unstable.skills

        def asked() -> Any:  # noqa: ANN401 - a model of the client's
            has = skills.get(name, version=version).labels
            return skills.set_labels(name, version, labels=sorted({*has, *labels} - {LATEST}))

        _asked(asked, f"label {name}")
