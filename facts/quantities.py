"""Amounts with units: which of two things is less."""

import re

_AMOUNT = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s?(mg|g|kg|ml|l|mm|cm|m|km)?\b", re.IGNORECASE)
_SIZE = {"mg": 1e-3, "g": 1.0, "kg": 1e3, "ml": 1e-3, "l": 1.0, "mm": 1e-3, "cm": 1e-2, "m": 1.0, "km": 1e3}


def amount(text: str) -> float | None:
    """The first amount that a text names, in units of its kind (gram, litre, metre, piece); None for none."""
    found = _AMOUNT.search(text)
    if not found:
        return None
    return float(found.group(1)) * _SIZE.get((found.group(2) or "").lower(), 1.0)
