"""Text of traces is untrusted: it becomes no tag, no link, no order, and hides nothing."""

from pathlib import Path

import pytest

from tests.building import act, run, say
from tests.ui.browser import Page, opened, walk
from trace2skill import distill
from trace2skill.store.library import Library
from trace2skill.store.records import Change, Commit
from trace2skill.traces.model import Trace

ORDER = "<script>alert(1)</script><img src=x onerror=alert(2)>"
LINK = "[press](javascript:alert(3)) <a href='javascript:alert(4)'>here</a> ![](http://evil.example/x.png)"
BIDI = "safe\u202edne\u2066\u200b"
HOSTILE = f'{ORDER} {LINK} {BIDI} "onmouseover="alert(5) {{{{ 7 * 7 }}}}'
TAGS = {
    *("html", "head", "meta", "title", "link", "body", "a", "header", "div", "nav", "form", "label", "input"),
    *("button", "main", "footer", "p", "code", "span", "h1", "h2", "h3", "ul", "ol", "li", "dl", "dt", "dd"),
    *("details", "summary", "table", "thead", "tbody", "tr", "th", "td", "pre", "em", "strong", "section"),
    *("svg", "line", "circle", "path", "rect", "text", "g", "defs", "marker", "desc", "figure", "figcaption"),
    *("select", "option", "textarea", "blockquote"),
}


def hostile(number: int, *, success: bool) -> Trace:
    """A run in which everything that can be text is hostile."""
    steps = [
        say(HOSTILE),
        act(f"look{ORDER}", {"status": HOSTILE, ORDER: BIDI}, place=HOSTILE),
        act("open", HOSTILE, error=not success, **{f"{ORDER}": LINK}),
        *([act(f"close{BIDI}", ORDER, why=LINK)] if success else []),
    ]
    trace = run(
        *steps,
        name=f"{HOSTILE}-{number}-{success}",
        success=success,
        task=f"{HOSTILE} box {number}",
        key=str(number),
    )
    outcome = trace.outcome.model_copy(update={"failed_checks": (HOSTILE,)})
    update = {"family": f"boxes {ORDER}", "domain": BIDI, "instructions": HOSTILE, "outcome": outcome}
    return trace.model_copy(update=update)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of hostile runs, whose one skill was also written by hand by somebody hostile."""
    folder = tmp_path_factory.mktemp("hostile") / "library"
    distill([hostile(number // 2, success=number % 2 == 0) for number in range(10)], library=folder)
    with Library(folder) as opened_:
        skill = opened_.skills()[0].skill
        texts = {
            "title": HOSTILE,
            "description": HOSTILE[:1000],
            "goal": HOSTILE,
            "human_text": f"# {HOSTILE}\n\n<b>{LINK}",
        }
        rules = tuple(rule.model_copy(update={"text": HOSTILE}) for rule in skill.rules)
        changed = skill.model_copy(update={**texts, "rules": rules})
        opened_.commit(Commit(changes=(Change(skill=changed, operation="import", note=HOSTILE),)))
    return folder


@pytest.fixture(scope="module")
def pages(library: Path) -> list[tuple[str, str]]:
    """Every page that links lead to, and a hostile search."""
    client = opened(library)
    search = client.get("/", params={"q": HOSTILE})
    return [*walk(client), ("search", search.text)]


def test_many_pages_were_looked_at(pages: list[tuple[str, str]]) -> None:
    """Runs, rules, versions, transitions and conformance among them."""
    addresses = " ".join(address for address, _ in pages)
    for part in ("/traces/", "/rules/", "/versions", "/transitions", "/conformance", "/use", "/verdicts"):
        assert part in addresses


def test_no_text_becomes_a_tag(pages: list[tuple[str, str]]) -> None:
    """Only our own tags, none with a handler or a style of its own."""
    for address, text in pages:
        for tag, attributes in Page(text).tags:
            assert tag in TAGS, (address, tag)
            assert not [name for name in attributes if name.startswith("on") or name == "style"], address


def test_every_link_is_our_own(pages: list[tuple[str, str]]) -> None:
    """No `javascript:`, no other server, nothing loaded from anywhere."""
    for address, text in pages:
        for tag, attributes in Page(text).tags:
            for name in ("href", "src", "action", "formaction", "xlink:href"):
                value = attributes.get(name)
                assert value is None or (value[:1] in "/#" and value[:2] != "//"), (address, tag, value)


def test_nothing_is_hidden(pages: list[tuple[str, str]]) -> None:
    """Characters that turn or hide text are written as their codes."""
    assert any("\\u202e" in text for _, text in pages)
    for address, text in pages:
        assert not {"\u202e", "\u2066", "\u200b"} & set(text), address


def test_no_template_is_carried_out(pages: list[tuple[str, str]]) -> None:
    """What looks like our templates' own language stays text."""
    assert any("{{ 7 * 7 }}" in text for _, text in pages)


def test_the_text_itself_is_shown(pages: list[tuple[str, str]]) -> None:
    """Escaped, not lost: a person sees what the run said."""
    run_page = next(text for address, text in pages if address.startswith("/traces/"))
    assert "<script>alert(1)</script>" in Page(run_page).text
