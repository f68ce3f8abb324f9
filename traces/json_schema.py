"""The published JSON Schema of our own trace format, generated from the model."""

import json
from pathlib import Path

from trace2skill.traces.model import SCHEMA_VERSION, Trace

SCHEMA_FILE = Path(__file__).with_name("schema") / f"trace-v{SCHEMA_VERSION}.json"


def trace_schema() -> dict[str, object]:
    """The JSON Schema of one line of our own JSONL, as `to_json` writes and the reader accepts it."""
    schema = Trace.model_json_schema()
    schema["properties"] = {"schema_version": {"const": SCHEMA_VERSION}, **schema["properties"]}
    schema["required"] = ["schema_version", *schema.get("required", [])]
    schema["title"] = "trace2skill trace"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def rendered_schema() -> str:
    """The text of `schema/trace-v1.json`."""
    return json.dumps(trace_schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(rendered_schema(), encoding="utf-8")
