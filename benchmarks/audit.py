"""Every visible rule of five sets, as a list to be labelled by hand; and the precision that labels give.

    python -m benchmarks.audit                                        # the lists, as Markdown
    python -m benchmarks.audit --sets airline webshop --into FOLDER   # two sets; keep their libraries
    python -m benchmarks.audit --template docs/audit                  # label files to fill in
    python -m benchmarks.audit --labels docs/audit                    # precision, from labels-*.toml

Each set is distilled with default settings; a library that lies in --into already is taken as it is. All but
the bundled example are read from the folder of real traces (--traces). Labels are given by somebody who has
read the policy of the domain, whose texts inspect-evals ships:

- true-useful: so in the policy or in the world, and worth telling somebody who is to do the task;
- true-useless: so, and of no help;
- spurious: not so, or so in these runs by chance alone;
- harmful: whoever follows it does something wrong.

A label belongs to the exact text of a rule. One whose text no skill of its set has any more is refused; a
label file that is written again keeps those that still fit.
"""

import argparse
import json
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from trace2skill import Library, distill
from trace2skill.errors import InputError, Trace2SkillError
from trace2skill.skills.model import (
    Skill,
    SkillRule,
)
from trace2skill.traces.model import Frozen

ROOT = Path(__file__).resolve().parents[1]

TRACES = ROOT.parent / "shared" / "traces"
SETS = {
    "bundled-telecom": None,
    "telecom": "tau2/telecom_gpt-4.1.json",
    "retail": "tau2/retail_gpt-4.1.json",
    "airline": "tau_bench",
    "webshop": "webshop_react",
}
LABELS = ("true-useful", "true-useless", "spurious", "harmful")
POLICIES = {
    "telecom": ("main_policy.txt", "tech_support_manual.txt", "tech_support_workflow.txt"),
    "retail": ("policy.txt",),
    "airline": ("policy.txt",),
}


class Label(Frozen):
    """What somebody says of a rule, and why."""

    text: str
    label: Literal["true-useful", "true-useless", "spurious", "harmful", ""] = ""
    reason: str = ""


class LabelFile(Frozen):
    """The labels of one set."""

    set: str
    rule: tuple[Label, ...] = ()

    @property
    def by_text(self) -> dict[str, Label]:
        """The labels by the text of the rule."""
        return {label.text: label for label in self.rule}


def main() -> None:
    """Distil the sets that are asked for; list their rules, write label files, or judge by labels."""
    arguments = _parser().parse_args()
    try:
        files = read_labels(arguments.labels) if arguments.labels else {}
        names = list(files) or arguments.sets
        with tempfile.TemporaryDirectory() as scratch:
            found = {
                name: skills_of(name, arguments.traces, (arguments.into or Path(scratch)) / name)
                for name in names
            }
        if arguments.template:
            for name, skills in found.items():
                write_template(name, skills, arguments.template)
        elif arguments.labels:
            sys.stdout.write("\n".join(table(found, files)) + "\n")
        else:
            sys.stdout.write("\n".join([*policies(), *listing(found)]) + "\n")
    except Trace2SkillError as error:
        sys.exit(str(error))


def skills_of(name: str, folder: Path, library: Path) -> list[Skill]:
    """The skills of a set, distilled into a library; of a library that is there already, those it holds.

    Raises:
        InputError: The traces are not there.
    """
    if not library.exists():
        inside = SETS[name]
        source = folder / inside if inside else ROOT / "examples" / "telecom" / "traces.jsonl"
        mapping = ROOT / "examples" / "maps" / "webshop.toml" if name == "webshop" else None
        distill(source, library=library, mapping=mapping)
    with Library(library, create=False) as opened:
        return [stored.skill for stored in opened.skills()]


def listing(found: Mapping[str, Sequence[Skill]]) -> Iterator[str]:
    """Every rule, numbered within its skill: tier, support, text."""
    for name, skills in found.items():
        yield f"\n# {name}: {sum(len(skill.rules) for skill in skills)} rules in {len(skills)} skills"
        for skill in skills:
            yield f"\n## {skill.name}: {len(skill.traces)} runs\n"
            for number, rule in enumerate(skill.rules, 1):
                yield f"{number}. ({rule.tier}, {_support(rule)}) {rule.text}"


def _support(rule: SkillRule) -> str:
    if rule.finding is None:
        return "not counted"
    support = rule.finding.summary.support
    return f"{support.held}/{support.opportunities} in {support.traces} runs on {support.tasks} tasks"


