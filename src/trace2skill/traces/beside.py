"""Files of feedback, scores and annotations that lie beside the traces they speak of."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from trace2skill.traces.decoding import DamagedFileError, first_bytes
from trace2skill.traces.files import Record, read_records
from trace2skill.traces.judgements import Judgement, read_judgements

_NAMES = re.compile(r"feedback|score|annotation|assessment|evaluation", re.IGNORECASE)
_ABOUT = re.compile(rb'"(run_id|trace_?id|span_?id|observation_?id|session_?id|subject)"|PAR1', re.IGNORECASE)
_SAYS = re.compile(rb'"(key|data_?type|string_?value|annotator_kind|annotation_name)"|PAR1', re.IGNORECASE)
_RUNS = re.compile(rb'"(run_type|observations|dotted_order|spans|log_?records)"', re.IGNORECASE)


def find_judgements(files: Iterable[Path]) -> dict[str, list[Judgement]]:
    """What files say of runs, by the id of what they speak of.

    Looked at are the files given, and in their folders those named after feedback, scores or annotations. A
    file counts by what is in it; one that cannot be read is left to whoever reads the traces.
    """
    found: dict[str, list[Judgement]] = {}
    for file in filter(may_judge, _candidates(files)):
        for each in _read(file):
            found.setdefault(each.about, []).append(each)
    return found


def _candidates(files: Iterable[Path]) -> Iterator[Path]:
    given: Sequence[Path] = list(files)
    beside = (
        other
        for folder in dict.fromkeys(file.parent for file in given)
        for other in _listed(folder)
        if _NAMES.search(other.name) and other.is_file() and not other.is_symlink()
    )
    met: set[Path] = set()
    for file in (*given, *beside):
        if file.resolve() not in met:
            met.add(file.resolve())
            yield file


def _listed(folder: Path) -> list[Path]:
    """What lies in a folder and is not hidden; nothing where it may not be listed."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError:
        return []


def may_judge(file: Path) -> bool:
    """Whether a file looks like one of judgements, by its beginning."""
    try:
        head = first_bytes(file)
    except (OSError, DamagedFileError):
        return False
    return bool(_ABOUT.search(head) and _SAYS.search(head) and not _RUNS.search(head))


def _read(file: Path) -> Iterator[Judgement]:
    """The judgements of a file; nothing where its first record is none."""
    records = (record for record in read_records(file) if isinstance(record, Record))
    for number, record in enumerate(records):
        judgements = list(read_judgements(record.value))
        if number == 0 and not judgements:
            return
        yield from judgements
