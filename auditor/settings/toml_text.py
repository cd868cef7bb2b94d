"""From text to a TOML document, or to the mistake in it with its line."""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final, TypeAlias

from auditor.errors import Problem, SettingsError
from auditor.settings.key import mask_api_keys

Document: TypeAlias = dict[str, Any]
"""A TOML document as `tomllib` reads it; nothing in it is known to be right."""

_POSITION: Final = re.compile(
    r" \(at (?:line (?P<line>[0-9]+), column (?P<column>[0-9]+)|end of document)\)$"
)
_LONG_NUMBER: Final = re.compile(r"[0-9_]{4300}")  # what Python reads, see `sys.set_int_max_str_digits`
_MARK: Final = re.compile(r"[\[\]{}\n]")


def read_toml(text: str, *, name: str) -> Document:
    """The document in *text*, the content of the file *name*.

    Raises:
        SettingsError: it is none; the message repeats no API key.
    """
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # A ValueError that is no TOMLDecodeError: a number of thousands of digits.
        problem = _not_toml(error, text, name)
    # Outside of the handler: the exception would carry the text along.
    raise SettingsError(problem)


def _not_toml(error: Exception, text: str, name: str) -> Problem:
    if not isinstance(error, tomllib.TOMLDecodeError):
        place = f"{name}:{_line_beyond_measure(text)}"
        return Problem(place, "is TOML beyond all measure", "nesting or a number without end")
    position = _POSITION.search(str(error))
    what = f"is not TOML: {mask_api_keys(_POSITION.sub('', str(error)))}"
    if position and position["line"]:
        return Problem(f"{name}:{position['line']}", f"{what}, at column {position['column']}")
    return Problem(f"{name}:{text.count(chr(10)) + 1}", f"{what}, at the end of the file")


def _line_beyond_measure(text: str) -> int:
    """Where the reader gave up, which it does not tell: at the long number, else at the deepest bracket."""
    found = _LONG_NUMBER.search(text)
    if found is not None:
        return text.count("\n", 0, found.start()) + 1
    depth, deepest, line = 0, (0, 1), 1
    for mark in _MARK.findall(text):
        line += mark == "\n"
        depth += (mark in "[{") - (mark in "]}")
        deepest = max(deepest, (depth, -line))
    return abs(deepest[1])
