"""The services of examples/services: what compose.yaml starts, and its command against the real ones."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from tests.graph.errands import contents
from tests.services import chroma, postgres

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "examples" / "services" / "compose.yaml"
TRACES = ROOT / "examples" / "telecom"


@pytest.fixture
def services() -> dict[str, Any]:
    """The services by name."""
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]
    return found


def test_what_is_open_is_open_to_this_machine(services: dict[str, Any]) -> None:
    """No service listens to others; what is built is there."""
    ports = [port for each in services.values() for port in each.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert (COMPOSE.parent / services["server"]["build"]["context"]).resolve() == ROOT
    assert (ROOT / services["server"]["build"]["dockerfile"]).is_file()


@pytest.mark.heavy
def test_its_command_runs_against_the_services(services: dict[str, Any], tmp_path: Path) -> None:
    """With the hosts and folders of this machine in the place of the services'."""
    user = services["postgres"]["environment"]["POSTGRES_USER"]
    settings = services["distill"]["environment"]
    with (
        chroma(tmp_path / "index", services["chroma"]["command"][:1]) as index,
        postgres(user) as checkpoints,
    ):
        here = {settings["TRACE2SKILL_CHROMA"]: index, "/data/traces": str(TRACES)}
        words = services["distill"]["command"]
        address = next(word for word in words if word.startswith("postgresql://"))
        assert urlsplit(address).username == user
        here[address] = checkpoints
        subprocess.run(
            [sys.executable, "-m", *(here.get(word, word) for word in words)],
            env={
                **os.environ,
                "TRACE2SKILL_CHROMA": here[settings["TRACE2SKILL_CHROMA"]],
                "TRACE2SKILL_LIBRARY": str(tmp_path / "library"),
            },
            check=True,
        )
    assert len(contents(tmp_path / "library")) == 3
    assert not (tmp_path / "library" / "index").exists()
