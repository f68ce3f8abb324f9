"""What users install is under licences that ask nothing of them but the notice."""

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution, metadata
from importlib.metadata import requires as required

import pytest
from packaging.requirements import Requirement

PERMITTED = re.compile(
    r"MIT|Apache|BSD|ISC\b|PSF|Python Software Foundation|Mozilla|MPL|Unlicense|Zlib|HPND|CC0|Public Domain"
)
"""MPL asks for changes to its own files alone."""

REFUSED = re.compile(
    r"\b[AL]?GPL|Affero|General Public|SSPL|Elastic|Commons Clause|BUSL|Business Source", re.I
)
LGPL = {"psycopg", "psycopg-binary", "psycopg-pool"}
"""Of the extra `postgres`: used as they are, as a library."""

EXTRAS = metadata("trace2skill").get_all("Provides-Extra") or []


def closure(*extras: str) -> dict[str, Distribution]:
    """The installed packages that an installation with these extras brings, by name."""
    found: dict[str, Distribution] = {}
    open_ = [("trace2skill", frozenset(extras))]
    met = set(open_)
    while open_:
        name, wanted = open_.pop()
        for line in _requires(name):
            need = Requirement(line)
            marker = need.marker
            if marker and not any(marker.evaluate({"extra": extra}) for extra in wanted | {""}):
                continue
            entry = (need.name.lower().replace("_", "-"), frozenset(need.extras))
            if entry not in met:
                met.add(entry)
                open_.append(entry)
                if (package := _installed(entry[0])) is not None:
                    found[entry[0]] = package
    return found


def _requires(name: str) -> list[str]:
    try:
        return required(name) or []
    except PackageNotFoundError:  # of an extra that is not installed here
        return []


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def licence(package: Distribution) -> str:
    """What a package says of its licence: the expression, the classifiers, or the first line of the text."""
    told = package.metadata
    classifiers = [each for each in told.get_all("Classifier") or [] if each.startswith("License ::")]
    text = (told.get("License") or "").strip().partition("\n")[0]
    return told.get("License-Expression") or "; ".join(classifiers) or text


def is_fine(text: str) -> bool:
    """Whether a licence, or one of those to choose from, is permitted."""
    choices = re.split(r"\bOR\b", text)
    return any(PERMITTED.search(each) and not REFUSED.search(each) for each in choices)


@pytest.mark.parametrize(
    "extras", [(), *((extra,) for extra in EXTRAS)], ids=lambda extras: "-".join(extras) or "base"
)
def test_no_licence_asks_for_more_than_its_notice(extras: tuple[str, ...]) -> None:
    """Each package that is installed with an extra; one that is not installed here is not looked at."""
    told = {name: licence(package) for name, package in closure(*extras).items() if name not in LGPL}
    assert len(told) > 80
    assert {name: text for name, text in told.items() if not is_fine(text)} == {}


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("MIT", True),
        ("MPL-2.0 AND MIT", True),
        ("GPL-3.0-only OR MIT", True),
        ("License :: OSI Approved :: GNU Affero General Public License v3", False),
        ("LGPL-3.0-only", False),
        ("Elastic-2.0", False),
        ("", False),
    ],
)
def test_licences_are_told_apart(text: str, fine: bool) -> None:
    """The check can fail."""
    assert is_fine(text) is fine
