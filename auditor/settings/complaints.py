"""Pydantic's errors in plain words: what is wrong with which value, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, time
from difflib import get_close_matches

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from auditor.errors import Problem
from auditor.settings.fault import Fault
from auditor.settings.fields import example_of, keys_at, model_at
from auditor.settings.key import mask_api_keys
from auditor.settings.locate import KeyPath

Where = Callable[[KeyPath], str]
"""Names the place of a key as the user knows it."""

_DEMANDS = {
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "model_type": "must be a table",
    "finite_number": "must be a finite number",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
}
_NAMES_OF_SECRETS = {"api_key", "apikey", "api_token", "key", "token", "secret", "password"}
_ADVICE_ON_KEYS = (
    "an API key never stands here; say where it is: api_key_env, api_key_file or api_key_command"
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_MAX_SHOWN = 60
_MAX_SHOWN_BITS = 180  # of a number, some 54 digits; Python refuses to write more than 4300 of them


def problems_of(error: ValidationError, where: Where) -> Iterator[Problem]:
    """One problem for each error that pydantic found, in its order."""
    for details in error.errors(include_url=False):
        yield _problem(details, where)


def dotted(path: KeyPath) -> str:
    """*path* as the user would write it, with indexes in brackets: `tenants[0].organizations.ids`."""
    parts = (f"[{key}]" if isinstance(key, int) else f".{_quoted(key)}" for key in path)
    return "".join(parts).removeprefix(".")


def is_name_of_secret(name: str) -> bool:
    """Whether somebody who writes the key *name* is about to write an API key beside it."""
    return name.casefold() in _NAMES_OF_SECRETS


def problem_of(fault: Fault, path: KeyPath, where: Where) -> Problem:
    """The problem that *fault*, found while the key at *path* was read, makes."""
    table = path[:-1] if fault.of_table else path
    return Problem(where((*table, *fault.below)), fault.what, fault.hint)


def _problem(details: ErrorDetails, where: Where) -> Problem:
    path: KeyPath = details["loc"]
    match details["type"], details.get("ctx", {}).get("error"):
        case _, Fault() as fault:
            return problem_of(fault, path, where)
        case "extra_forbidden", _:
            return Problem(where(path), "no such key", _nearest_hint(str(path[-1]), keys_at(path[:-1])))
        case "missing", _:
            return Problem(where(path), "is missing", _example_hint(path))
        case _, error:
            return Problem(where(path), str(error) if error else _demand(details), _example_hint(path))


def _demand(details: ErrorDetails) -> str:
    demand = _DEMANDS.get(details["type"])
    if demand is None:
        return f"cannot be used: {details['msg']}"
    return f"{demand.format_map(details.get('ctx', {}))}, not {_shown(details['input'], details['loc'])}"


def _nearest_hint(name: str, known: list[str]) -> str:
    if is_name_of_secret(name):
        return _ADVICE_ON_KEYS
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"


def _example_hint(path: KeyPath) -> str:
    example = example_of(path)
    return f"for example {example}" if example else ""


def _shown(value: object, path: KeyPath) -> str:
    """*value* if it is short and cannot be a secret, otherwise its kind."""
    match value:
        case bool():
            return str(value).lower()
        case str() if model_at(path) or any(str(key).startswith("api_key") for key in path):
            return "text"
        case str() | int() | float():
            return _written(value)
        case list() | tuple():
            return "a list"
        case date() | time():
            return value.isoformat()
        case _:
            return "a table"


def _written(value: str | float) -> str:
    if isinstance(value, int) and value.bit_length() > _MAX_SHOWN_BITS:
        return "a number beyond all measure"
    return mask_api_keys(repr(value))[:_MAX_SHOWN]


def _quoted(key: str) -> str:
    shown = mask_api_keys(key)
    return shown if _BARE_KEY.fullmatch(key) else repr(shown)[:_MAX_SHOWN]
