"""Tells why bytes are no JSON: another encoding, and which one it is likely to be, or bad syntax."""

import re
from json import loads

import orjson
from pydantic import JsonValue

CONVERT = "Convert the file to UTF-8, e.g. iconv -f "
"""Begins the fix for each file in another encoding."""

_MARKS = (
    (b"\xff\xfe\0\0", "UTF-32"),
    (b"\0\0\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_WITHOUT_MARK = (
    (re.compile(rb"\s?[{\[\"]\0[^\0]\0"), "UTF-16LE"),
    (re.compile(rb"\0[{\[\"]\0[^\0]"), "UTF-16BE"),
)
_HIGH = re.compile(rb"[\x80-\xff]+")
_NO_NUMBER = (b"NaN", b"Infinity")


def parsed(text: bytes) -> JsonValue:
    """The value of JSON text. `NaN` and `Infinity`, which Python writes and JSON lacks, are null.

    Raises:
        orjson.JSONDecodeError: It is no JSON.
    """
    try:
        value: JsonValue = orjson.loads(text)
    except orjson.JSONDecodeError:
        if not any(word in text for word in _NO_NUMBER):
            raise
        try:
            value = loads(text.decode(), parse_constant=lambda _: None)
            orjson.dumps(value)
        except (ValueError, RecursionError, orjson.JSONEncodeError):
            pass
        else:
            return value
        raise
    return value


def wide(text: bytes) -> str:
    """The name of the encoding of text whose characters take two or four bytes each; empty for any other."""
    marked = (name for mark, name in _MARKS if text.startswith(mark))
    guessed = (name for pattern, name in _WITHOUT_MARK if pattern.match(text))
    return next(marked, "") or next(guessed, "")


def is_utf8(text: bytes) -> bool:
    """Whether text is UTF-8; text with NUL bytes counts, since it is of no encoding that is read by lines."""
    if b"\0" in text:
        return True
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def fault(text: bytes, error: orjson.JSONDecodeError) -> str:
    """What is wrong with text that could not be parsed."""
    if b"\0" in text:
        return "not valid JSON (the line holds NUL bytes)"
    try:
        text.decode()
    except UnicodeDecodeError as wrong:
        return f"not valid UTF-8 (byte {wrong.start + 1} of the line)"
    return f"not valid JSON ({error.msg}, column {error.colno})"


def conversion(text: bytes) -> str:
    """The fix for text that is not UTF-8: GB18030 where its bytes pair as Chinese does, else Windows-1252.

    In the one, bytes above 127 stand in runs of several characters; in the other mostly alone among letters.
    """
    runs = [len(run) for run in _HIGH.findall(text)]
    paired = sum(length for length in runs if length > 1) * 2 > sum(runs)
    try:
        text.decode("gb18030")
    except UnicodeDecodeError:
        paired = False
    return f"{CONVERT}{'GB18030' if paired else 'WINDOWS-1252'} -t UTF-8."
