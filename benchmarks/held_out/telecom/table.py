"""The measurement as Markdown: success by sample size and kind of issue, and failures by cause."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import mean

from benchmarks.held_out.telecom.bench import Result

Arm = tuple[int, str]
"""How many demonstrations, and which of the skills' rules the executor had."""


def tables(results: Sequence[Result]) -> str:
    """Success by sample size, by kind of issue, failures by cause, and failures by cause and tool."""
    by_arm: dict[Arm, list[Result]] = defaultdict(list)
    for result in results:
        by_arm[result.sample, result.rules].append(result)
    by_arm = {arm: by_arm[arm] for arm in sorted(by_arm, key=lambda arm: (-arm[0], arm[1]))}
    lines = [
        "",
        "| demonstrations | samples | success | lowest to highest | ceiling | share of it | replay |",
        "|---|---|---|---|---|---|---|",
        *(_row(_name(arm), of) for arm, of in by_arm.items()),
        "",
        *_strata(by_arm),
        "",
        *_causes(by_arm),
        "",
        *_tools(results),
    ]
    return "\n".join(lines) + "\n"


def _name(arm: Arm) -> str:
    size, rules = arm
    return str(size) if rules == "policy" else f"{size}, {rules} rules"


def _row(name: str, results: Sequence[Result]) -> str:
    success, ceiling = mean(r.success for r in results), mean(r.ceiling for r in results)
    spread = f"{min(r.success for r in results):.3f} to {max(r.success for r in results):.3f}"
    share = f"{success / ceiling:.3f}" if ceiling else "-"
    replay = mean(r.replay for r in results)
    return f"| {name} | {len(results)} | {success:.3f} | {spread} | {ceiling:.3f} | {share} | {replay:.3f} |"


def _strata(by_arm: dict[Arm, list[Result]]) -> list[str]:
    """Solved of asked, by kind of issue: each arm, the replay of its demonstrations, and doing nothing."""
    names = sorted({name for results in by_arm.values() for each in results for name in each.strata})
    if not names:
        return []
    rows = []
    for arm, results in by_arm.items():
        for who, field in ((_name(arm), "solved"), (f"{arm[0]}, replay", "replayed"), ("no-op", "unaided")):
            found = [[each.strata[name] for each in results if name in each.strata] for name in names]
            counts = [
                (sum(getattr(each, field) for each in of), sum(each.tasks for each in of)) for of in found
            ]
            counts.append((sum(hits for hits, _ in counts), sum(asked for _, asked in counts)))
            rows.append(f"| {who} | {' | '.join(f'{hits}/{asked}' for hits, asked in counts)} |")
    head = f"| solved of asked | {' | '.join(names)} | all |"
    return [head, "|---" * (len(names) + 2) + "|", *dict.fromkeys(rows)]


def _causes(by_arm: dict[Arm, list[Result]]) -> list[str]:
    counts = {arm: Counter(f.fault.cause for r in of for f in r.failures) for arm, of in by_arm.items()}
    causes = sorted({cause for count in counts.values() for cause in count})
    rows = [f"| {cause} | {' | '.join(str(count[cause]) for count in counts.values())} |" for cause in causes]
    runs = " | ".join(str(sum(r.tasks for r in of)) for of in by_arm.values())
    head = " | ".join(map(_name, by_arm))
    return [f"| first fault | {head} |", "|---" * (len(by_arm) + 1) + "|", *rows, f"| of runs | {runs} |"]


def _tools(results: Sequence[Result]) -> list[str]:
    counts = Counter((f.fault.cause, f.fault.tool) for r in results for f in r.failures)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    rows = [f"| {cause} | {tool or '-'} | {count} |" for (cause, tool), count in ranked]
    return ["| first fault | call | runs |", "|---|---|---|", *rows]
