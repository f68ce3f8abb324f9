"""The conventions of a desk, drawn by seed: which reading calls for which repair, in which order, how much.

Every desk has the same size: eight readings of a device (two mean nothing, one only tells when another
matters), two readings and two numbers of a line, two readings of an account; seven repairs, of which one
takes effect only at a restart; two reasons to hand over; three tools that repair nothing. All else is drawn.
"""

import random
from dataclasses import dataclass, replace

WORDS = {
    "noun": "gable sump tarn lattice quill mantle spindle hearth gusset tiller "
    "basin ferrule coping trellis ledger sluice plinth bobbin cornice tether",
    "adjective": "amber slate ochre dun teal umber ivory fallow russet indigo pearl sable",
    "verb": "braid prime quench tilt anneal winnow scour lift fold graft rinse stow temper wedge",
    "thing": "marrow canopy rudder thicket harrow pebble garland furrow anvil burrow kettle saddle",
    "feed": "lantern orchard harbour meadow granary chapel",
    "trouble": "stutters,stays dim,comes back twice,arrives late,goes round in circles,drops away",
}
NOUNS, ADJECTIVES, VERBS, THINGS, FEEDS, TROUBLES = (
    text.split("," if "," in text else " ") for text in WORDS.values()
)
AMOUNTS = (1.5, 2.5, 4.0, 6.0)


@dataclass(frozen=True)
class Repair:
    """A tool that puts one reading right.

    Attributes:
        tool: Its name.
        variable: The reading.
        good: What it sets the reading to.
        cures: The values that call for it, each with the argument that cures it; empty if it takes none.
        options: What the argument may be.
        of_line: The reading is one of a line, which the tool is told.
        only_if: Another reading of the device and its value, without which nothing is called for.
        after: The reading that must be well before; else the tool is refused.
        staged: It takes effect only at the restart.
    """

    tool: str
    variable: str
    good: str
    cures: dict[str, str]
    options: tuple[str, ...] = ()
    of_line: bool = False
    only_if: tuple[str, str] | None = None
    after: str = ""
    staged: bool = False


@dataclass(frozen=True)
class Convention:
    """All that a desk agrees on.

    Attributes:
        seed: Drew it.
        values: What each reading may be.
        device: The readings of the device.
        line: The readings of a line: one that is repaired, one that is handed over.
        account: The readings of an account: one that is handed over, one that tells how much a top-up is.
        repairs: By reading.
        order: The readings in the order in which they are put right; a line's first number stands for the
            top-up.
        restart: The tool that makes staged repairs take effect.
        top_up: The tool that raises the second number of a line.
        numbers: Two numbers of a line; a top-up is due when the first is above the second.
        amounts: How much, by the account's second reading; the same for all unless the desk is graded.
        refer: The tool that hands over.
        desks: Readings that are handed over: the value, and to which desk.
        decoys: Tools that repair nothing, and the reading of the device that they change.
        kinds: What is reported, by kind of issue.
    """

    seed: int
    values: dict[str, tuple[str, ...]]
    device: tuple[str, ...]
    line: tuple[str, ...]
    account: tuple[str, ...]
    repairs: dict[str, Repair]
    order: tuple[str, ...]
    restart: str
    top_up: str
    numbers: tuple[str, str]
    amounts: dict[str, float]
    refer: str
    desks: dict[str, tuple[str, str]]
    decoys: dict[str, str]
    kinds: tuple[str, ...]

    def harmless(self, variable: str) -> list[str]:
        """The values of a reading that call for nothing."""
        bad = set(self.repairs[variable].cures) if variable in self.repairs else set()
        return [each for each in self.values[variable] if each not in bad | set(self.desks.get(variable, ()))]

    def faults(self, kind: int) -> list[str]:
        """The readings that may be wrong in an issue of a kind; each kind has those of the kinds before."""
        device, usage = self.device, self.numbers[0]
        mild = [device[0], self.line[0], usage, self.account[0]]
        more = [device[1], device[2], self.line[1]]
        return [*mild, *(more if kind else ()), *((device[3], device[4]) if kind > 1 else ())]


def draw(seed: int, *, graded: bool = False) -> Convention:
    """The convention of a seed; `graded` makes the amount of a top-up depend on a reading of the account."""
    rng = random.Random(f"counter/{seed}")  # noqa: S311 - reproducible, no secret
    names = rng.sample(NOUNS, 14)
    device, line, account = names[:8], names[8:10], names[10:12]
    usage, mark = (f"{name}_units" for name in names[12:])
    values = {name: tuple(rng.sample(ADJECTIVES, 2 if name == account[1] else 4)) for name in names[:12]}
    words = zip(rng.sample(VERBS, 12), rng.sample(THINGS, 12), strict=True)
    tools = [f"{verb}_{thing}" for verb, thing in words]
    desks = zip((account[0], line[1]), rng.sample(THINGS, 2), strict=True)
    feeds = zip(rng.sample(FEEDS, 3), rng.sample(TROUBLES, 3), strict=True)

    def repair(variable: str, bad: int = 1, options: int = 0) -> Repair:
        given = rng.sample(ADJECTIVES, options)
        cures = dict(zip(values[variable][:bad], given or [""], strict=False))
        return Repair(tools.pop(), variable, values[variable][-1], cures, tuple(sorted(given)))

    repairs = (
        repair(device[0]),
        replace(repair(line[0]), of_line=True, after=usage),
        repair(device[1], options=3),
        replace(repair(device[2]), after=device[1]),
        replace(repair(device[3], bad=2, options=3), staged=True),
        replace(repair(device[4]), only_if=(device[5], values[device[5]][0])),
    )
    order = [usage, line[0], *device[:3], device[4]]
    while order.index(line[0]) < order.index(usage) or order.index(device[2]) < order.index(device[1]):
        rng.shuffle(order)
    amounts = rng.sample(AMOUNTS, 2)
    return Convention(
        seed=seed,
        values=values,
        device=tuple(device),
        line=tuple(line),
        account=tuple(account),
        repairs={each.variable: each for each in repairs},
        order=(*order, device[3]),
        restart=tools.pop(),
        top_up=tools.pop(),
        numbers=(usage, mark),
        amounts=dict(zip(values[account[1]], amounts if graded else amounts[:1] * 2, strict=True)),
        refer=tools.pop(),
        desks={name: (values[name][0], desk) for name, desk in desks},
        decoys={tools.pop(): name for name in device[5:]},
        kinds=tuple(f"the {feed} feed {trouble}" for feed, trouble in feeds),
    )
