"""The page on embedding says what is so: its Python runs, block by block, against servers on loopback."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.tools import tool

from tests.chat_server import chat_server
from tests.integrations.langfuse_server import langfuse_server
from trace2skill import Library, export_skills

for needed in ("deepagents", "langfuse"):
    pytest.importorskip(needed, reason=f"needs {needed}")

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
NUMBER = "555-123-2002"


@tool
def get_customer_by_phone(phone_number: str) -> dict[str, Any]:
    """Find a customer."""
    return {"customer_id": "C1001", "phone_number": phone_number, "line_ids": ["L1002"], "bill_ids": []}


@tool
def get_details_by_id(id: str) -> dict[str, Any]:
    """Look up a line."""
    return {"line_id": id, "phone_number": NUMBER, "status": "Active", "roaming_enabled": True}


@tool
def get_data_usage(customer_id: str, line_id: str) -> dict[str, Any]:
    """Read how much data a line has used."""
    return {"customer_id": customer_id, "line_id": line_id, "data_used_gb": 3.2, "data_limit_gb": 5.0}


@tool
def refuel_data(customer_id: str, line_id: str, gb_amount: float) -> str:
    """Sell more data."""
    return f"{gb_amount} GB were added to {line_id} of {customer_id}."


@tool
def enable_roaming(customer_id: str, line_id: str) -> str:
    """Enable roaming on a line."""
    return f"Roaming was enabled on {line_id} of {customer_id}."


@tool
def transfer_to_human_agents(summary: str) -> str:
    """Hand over to a person."""
    return f"Transferred: {summary}"


TOOLS = [get_customer_by_phone, get_details_by_id, get_data_usage, refuel_data, enable_roaming]
TOOLS.append(transfer_to_human_agents)


@pytest.fixture
def here(bundled_library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with what the page takes for granted: the demo's library, exported; servers and their keys."""
    shutil.copytree(bundled_library, tmp_path / "demo-library")
    export_skills(tmp_path / "skills", tmp_path / "demo-library")
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path)
    with chat_server({"content": "Please switch mobile data on."}) as model, langfuse_server() as registry:
        monkeypatch.setenv("OPENAI_BASE_URL", model.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk")
        monkeypatch.setenv("LANGFUSE_HOST", registry.url)
        monkeypatch.delenv("LANGFUSE_BASE_URL", raising=False)
        monkeypatch.setenv("LANGFUSE_PUBLIC_KEY", "pk")
        monkeypatch.setenv("LANGFUSE_SECRET_KEY", "sk")
        yield tmp_path


def test_every_python_block_runs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From top to bottom, each with its own imports; what is said of a result is so."""
    made = [_run(block, {}) for block in BLOCKS[:7]]
    recorded = _run(BLOCKS[7], {})
    _run(BLOCKS[8], {"result": made[0]["result"]})
    assert len(BLOCKS) == 9

    assert made[0]["result"]["skill_receipt"]["offered"][0]["skill"] == "telecom-send-mms"
    assert "skill_receipt" in BLOCKS[0]
    assert "telecom-send-mms" in capsys.readouterr().out
    assert made[2]["found"].text.startswith("<skill-guidance")
    assert (here / "project" / ".claude" / "skills" / "telecom-send-mms" / "SKILL.md").is_file()
    assert made[4]["taken"].state == "known"
    assert made[5]["repair"].name == "repair_mms"
    assert made[6]["run"].trace.steps
    assert "555" not in (here / "runs.jsonl").read_text(encoding="utf-8")
    assert recorded["result"]["trace_id"] in (here / "runs.outcomes.jsonl").read_text(encoding="utf-8")
    with Library("demo-library") as library:
        assert library.usage("telecom-send-mms")[-1].event == "helped"


def _run(block: str, given: dict[str, Any]) -> dict[str, Any]:
    """What a block defines; `tools` and a person to ask are the reader's own."""
    names = {"tools": TOOLS, "ask_a_person": lambda *_: False, **given}
    exec(compile(block, "embedding.md", "exec"), names)
    return names
