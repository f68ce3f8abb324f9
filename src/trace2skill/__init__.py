"""trace2skill: execution traces in, declarative skills with evidence out.

    from trace2skill import distill

    report = distill("runs/", library=".trace2skill")

Importing the package loads nothing; each public name is loaded when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trace2skill.errors import Trace2SkillError
    from trace2skill.graph.distill import build as build_distill
    from trace2skill.graph.run import adistill, distill, merge, resume_run
    from trace2skill.graph.solve import Solution, asolve, solve
    from trace2skill.graph.solve import build as build_solve
    from trace2skill.integrations.callback_handler import TraceCallbackHandler
    from trace2skill.integrations.compiled_tool import as_tool
    from trace2skill.integrations.exchange import (
        Exports,
        Imported,
        Installed,
        aexport_skills,
        aimport_skill,
        ainstall_skills,
        aregister_skills,
        export_skills,
        import_skill,
        install_skills,
        register_skills,
    )
    from trace2skill.integrations.middleware import SkillMiddleware
    from trace2skill.integrations.recorder import TraceRecorder
    from trace2skill.integrations.registries import Registered
    from trace2skill.integrations.tools import SkillRetriever, skills_tool
    from trace2skill.llm.settings import ModelSettings
    from trace2skill.nodes.report import Report
    from trace2skill.skills.model import Skill
    from trace2skill.store.guidance import Guidance, aguidance, guidance
    from trace2skill.store.library import Library
    from trace2skill.store.receipts import Receipt, feedback
    from trace2skill.store.records import Wanted
    from trace2skill.traces.model import Trace
    from trace2skill.traces.read import read_traces

__all__ = [
    "Exports",
    "Guidance",
    "Imported",
    "Installed",
    "Library",
    "ModelSettings",
    "Receipt",
    "Registered",
    "Report",
    "Skill",
    "SkillMiddleware",
    "SkillRetriever",
    "Solution",
    "Trace",
    "Trace2SkillError",
    "TraceCallbackHandler",
    "TraceRecorder",
    "Wanted",
    "adistill",
    "aexport_skills",
    "aguidance",
    "aimport_skill",
    "ainstall_skills",
    "aregister_skills",
    "as_tool",
    "asolve",
    "build_distill",
    "build_solve",
    "distill",
    "export_skills",
    "feedback",
    "guidance",
    "import_skill",
    "install_skills",
    "merge",
    "read_traces",
    "register_skills",
    "resume_run",
    "skills_tool",
    "solve",
]

_HOMES = {
    "Exports": "trace2skill.integrations.exchange",
    "Guidance": "trace2skill.store.guidance",
    "Imported": "trace2skill.integrations.exchange",
    "Installed": "trace2skill.integrations.exchange",
    "Library": "trace2skill.store.library",
    "ModelSettings": "trace2skill.llm.settings",
    "Receipt": "trace2skill.store.receipts",
    "Registered": "trace2skill.integrations.registries",
    "Report": "trace2skill.nodes.report",
    "Skill": "trace2skill.skills.model",
    "SkillMiddleware": "trace2skill.integrations.middleware",
    "SkillRetriever": "trace2skill.integrations.tools",
    "Solution": "trace2skill.graph.solve",
    "Trace": "trace2skill.traces.model",
    "Trace2SkillError": "trace2skill.errors",
    "TraceCallbackHandler": "trace2skill.integrations.callback_handler",
    "TraceRecorder": "trace2skill.integrations.recorder",
    "Wanted": "trace2skill.store.records",
    "adistill": "trace2skill.graph.run",
    "aexport_skills": "trace2skill.integrations.exchange",
    "aguidance": "trace2skill.store.guidance",
    "aimport_skill": "trace2skill.integrations.exchange",
    "ainstall_skills": "trace2skill.integrations.exchange",
    "aregister_skills": "trace2skill.integrations.exchange",
    "as_tool": "trace2skill.integrations.compiled_tool",
    "asolve": "trace2skill.graph.solve",
    "build_distill": "trace2skill.graph.distill:build",
    "build_solve": "trace2skill.graph.solve:build",
    "distill": "trace2skill.graph.run",
    "export_skills": "trace2skill.integrations.exchange",
    "feedback": "trace2skill.store.receipts",
    "guidance": "trace2skill.store.guidance",
    "import_skill": "trace2skill.integrations.exchange",
    "install_skills": "trace2skill.integrations.exchange",
    "merge": "trace2skill.graph.run",
    "read_traces": "trace2skill.traces.read",
    "register_skills": "trace2skill.integrations.exchange",
    "resume_run": "trace2skill.graph.run",
    "skills_tool": "trace2skill.integrations.tools",
    "solve": "trace2skill.graph.solve",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562
    if name == "__version__":
        return import_module("importlib.metadata").version("trace2skill")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home, _, there = _HOMES[name].partition(":")
    value = getattr(import_module(home), there or name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
