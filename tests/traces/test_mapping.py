"""The mapping file."""

from pathlib import Path

import pytest

from trace2skill.errors import InputError
from trace2skill.traces.mapping import MappingFile, load_mapping

LEAST = '[trace]\nsteps = "steps"\n[step]\naction = "do"\n'


def load(folder: Path, text: str) -> MappingFile:
    """Load a mapping of this text."""
    path = folder / "map.toml"
    path.write_text(text)
    return load_mapping(path)


def test_the_least_mapping(tmp_path: Path) -> None:
    """Steps and an action are enough."""
    assert load(tmp_path, LEAST).format == "step-log"


def test_bare_templates_name_their_tools(tmp_path: Path) -> None:
    """A list of templates is grouped by the words before the first slot."""
    mapping = load(
        tmp_path, LEAST + '[action]\ncommands = ["pick up {x}", "look around", "use {x} on {y}", "use {x}"]'
    )
    assert mapping.action.commands == {
        "pick_up": ["pick up {x}"],
        "look_around": ["look around"],
        "use": ["use {x} on {y}", "use {x}"],
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[trace", "not valid TOML"),
        ('[trace]\nsteps = "s"\n', "step: missing. Add it."),
        ('[trace]\nid = "x"\n[step]\naction = "do"\n', "trace.steps: missing. Add it."),
        (LEAST + "[observation]\nerorrs = []\n", "observation.erorrs: unknown key. .* errors, strip"),
        (LEAST + '[observation]\nerrors = ["("]\n', "observation.errors.0: .*not a regular expression"),
        (LEAST + '[outcome]\nsuccess = "field"\n', "needs trace.success"),
        (LEAST + 'tool = "t"\n', "either action .* or tool"),
        (LEAST + '[action]\nsyntax = "lisp"\n', "action.syntax: Input should be 'bracket' or 'commands'"),
        (LEAST + '[action.commands]\nx = "a {b} {b}"\n', "twice"),
    ],
)
def test_a_wrong_mapping_names_file_key_and_fix(tmp_path: Path, text: str, told: str) -> None:
    """The message is enough to mend it."""
    with pytest.raises(InputError, match=rf"map\.toml: .*{told}|map\.toml: {told}"):
        load(tmp_path, text)


def test_a_missing_mapping(tmp_path: Path) -> None:
    """The message names the path."""
    with pytest.raises(InputError, match=r"nowhere\.toml: cannot be read"):
        load_mapping(tmp_path / "nowhere.toml")
