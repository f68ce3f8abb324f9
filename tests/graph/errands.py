"""Two small task families of real traces: locked doors to open, lamps to light."""

from pathlib import Path

from tests.building import act, run
from trace2skill.skillmd.folder import export_skill
from trace2skill.store.library import Library
from trace2skill.traces.model import Trace, to_json


def door(number: int, *, unlocked: bool) -> Trace:
    """Look at the door, unlock it if the run is a good one, open it."""
    name = f"D{number}"
    look = act("look", {"door_id": name, "status": "locked"}, door=name)
    unlock = act("unlock", {"door_id": name, "status": "closed"}, door=name)
    opened = act("open", {"door_id": name, "status": "open"}, door=name)
    stuck = act("open", "Error: the door is locked", error=True, door=name)
    steps = (look, unlock, opened) if unlocked else (look, stuck)
    return _errand(
        run(*steps, name=f"door-{number}-{unlocked}", success=unlocked), "doors", f"Open door {name}."
    )


def closed_door(number: int) -> Trace:
    """A door that is not locked: look at it and open it."""
    name = f"C{number}"
    look = act("look", {"door_id": name, "status": "closed"}, door=name)
    opened = act("open", {"door_id": name, "status": "open"}, door=name)
    return _errand(run(look, opened, name=f"closed-{number}"), "doors", f"Open door {name}.")


def lamp(number: int, *, plugged: bool) -> Trace:
    """Check the lamp, plug it in if the run is a good one, switch it on."""
    name = f"L{number}"
    check = act("check", {"lamp_id": name, "plug": "out", "light": "off"}, lamp=name)
    plug = act("plug_in", {"lamp_id": name, "plug": "in"}, lamp=name)
    switch = act("switch_on", {"lamp_id": name, "light": "on" if plugged else "off"}, lamp=name)
    steps = (check, plug, switch) if plugged else (check, switch)
    return _errand(
        run(*steps, name=f"lamp-{number}-{plugged}", success=plugged), "lamps", f"Light lamp {name}."
    )


def doors(count: int = 8) -> list[Trace]:
    """Good and bad runs in turn, two on each door."""
    return [door(number // 2, unlocked=number % 2 == 0) for number in range(count)]


def lamps(count: int = 8) -> list[Trace]:
    """Good and bad runs in turn, two on each lamp."""
    return [lamp(number // 2, plugged=number % 2 == 0) for number in range(count)]


def mixed_doors(count: int = 6) -> list[Trace]:
    """As many doors that good runs unlock before they open them as doors that are not locked."""
    return [*(door(number, unlocked=True) for number in range(count)), *map(closed_door, range(count))]


def write(path: Path, traces: list[Trace]) -> Path:
    """The traces as a file of our own format."""
    path.write_bytes(b"".join(to_json(trace) + b"\n" for trace in traces))
    return path


def contents(library: Path) -> dict[str, str]:
    """What the library's skills say, whatever their versions: content hashes by name."""
    with Library(library, create=False) as opened:
        return {stored.skill.name: stored.skill.hash for stored in opened.skills()}


def exported(library: Path, directory: Path) -> dict[str, bytes]:
    """Every file of an export of the library, by relative path."""
    with Library(library, create=False) as opened:
        for stored in opened.skills():
            export_skill(stored.skill, stored.version, directory)
    files = [path for path in directory.rglob("*") if path.is_file()]
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in files}


def _errand(trace: Trace, family: str, task: str) -> Trace:
    return Trace(**{**dict(trace), "family": family, "domain": "house", "task": task, "task_key": task})
