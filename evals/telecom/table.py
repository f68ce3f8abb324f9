"""The measurement as Markdown: success by sample size, and failures by cause."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import mean

from trace2skill.evals.telecom.bench import Result


def tables(results: Sequence[Result]) -> str:
    """Success by sample size, failures by cause, and failures by cause and tool."""
    by_size: dict[int, list[Result]] = defaultdict(list)
    for result in results:
        by_size[result.sample].append(result)
    sizes = sorted(by_size, reverse=True)
    lines = [
        "",
        "| demonstrations | samples | success | lowest to highest | ceiling | share of it | replay |",
        "|---|---|---|---|---|---|---|",
        *(_row(size, by_size[size]) for size in sizes),
        "",
        *_causes(sizes, by_size),
        "",
        *_tools(results),
    ]
    return "\n".join(lines) + "\n"


def _row(size: int, results: Sequence[Result]) -> str:
    success, ceiling = mean(r.success for r in results), mean(r.ceiling for r in results)
    spread = f"{min(r.success for r in results):.3f} to {max(r.success for r in results):.3f}"
    share = f"{success / ceiling:.3f}" if ceiling else "-"
    replay = mean(r.replay for r in results)
    return f"| {size} | {len(results)} | {success:.3f} | {spread} | {ceiling:.3f} | {share} | {replay:.3f} |"


def _causes(sizes: Sequence[int], by_size: dict[int, list[Result]]) -> list[str]:
    counts = {size: Counter(f.fault.cause for r in by_size[size] for f in r.failures) for size in sizes}
    causes = sorted({cause for count in counts.values() for cause in count})
    rows = [f"| {cause} | {' | '.join(str(counts[size][cause]) for size in sizes)} |" for cause in causes]
    runs = " | ".join(str(sum(r.tasks for r in by_size[size])) for size in sizes)
    head = " | ".join(str(size) for size in sizes)
    return [f"| first fault | {head} |", "|---" * (len(sizes) + 1) + "|", *rows, f"| of runs | {runs} |"]


def _tools(results: Sequence[Result]) -> list[str]:
    counts = Counter((f.fault.cause, f.fault.tool) for r in results for f in r.failures)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    rows = [f"| {cause} | {tool or '-'} | {count} |" for (cause, tool), count in ranked]
    return ["| first fault | call | runs |", "|---|---|---|", *rows]
