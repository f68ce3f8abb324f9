"""The picture of where runs leave a skill."""

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.building import act, run
from tests.skills.findings import TOGGLE, agent, fact, finding
from tests.skills.rules import skill_of
from trace2skill.claims.model import Avoid, Rule
from trace2skill.errors import InputError, SettingError
from trace2skill.skills.conformance import conform
from trace2skill.skills.conformance_model import Conformance
from trace2skill.skills.conformance_picture import picture, shown_rules, write_picture

pytest.importorskip("matplotlib")

SKILL = skill_of(
    finding(Avoid(action=agent("kick"))),
    finding(Rule(when=fact("door.status", "locked $1_a$ 📵"), then=agent("unlock"))),
    finding(TOGGLE),
    finding(Avoid(action=agent("shout"))),
)


def checked() -> Conformance:
    """Two runs: one unlocks the door, one kicks it."""
    look = act("look", {"door_id": "D1", "status": "locked $1_a$ 📵"})
    return conform(SKILL, [run(look, act("unlock"), name="good"), run(look, act("kick"), name="bad")])


def test_the_rule_most_often_left_comes_first() -> None:
    """Effects, which a run cannot leave, are not shown."""
    assert [rule.rule for rule in shown_rules(checked())] == ["R1", "R2", "R4"]


def test_it_is_one_svg_that_needs_nothing_else(tmp_path: Path) -> None:
    """Well-formed, with no reference to anything outside; signs without a glyph warn of nothing."""
    write_picture(checked(), tmp_path / "left.svg")
    root = ElementTree.fromstring((tmp_path / "left.svg").read_bytes())
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    links = {value for node in root.iter() for name, value in node.attrib.items() if name.endswith("href")}
    assert all(link.startswith("#") for link in links)


def test_the_same_runs_give_the_same_bytes() -> None:
    """No time, no random ids."""
    assert picture(checked()) == picture(checked())


def test_no_run_still_gives_a_picture() -> None:
    """An empty one."""
    assert b"<svg" in picture(conform(SKILL, []))


def test_without_matplotlib_the_message_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no part of the plain install."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(SettingError, match=r"pip install 'trace2skill\[plots\]'"):
        picture(checked())


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A folder is in its place."""
    with pytest.raises(InputError, match="cannot be written"):
        write_picture(checked(), tmp_path)
