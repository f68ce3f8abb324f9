"""The skills that spans tell of: on offer to a model, or loaded by a tool.

Langfuse has the offer on model and tool calls (https://langfuse.com/docs/skill-management/tracing), and
OpenTelemetry's conventions for generative AI the skill that a tool call loads
(https://github.com/open-telemetry/semantic-conventions-genai, docs/gen-ai/execute-tool.md).
"""

from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from trace2skill.traces.model import SkillMention
from trace2skill.traces.span_messages import as_text, unpacked

OFFERED = "langfuse.observation.skills_available"
"""A JSON list of `{"name": ..., "version": ...}`, formerly `skillName` and `skillVersion`."""

LOADED, LOADED_VERSION = "gen_ai.skill.name", "gen_ai.skill.version"


def skills_of(attributes: Mapping[str, JsonValue], *, failed: bool) -> tuple[SkillMention, ...]:
    """The skills in a span's attributes; what failed has loaded nothing."""
    found = list(_offered(unpacked(attributes.get(OFFERED))))
    name = attributes.get(LOADED)
    if isinstance(name, str) and name and not failed:
        version = as_text(attributes.get(LOADED_VERSION))
        found.append(SkillMention(name=name, version=version, how="loaded"))
    return tuple(found)


def _offered(listed: JsonValue) -> Iterator[SkillMention]:
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict):
            name = each.get("name", each.get("skillName"))
            if isinstance(name, str) and name:
                version = as_text(each.get("version", each.get("skillVersion")))
                yield SkillMention(name=name, version=version, how="offered")
