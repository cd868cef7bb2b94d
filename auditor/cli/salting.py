"""What makes masks that nobody can undo: a secret of the run's own, or the user's."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Final

from auditor.errors import Problem, SettingsError
from auditor.report.redaction import SHORTEST_SALT

SALT_VARIABLE: Final = "AUDITOR_REDACT_SALT"
_SALT_BYTES: Final = 32


def salt_of(environment: Mapping[str, str], *, is_of_part: bool = False) -> bytes:
    """The salt that *environment* gives, so that masks are the same each time; else a new one.

    Raises:
        SettingsError: it gives one that could be guessed, or none for a part of an audit, which must have the
            same as the others.
    """
    text = environment.get(SALT_VARIABLE)
    if not text and is_of_part:
        what, hint = (
            "parts that are masked each in its own way cannot be joined",
            "set it for all parts alike",
        )
        raise SettingsError(Problem(SALT_VARIABLE, what, hint))
    if not text:
        return secrets.token_bytes(_SALT_BYTES)
    if len(text.encode()) < SHORTEST_SALT:
        hint = f"give at least {SHORTEST_SALT} bytes, for example those of: openssl rand -hex 32"
        raise SettingsError(Problem(SALT_VARIABLE, "is too short", hint))
    return text.encode()
