"""Checks an installed trace2skill: every module imports, and nothing was installed beside it.

A module may want a package of an extra that is not installed; anything else that is missing is a missing
dependency.
"""

import importlib
import pkgutil
import re
from importlib.metadata import files, requires
from pathlib import Path

import trace2skill


def load(name: str) -> None:
    """Import a module, unless what it lacks is optional."""
    extras = {
        re.split(r"[^\w-]", wanted)[0] for wanted in requires("trace2skill") or () if "extra ==" in wanted
    }
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name not in extras:
            raise


def main() -> None:
    """Import every module and compare what the distribution put into site-packages with what it may."""
    modules = [module.name for module in pkgutil.walk_packages(trace2skill.__path__, "trace2skill.")]
    for name in modules:
        if name != "trace2skill.__main__":
            load(name)
    installed = {path.parts[0] for path in files("trace2skill") or () if path.parts[0] != ".."}
    surplus = {top for top in installed if not top.startswith("trace2skill")}
    if surplus or len(modules) < 20:
        raise SystemExit(f"{len(modules)} modules; installed beside trace2skill: {sorted(surplus)}")
    print(f"{len(modules)} modules import from {Path(trace2skill.__file__).parent}")  # noqa: T201 - its whole output


if __name__ == "__main__":
    main()
