"""The words that claims about a family may use: its tools and their arguments, its facts and their values."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from pydantic import JsonValue

from trace2skill.claims.notation import action_text, key_text, scalar_text
from trace2skill.claims.traversal import SAID
from trace2skill.facts.fact import Value, is_instance
from trace2skill.mining.pool import Pool
from trace2skill.traces.model import Actor, Frozen
from trace2skill.wording.escape import one_line

MOST_FACTS = 300
LONGEST_OFFER = 200
MANY = 6
"""Values of a fact; of more than so many two are shown."""

LONGEST_VALUE = 30
ID, TEXT = "(ids)", "(texts)"


class Glossary(Frozen):
    """What a claim may name, and the lines that say so to a model.

    `actors` gives, for each tool, the one actor who uses it where a family has several; `keys` are all fact
    keys that any run reads, whether a line tells of them or not; `offered` are tools that no run called.
    """

    lines: tuple[str, ...]
    tools: frozenset[str]
    keys: frozenset[str]
    offered: frozenset[str] = frozenset()
    actors: tuple[tuple[str, Actor], ...] = ()


def glossary(pool: Pool) -> Glossary:
    """The glossary of the runs that are mined."""
    used: defaultdict[str, set[Actor]] = defaultdict(set)
    for view in pool.views:
        for step in view.trace.steps:
            if step.action:
                used[step.action.tool].add(step.actor)
    several = len(set().union(*used.values())) > 1 if used else False
    sole = {tool: next(iter(actors)) for tool, actors in used.items() if several and len(actors) == 1}
    return Glossary(
        lines=("Tools:", *_tools(pool), *_never_called(pool, used), "Facts:", *_facts(pool)),
        tools=frozenset(used),
        keys=frozenset(key for view in pool.views for key in view.belief.keys) | frozenset(SAID),
        offered=frozenset(tool.name for view in pool.views for tool in view.trace.tools) - used.keys(),
        actors=tuple(sorted(sole.items())),
    )


def _tools(pool: Pool) -> Iterator[str]:
    """Each tool in the shape its calls mostly have, with the number of runs that call it."""
    runs: defaultdict[str, set[int]] = defaultdict(set)
    shapes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for shape, places in pool.places.items():
        runs[shape.tool].update(at for at, _ in places)
        shapes[shape.tool][action_text(shape)] += len(places)
    for tool in sorted(runs):
        text = min(shapes[tool].items(), key=lambda item: (-item[1], item[0]))[0]
        yield f"- {text}  in {len(runs[tool])} runs"


def _never_called(pool: Pool, used: Collection[str]) -> Iterator[str]:
    """The tools that were on offer and that no run called, with what they say of themselves."""
    offered = {tool.name: tool for view in pool.views for tool in view.trace.tools if tool.name not in used}
    if offered:
        yield "On offer, called in no run (only a note may name them):"
    for name in sorted(offered):
        arguments = one_line(", ".join(sorted(_properties(offered[name].parameters))))
        about = one_line(offered[name].description)[:LONGEST_OFFER]
        yield f"- {one_line(name)}({arguments})  {about}"


def _properties(schema: Mapping[str, JsonValue]) -> Collection[str]:
    found = schema.get("properties")
    return found.keys() if isinstance(found, dict) else ()


def _facts(pool: Pool) -> Iterator[str]:
    """The facts that most runs read, those with few values first among equals."""
    runs: Counter[str] = Counter()
    values: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for view in pool.views:
        for key in view.belief.keys:
            runs[key] += 1
            for readings in view.belief.timeline(key).values():
                values[key].update(_shown({reading.value for reading in readings if reading.known}))
    ranked = sorted(runs, key=lambda key: (-runs[key], len(values[key]), key))[:MOST_FACTS]
    dull = [key for key in sorted(ranked) if not _telling(values[key])]
    for key in sorted(set(ranked).difference(dull)):
        distinct = sorted(values[key].items(), key=_commonest)
        told = distinct[: MANY if len(distinct) <= MANY else 2]
        more = f", ... {len(distinct)} values" if len(distinct) > MANY else ""
        yield f"- {key_text(key)}: {', '.join(text for text, _ in told)}{more}"
    if dull:
        yield f"- always alike, ids or texts: {', '.join(map(key_text, dull))}"


def _telling(values: Counter[str]) -> bool:
    """Whether the values say more than that there is one."""
    return len(values.keys() - {ID, TEXT}) > 1 or (len(values) > 1 and not values.keys() <= {ID, TEXT})


def _commonest(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def _shown(values: Iterable[Value]) -> Iterator[str]:
    for value in values:
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, str) and (is_instance(one) or len(one) > LONGEST_VALUE):
                yield ID if is_instance(one) else TEXT
            else:
                yield one_line(scalar_text(one))
