"""Figures by matplotlib: without a display, the same bytes each time, and inert whatever the text says."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from trace2skill.skills.exhibit.extra import needed

INK, FAINT, FOR, AGAINST = "#1f2933", "#9aa5b1", "#0b7285", "#c2410c"
_PROLOG = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "svg.hashsalt": "trace2skill",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.parse_math": False,
}


class Drawing:
    """A finished figure, as SVG text and PNG bytes."""

    def __init__(self, svg: str, png: bytes) -> None:
        self.svg = svg
        self.png = png

    @property
    def inline(self) -> str:
        """The SVG element alone, without prolog, comments and metadata, to stand inside a page."""
        return _METADATA.sub("", _COMMENT.sub("", _PROLOG.sub("", self.svg, count=1)))

    def write(self, stem: Path) -> list[Path]:
        """Write `stem.svg` and `stem.png`; their paths."""
        svg, png = stem.with_name(f"{stem.name}.svg"), stem.with_name(f"{stem.name}.png")
        svg.write_text(self.svg, encoding="utf-8")
        png.write_bytes(self.png)
        return [svg, png]


@contextmanager
def figure(width: float, height: float) -> Iterator[Any]:
    """A figure of so many inches, in our style.

    Raises:
        SettingError: matplotlib is not installed.
    """
    matplotlib = needed("matplotlib", "plots")
    kind = needed("matplotlib.figure", "plots").Figure
    with matplotlib.rc_context(_STYLE):
        yield kind(figsize=(width, height), layout="constrained")


def drawing(figure: Any) -> Drawing:  # noqa: ANN401 - matplotlib loads late
    """The figure in both formats."""
    svg, png = io.StringIO(), io.BytesIO()
    figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    figure.savefig(png, format="png", dpi=150, metadata={"Software": None})
    return Drawing(svg.getvalue(), png.getvalue())


def label(text: str, longest: int = 60) -> str:
    """Text that can be drawn: one line, cut to length, characters without a glyph shown as `?`."""
    line = " ".join(text.replace("`", "").replace("*", "").split())
    line = "".join(char if " " <= char < "\u0250" and char != "\x7f" else "?" for char in line)
    return line if len(line) <= longest else f"{line[: longest - 3].rstrip()}..."
