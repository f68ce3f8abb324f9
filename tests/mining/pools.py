"""A small world with one lesson of every kind, for the miners' tests.

A lamp shop: look a customer up, read the lamp, switch it on when it is off, check, say goodbye. Bad runs
switch without looking, or call the failing tool again.
"""

from tests.building import act, run
from trace2skill.mining.pool import Pool
from trace2skill.traces.model import Trace


def good(number: int, *, off: bool = True) -> Trace:
    """A run that does what the state asks for."""
    customer, lamp = f"C{number:03}", f"L{number:03}"
    state = "off" if off else "on"
    steps = [
        act("get_customer", {"customer_id": customer, "lamp_ids": [lamp]}, name=f"Customer {number}"),
        act("get_lamp", {"lamp_id": lamp, "state": state}, lamp=lamp),
    ]
    if off:
        steps += [act("switch", f"The lamp {lamp} was switched.", lamp=lamp)]
        steps += [act("get_lamp", {"lamp_id": lamp, "state": "on"}, lamp=lamp)]
    steps += [act("thank", "ok", manner="friendly")]
    return run(*steps, name=f"good-{number}", key=f"task-{number}", task=f"I am Customer {number}: light!")


def bad(number: int) -> Trace:
    """A run on the same task that switches blindly and insists on what failed."""
    lamp = f"L{number:03}"
    return run(
        act("switch", "Error: unknown lamp", lamp=lamp, error=True),
        act("switch", "Error: unknown lamp", lamp=lamp, error=True),
        act("thank", "ok", manner="friendly"),
        name=f"bad-{number}",
        key=f"task-{number}",
        task=f"I am Customer {number}: light!",
        success=False,
    )


def lamp_shop() -> Pool:
    """Twelve good runs, four of them with the lamp on already, and eight bad ones."""
    runs = [good(at, off=at < 8) for at in range(12)] + [bad(at) for at in range(8)]
    return Pool("lamps", runs)
