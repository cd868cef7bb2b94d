"""Durations as a person writes them: `90s`, `25m`, `1h30m`, `500ms`."""

from __future__ import annotations

import re
from fractions import Fraction

from auditor.settings.key import mask_api_keys

_NUMBER = "[0-9]+(?:[.][0-9]+)?"
_UNIT_SECONDS = {"h": Fraction(3600), "m": Fraction(60), "s": Fraction(1), "ms": Fraction(1, 1000)}
_PARTS = "".join(f"(?:(?P<{unit}>{_NUMBER}){unit})?" for unit in _UNIT_SECONDS)
_DURATION = re.compile(f"(?P<bare>{_NUMBER})|{_PARTS}")

# Longer than any duration worth writing; keeps a pasted file from being read as one number.
_MAX_CHARACTERS = 40

DURATION_PATTERN = f"^\\s*(?:{_NUMBER}|(?=[0-9]){re.sub('[?]P<[a-z]+>', '?:', _PARTS)})\\s*$"
"""The same grammar as a regular expression of JSON Schema (ECMA 262)."""


def parse_duration(text: str) -> float:
    """Seconds of *text*: a number (of seconds), or numbers with units from `h` down to `ms`.

    Each unit stands at most once, the larger first. Zero is a duration; what zero means is the
    caller's to say. The result is the float nearest to the exact value.

    Raises:
        ValueError: *text* is no duration; the message says what one looks like.
    """
    compact = text.strip()
    found = _DURATION.fullmatch(compact) if 0 < len(compact) <= _MAX_CHARACTERS else None
    if found is None:
        shown = mask_api_keys(text)[:_MAX_CHARACTERS]
        raise ValueError(f"must be a duration such as 90s, 25m, 1h30m or 500ms, not {shown!r}")
    if found["bare"]:
        return float(Fraction(found["bare"]))
    return float(sum(Fraction(found[unit] or 0) * seconds for unit, seconds in _UNIT_SECONDS.items()))
