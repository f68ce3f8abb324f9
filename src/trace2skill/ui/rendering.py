"""HTML from templates: every text escaped, and what the eye would not see spelt out."""

from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from trace2skill.skills.citations import cut_middle
from trace2skill.wording.escape import bare, one_line, visible
from trace2skill.wording.evidence import count, numbers, p_value

MOST_DIGITS = 10
LONG_TEXT = 20_000
"""Characters of one text of a trace that a page shows."""


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401 - what the template shows
    """The page that the template makes of the values."""
    text = (
        _environment()
        .get_template(template)
        .render(chrome=request.app.state.chrome(request), path=request.url.path, **values)
    )
    return HTMLResponse(text, status)


def address(*parts: str | int, **query: object) -> str:
    """The address of one of our pages; absent values of the query are left out."""
    path = "/" + "/".join(quote(str(part), safe="") for part in parts)
    given = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(given)}" if given else path


def number(request: Request, name: str, default: int) -> int:
    """A whole number of the address's query; the default if it holds none."""
    given = request.query_params.get(name, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < MOST_DIGITS else default


def inline_markdown(text: str) -> Markup:
    """Emphasis and code spans of our own Markdown as HTML; tags, links and images stay text."""
    return Markup(_inline().renderInline(one_line(text)))  # noqa: S704 - the renderer escapes


def block_markdown(text: str) -> Markup:
    """A person's Markdown as HTML, without links, images and tags; its headings are below ours."""
    parser = _block()
    tokens = parser.parse(visible(text))
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
    return Markup(parser.renderer.render(tokens, parser.options, {}))  # noqa: S704 - the renderer escapes


def percent(share: float) -> str:
    """A share from 0 to 1 as a whole percentage."""
    return f"{share:.0%}".replace("%", "\u202f%")


def _seen(value: object) -> object:
    """What a template puts into a page: an unseen character of untrusted text is written as its code."""
    return value if isinstance(value, Markup) else visible(str(value))


def _cut(text: str, limit: int = LONG_TEXT) -> str:
    return cut_middle(text, limit)


@cache
def _inline() -> MarkdownIt:
    return MarkdownIt("zero").enable(["escape", "backticks", "emphasis"])


@cache
def _block() -> MarkdownIt:
    without = ["link", "image", "autolink", "html_inline", "html_block", "reference"]
    return MarkdownIt("commonmark", {"html": False}).disable(without)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("trace2skill.ui"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_seen,
    )
    environment.globals.update(address=address, count=count)
    environment.filters.update(
        md=inline_markdown,
        human=block_markdown,
        percent=percent,
        p=p_value,
        bare=bare,
        cut=_cut,
        numbers=numbers,
    )
    return environment
