"""Skills in MLflow: its real server on loopback, its own client. Opt-in: the server takes 20 s to start."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

from tests.integrations.shelf import make_library
from tests.services import free_port
from trace2skill import Library, register_skills
from trace2skill.errors import InputError
from trace2skill.integrations.registries import Registered

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(
        find_spec("flask") is None or find_spec("mlflow") is None, reason="needs MLflow's server"
    ),
    pytest.mark.filterwarnings("ignore"),
]
NAME = "boil-water"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with a database and artifacts of its own."""
    folder, url = tmp_path_factory.mktemp("mlflow"), f"http://127.0.0.1:{(port := free_port())}"
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
    kept = [
        "--backend-store-uri",
        f"sqlite:///{folder}/kept.db",
        "--artifacts-destination",
        f"{folder}/files",
    ]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [*command, "--workers", "1", *kept],
            env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"},
            cwd=folder, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + 180
        while not _answers(url):
            running = server.poll() is None and time.monotonic() < deadline
            assert running, (folder / "server.log").read_text()
            time.sleep(0.3)
        yield url
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=2).is_success
    except httpx.HTTPError:
        return False


def _register(kind: str, library: Path, *labels: str) -> dict[str, Registered]:
    return {each.skill: each for each in register_skills(f"mlflow://{kind}", library, labels=labels)}


@pytest.mark.parametrize("kind", ["prompts", "skills"])
def test_versions_of_a_real_server(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """One version a content; aliases move; MLflow's own client reads what was put there."""
    from mlflow import MlflowClient

    from tests.integrations.test_registries import reworded

    if kind == "skills" and not hasattr(MlflowClient, "create_skill_version"):
        pytest.skip("the Skill Registry is from MLflow 3.18 on")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    library = make_library(tmp_path / "library")
    first = _register(kind, library, "production")
    assert {each.new for each in first.values()} == {True}
    again = _register(kind, library, "staging")
    assert {(each.new, each.registered) for each in again.values()} == {(False, 1)}
    reworded(library, "Fill the kettle first.")
    assert (third := _register(kind, library, "production"))[NAME].registered == 2
    assert [name for name, each in third.items() if each.new] == [NAME]
    client = MlflowClient(tracking_uri=address, registry_uri=address)
    if kind == "prompts":
        found = client.get_prompt_version_by_alias(NAME, "production")
        assert "Fill the kettle first." in str(found.template)
    else:
        found = client.get_skill_version_by_alias(name=NAME, alias="production")  # type: ignore[attr-defined]
    with Library(library) as opened:
        assert opened.skill(NAME).skill.digest in found.tags["trace2skill"]


def test_a_prompt_of_others_is_left_alone(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is taken."""
    from mlflow import MlflowClient

    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    client = MlflowClient(tracking_uri=address, registry_uri=address)
    client.register_prompt("refund-cancelled-flight", "Mine.")
    library = make_library(tmp_path / "library", "refund-cancelled-flight")
    with pytest.raises(InputError, match="trace2skill did not write"):
        register_skills("mlflow://", library)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    with pytest.raises(InputError, match="cannot be reached"):
        register_skills("mlflow://", library)
