"""An API key that cannot be printed by accident."""

from __future__ import annotations

import re
from hmac import compare_digest
from typing import NoReturn

from auditor.errors import Problem, SettingsError

_API_KEY = re.compile(r"[0-9A-Fa-f]{40}")  # the form of every Dashboard API key seen so far, 2026-11


class ApiKey:
    """A secret and the place it came from, such as `environment variable ACME_KEY`.

    Shows only *source*, whatever is done to it: `repr`, `str`, `format`. Only `reveal` gives the text.
    It has no `__dict__`, never changes, and refuses to be pickled or copied.

    Raises:
        SettingsError: nothing is left after the surrounding white space is stripped, or what is left
            cannot stand in an HTTP header. The message names *source* and never the text.
    """

    __slots__ = ("_text", "source")

    source: str
    _text: str

    def __init__(self, text: str, source: str) -> None:
        stripped = text.strip()
        fault = _find_fault(stripped)
        if fault:
            raise SettingsError(
                Problem(source, f"the API key {fault}", "it must be the key alone, on one line")
            )
        object.__setattr__(self, "source", source)
        object.__setattr__(self, "_text", stripped)

    def reveal(self) -> str:
        """The text itself, for the transport and nobody else."""
        return self._text

    def __repr__(self) -> str:
        return f"ApiKey(****, source={self.source!r})"

    def __format__(self, format_spec: str) -> str:
        return format(repr(self), format_spec)

    def __eq__(self, other: object) -> bool:
        """In constant time, whatever the source."""
        if not isinstance(other, ApiKey):
            return NotImplemented
        return compare_digest(self._text, other._text)

    def __hash__(self) -> int:
        return hash((ApiKey, self._text))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("an ApiKey never changes")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("an ApiKey never changes")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("an ApiKey is never pickled or copied")


def is_api_key(text: str) -> bool:
    """Whether *text* as a whole looks like an API key, where longer texts may hold a hash of that form."""
    return _API_KEY.fullmatch(text.strip()) is not None


def holds_api_key(text: str) -> bool:
    """Whether something in *text* looks like an API key, as where a key stands in for its own name."""
    return _API_KEY.search(text) is not None


def mask_api_keys(text: str) -> str:
    """*text* with everything that looks like an API key replaced by asterisks."""
    return _API_KEY.sub("****", text)


def _find_fault(text: str) -> str:
    if not text:
        return "is empty"
    if not text.isascii():
        return "holds a character outside of ASCII"
    if any(character.isspace() for character in text):
        return "holds white space inside"
    if not text.isprintable():
        return "holds a control character"
    return ""
