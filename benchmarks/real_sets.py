"""The sets that the statistics are tried on, as pools, and what all analysts make of one."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from trace2skill.evidence.finding import Finding
from trace2skill.mining.analyse import analyse
from trace2skill.mining.families import assign_families
from trace2skill.mining.pool import Pool
from trace2skill.mining.roster import ROSTER
from trace2skill.traces.model import Trace
from trace2skill.traces.read import read_traces

ROOT = Path(__file__).resolve().parents[1]
SETS = {"airline": "tau_bench", "telecom": "tau2/telecom_gpt-4.1.json", "bundled telecom": None}
MORE_SETS = {"webshop": "webshop_react", "retail": "tau2/retail_gpt-4.1.json"}


def traces_of(folder: Path, name: str) -> list[Trace]:
    """The traces of one set."""
    source = (SETS | MORE_SETS)[name]
    if source is None:
        return list(read_traces(ROOT / "examples" / "telecom" / "traces.jsonl"))
    mapping = ROOT / "examples" / "maps" / "webshop.toml" if name == "webshop" else None
    return list(read_traces(folder / source, mapping=mapping))


def pools(traces: Sequence[Trace]) -> Iterator[Pool]:
    """One pool for each family."""
    families = assign_families(traces)
    for family in sorted(set(families.values())):
        yield Pool(family, [trace for trace in traces if families[trace.hash] == family])


def findings(pool: Pool) -> list[Finding]:
    """Everything that was measured in a family, kept or not."""
    analyses = [analyse(analyst, pool) for analyst in ROSTER]
    kept = [finding for analysis in analyses for finding in analysis.findings]
    return kept + [each.finding for analysis in analyses for each in analysis.rejected]
