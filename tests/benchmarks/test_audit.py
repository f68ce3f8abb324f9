"""Labels of visible rules: what they count, which are refused, and how label files are written."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest

from tests.skills.examples import roaming_skill
from trace2skill.errors import InputError

BENCH = Path(__file__).resolve().parents[2] / "benchmarks"
SKILL = roaming_skill()
ENABLE, TRANSFER, ASK = (rule.text for rule in SKILL.rules)


@pytest.fixture
def audit() -> ModuleType:
    """The module, imported as the script imports it."""
    return importlib.import_module("benchmarks.audit")


def labels(audit: ModuleType, **of: str) -> object:
    """A label file of the set of telecom runs, by the text of its rules."""
    return audit.LabelFile(
        set="telecom", rule=tuple(audit.Label(text=text, label=label) for text, label in of.items())
    )


def test_precision_is_the_share_of_true_and_useful_ones(audit: ModuleType) -> None:
    """Of three rules two are labelled, one of them true and useful."""
    file = labels(audit, **{ENABLE: "true-useful", TRANSFER: "spurious"})
    *_, row = audit.table({"telecom": [SKILL]}, {"telecom": file})
    assert row == "| telecom | 3 | 1 | 0 | 1 | 0 | 1 | 0.50 |"


def test_a_label_without_its_rule_is_refused(audit: ModuleType) -> None:
    """The message names the text."""
    file = labels(audit, **{"Do nothing.": "harmful"})
    with pytest.raises(InputError, match=r"labels-telecom\.toml: .*\n- Do nothing\."):
        audit.counted([SKILL], file)


def test_a_label_file_written_again_keeps_what_fits(audit: ModuleType, tmp_path: Path) -> None:
    """Every rule stands in it once, with its label and reason if it has one."""
    file = tmp_path / "labels-telecom.toml"
    file.write_text(
        'set = "telecom"\n'
        f'[[rule]]\ntext = "{ENABLE}"\nlabel = "true-useful"\nreason = "the policy says so"\n'
        '[[rule]]\ntext = "Gone."\nlabel = "harmful"\nreason = ""\n'
    )
    audit.write_template("telecom", [SKILL, SKILL], tmp_path)
    read = audit.read_labels(tmp_path)["telecom"]
    assert [(rule.text, rule.label, rule.reason) for rule in read.rule] == [
        (ENABLE, "true-useful", "the policy says so"),
        (TRANSFER, "", ""),
        (ASK, "", ""),
    ]


def test_a_list_says_what_a_rule_rests_on(audit: ModuleType) -> None:
    """Tier and support before the text; a note was not counted."""
    lines = list(audit.listing({"telecom": [SKILL]}))
    assert lines[0] == "\n# telecom: 3 rules in 1 skills"
    assert lines[2] == f"1. (mined, 12/20 in 12 runs on 8 tasks) {ENABLE}"
    assert lines[4] == f"3. (cited, not counted) {ASK}"


@pytest.mark.heavy
@pytest.mark.parametrize("of", ["bundled-telecom", "telecom", "retail", "airline", "webshop"])
def test_every_visible_rule_is_labelled(audit: ModuleType, of: str, tmp_path: Path) -> None:
    """A change of the rules of a set is read by somebody before it lands."""
    if audit.SETS[of] and not (audit.TRACES / audit.SETS[of]).exists():
        pytest.skip(f"the traces of {of} are not there")
    files = audit.read_labels(BENCH.parent / "docs" / "audit")
    counts = audit.counted(audit.skills_of(of, audit.TRACES, tmp_path / "library"), files[of])
    assert counts[""] == 0
