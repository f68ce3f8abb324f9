"""Evidence as tables and one page with plots."""

import csv
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.skills.findings import (
    EXCELLENT,
    HARMS,
    HELPS,
    KNOWN_USAGE,
    ORDER,
    PAY,
    RETRY,
    TOGGLE,
    finding,
    user,
)
from trace2skill.claims.model import Compare, Constant, Effect, FactTerm
from trace2skill.errors import SettingError
from trace2skill.evidence.finding import Finding
from trace2skill.evidence.rows import Lift
from trace2skill.evidence_report.page import SkillEvidence, page
from trace2skill.evidence_report.plots import forest, inline, label, transitions
from trace2skill.evidence_report.tables import ClaimEntry, claims_table, of_rejected, write_csv
from trace2skill.wording.claims import statement

HOSTILE = (
    "</svg></figcaption><script>alert(1)</script>--><img src=x onerror=a()> {{ 7*7 }} $\\frac{$ \u202e\x1b[0m"
)


def ruled(found: Finding, name: str = "C1", text: str = "") -> ClaimEntry:
    """The finding as a rule of a skill."""
    said = text or statement(found)
    return ClaimEntry(finding=found, status="rule", text=said, skill="s", version=1, rule=name)


def elements(svg: str | None) -> int:
    """How many elements the drawing has; it must be well-formed."""
    assert svg is not None
    return len(list(ElementTree.fromstring(inline(svg)).iter()))


def test_every_claim_is_a_row_with_its_test(tmp_path: Path) -> None:
    """Kept and rejected; what was not tested says so and leaves the cells empty."""
    entries = [ruled(finding(PAY, lift=HELPS)), *of_rejected([(finding(RETRY), "too weak")], "s")]
    write_csv(claims_table(entries), tmp_path / "claims.csv")
    with (tmp_path / "claims.csv").open(encoding="utf-8", newline="") as source:
        first, second = csv.DictReader(source)
    assert (first["status"], first["tested"], first["test_q"]) == ("rule", "True", "0.0155")
    assert (first["support_held"], first["lift_with_success"]) == ("12", "12")
    assert (second["reason"], second["tested"], second["test_q"]) == ("too weak", "False", "")
    assert second["held_out_support_held"] == ""


@pytest.mark.parametrize("start", ["=1+1", "@SUM(A1)", "+cmd", "-2"])
def test_no_cell_is_a_formula(tmp_path: Path, start: str) -> None:
    """What a spreadsheet would run is quoted."""
    write_csv(claims_table([ruled(finding(PAY), text=start)]), tmp_path / "claims.csv")
    assert f",'{start}," in (tmp_path / "claims.csv").read_text(encoding="utf-8")


def test_a_forest_of_what_tells() -> None:
    """Tested claims are drawn; a stop condition and a single task's anecdote are not."""
    pytest.importorskip("matplotlib")
    anecdote = finding(RETRY, lift=Lift(with_success=1, with_total=1, informative=1, p=None))
    stop = finding(EXCELLENT, lift=HELPS)
    assert forest([ruled(anecdote), ruled(stop)]) is None
    assert elements(forest([ruled(finding(PAY, lift=HELPS)), ruled(finding(KNOWN_USAGE, lift=HARMS))])) > 50


def test_transitions_of_sequences_and_effects() -> None:
    """Rules about conditions have no place in it."""
    pytest.importorskip("matplotlib")
    assert transitions([ruled(finding(PAY))]) is None
    assert elements(transitions([ruled(finding(ORDER), "P1"), ruled(finding(TOGGLE), "P2")])) > 50


def test_transitions_of_list_members() -> None:
    """What an action adds to a list, or removes from it, is a state of the world like any other."""
    pytest.importorskip("matplotlib")
    bar, member = FactTerm(key="status_bar"), Constant(value="2G")
    adds = Effect(
        action=user("reseat_sim_card"),
        before=Compare(left=member, operator="not in", right=bar),
        after=Compare(left=member, operator="in", right=bar),
    )
    drawn = transitions([ruled(finding(adds))])
    assert drawn is not None
    assert "<!-- no 2G in status_bar -->" in drawn
    assert "<!-- 2G in status_bar -->" in drawn


def test_the_same_drawing_twice() -> None:
    """No date and no random identifier."""
    pytest.importorskip("matplotlib")
    one, other = (forest([ruled(finding(PAY, lift=HELPS))]) for _ in range(2))
    assert one is not None
    assert one == other


def test_hostile_text_stays_text() -> None:
    """Neither the page nor a drawing lets it out, and the page asks for nothing."""
    pytest.importorskip("matplotlib")
    pytest.importorskip("jinja2")
    found = finding(PAY, lift=HELPS).model_copy(update={"family": HOSTILE})
    entries = [ruled(found, text=HOSTILE), *of_rejected([(found, HOSTILE)])]
    html = page([SkillEvidence(HOSTILE, HOSTILE, 1, entries, forest(entries), None)], {})
    assert "<script" not in html
    assert "<img" not in html
    assert html.count("</svg>") == 1
    assert "fill: var(--ink)" in html, "drawings follow the page into the dark"
    assert not re.search(r"(?:fill|stroke): #", html)
    assert "&lt;script&gt;alert(1)" in html
    assert "{{ 7*7 }}" in html
    assert "default-src &#39;none&#39;" in html or "default-src 'none'" in html
    assert "src=" not in html.replace("src=x", "")


def test_labels_can_be_drawn() -> None:
    """One short line; what has no glyph is a question mark."""
    assert label("a `b`\n *c*  \u2603") == "a b c ?"
    assert label("x" * 99, 10) == "xxxxxxx..."


@pytest.mark.parametrize("module", ["matplotlib", "jinja2"])
def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    """The message holds the command that mends it."""
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SettingError, match=r"pip install 'trace2skill\[evidence\]'"):
        page([SkillEvidence("t", "s", 1, [], forest([ruled(finding(PAY, lift=HELPS))]), None)], {})