def policies() -> Iterator[str]:
    """Where the texts lie that say what is true of a domain."""
    package = find_spec("inspect_evals")
    if package is None or package.origin is None:
        yield "The policy texts are missing; install them with: pip install inspect-evals"
        return
    domains = Path(package.origin).parent / "tau2" / "data" / "domains"
    for domain, texts in POLICIES.items():
        yield from (f"policy of {domain}: {domains / domain / text}" for text in texts)


def read_labels(folder: Path) -> dict[str, LabelFile]:
    """The label files of a folder, by set.

    Raises:
        InputError: There is none, or one is not valid.
    """
    files = sorted(folder.glob("labels-*.toml"))
    if not files:
        raise InputError(f"{folder}: holds no labels-*.toml; write some with --template {folder}")
    read = [_label_file(file) for file in files]
    return {each.set: each for each in read}


def _label_file(file: Path) -> LabelFile:
    try:
        labels = LabelFile.model_validate(tomllib.loads(file.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise InputError(f"{file}: {error}") from error
    if labels.set not in SETS:
        raise InputError(f"{file}: `{labels.set}` is none of the sets {', '.join(SETS)}")
    return labels


def table(found: Mapping[str, Sequence[Skill]], files: Mapping[str, LabelFile]) -> Iterator[str]:
    """Rules by label, a line for each set; precision is the share of true and useful ones of those labelled.

    Raises:
        InputError: A label's text is no rule's.
    """
    yield f"| set | rules | {' | '.join(LABELS)} | unlabelled | precision |"
    yield "|---" * (len(LABELS) + 4) + "|"
    for name, skills in found.items():
        counts = counted(skills, files[name])
        labelled = sum(counts[label] for label in LABELS)
        precision = f"{counts['true-useful'] / labelled:.2f}" if labelled else "-"
        cells = [name, counts.total(), *(counts[label] for label in LABELS), counts[""], precision]
        yield f"| {' | '.join(map(str, cells))} |"


def counted(skills: Sequence[Skill], labels: LabelFile) -> Counter[str]:
    """How many rules have which label, "" for none. A text that several skills state counts for each.

    Raises:
        InputError: A label's text is no rule's.
    """
    texts = [rule.text for skill in skills for rule in skill.rules]
    gone = [text for text in labels.by_text if text not in texts]
    if gone:
        raise InputError(
            f"labels-{labels.set}.toml: {len(gone)} labels are of rules that no skill states any more; label "
            "again what took their place (--template keeps the labels that fit):\n- " + "\n- ".join(gone)
        )
    return Counter(labels.by_text[text].label if text in labels.by_text else "" for text in texts)


def write_template(name: str, skills: Sequence[Skill], folder: Path) -> None:
    """A label file with every rule of a set; labels that its earlier version gives stay where they fit."""
    file = folder / f"labels-{name}.toml"
    earlier = _label_file(file).by_text if file.exists() else {}
    lines = [f"# Labels: {', '.join(LABELS)}.", f"set = {_quoted(name)}"]
    texts: set[str] = set()
    for skill in skills:
        for number, rule in enumerate(skill.rules, 1):
            if rule.text in texts:
                continue
            texts.add(rule.text)
            label = earlier.get(rule.text, Label(text=rule.text))
            lines += [
                "",
                f"[[rule]] # {skill.name} {number}: {rule.tier}, {_support(rule)}",
                *(f"{field} = {_quoted(value)}" for field, value in label.model_dump().items()),
            ]
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _quoted(text: str) -> str:
    """A basic string of TOML, which escapes what JSON does."""
    return json.dumps(text, ensure_ascii=False)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sets", nargs="+", choices=tuple(SETS), default=list(SETS), help="which sets (all)")
    parser.add_argument(
        "--traces", type=Path, default=TRACES, metavar="FOLDER", help="real traces (%(default)s)"
    )
    parser.add_argument("--into", type=Path, metavar="FOLDER", help="keep the libraries, one folder a set")
    wanted = parser.add_mutually_exclusive_group()
    wanted.add_argument("--template", type=Path, metavar="FOLDER", help="write label files to fill in")
    wanted.add_argument("--labels", type=Path, metavar="FOLDER", help="judge by the label files of a folder")
    return parser


if __name__ == "__main__":
    main()
