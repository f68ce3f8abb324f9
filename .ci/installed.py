"""Checks an installed trace2skill: every module imports, and nothing was installed beside it."""

import importlib
import pkgutil
from importlib.metadata import files
from pathlib import Path

import trace2skill


def main() -> None:
    """Import every module and compare what the distribution put into site-packages with what it may."""
    modules = [module.name for module in pkgutil.walk_packages(trace2skill.__path__, "trace2skill.")]
    for name in modules:
        if name != "trace2skill.__main__":
            importlib.import_module(name)
    installed = {path.parts[0] for path in files("trace2skill") or () if path.parts[0] != ".."}
    surplus = {top for top in installed if not top.startswith("trace2skill")}
    if surplus or len(modules) < 20:
        raise SystemExit(f"{len(modules)} modules; installed beside trace2skill: {sorted(surplus)}")
    print(f"{len(modules)} modules import from {Path(trace2skill.__file__).parent}")  # noqa: T201 - its whole output


if __name__ == "__main__":
    main()
