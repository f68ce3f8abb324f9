"""Knows SQLite files, and what SQLite keeps beside them, by content."""

from pathlib import Path

MAGIC = b"SQLite format 3\0"
BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite puts beside a file that it writes."""


def is_database(path: Path) -> bool:
    """Whether a file is SQLite's; a file that cannot be read is none."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def is_beside_database(path: Path) -> bool:
    """Whether a file is what SQLite keeps beside one that it writes."""
    ending = next((each for each in BESIDE if path.name.endswith(each)), "")
    return bool(ending) and is_database(path.with_name(path.name.removesuffix(ending)))
