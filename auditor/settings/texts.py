"""Texts of the settings that have a grammar of their own. Each check returns the text or raises a `Fault`."""

from __future__ import annotations

import re
import shlex
from typing import Final

from auditor.settings.fault import Fault
from auditor.settings.key import holds_api_key, is_api_key

LOCAL_ENGINE: Final = "local"
"""The audit runs in this process."""

DASK_ENGINE: Final = re.compile(r"dask://(?P<scheduler>(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5})")
"""The audit runs on the workers of a Dask scheduler."""


def check_printable(text: str) -> str:
    """A line: no control character in it, and no API key by mistake."""
    if not text.isprintable():
        raise Fault("holds a control character", "plain text on one line")
    if is_api_key(text):
        raise Fault("looks like an API key itself", "give the place of the key, never the key")
    return text


def check_not_blank(text: str) -> str:
    """Something."""
    if not text.strip():
        raise Fault("must not be empty")
    return text


def to_argv(value: object) -> object:
    """The words of a command line, where it is given as text."""
    if not isinstance(value, str):
        return value
    try:
        return shlex.split(value)
    except ValueError as error:
        raise Fault(
            "has a quote that is never closed", 'or give a list: ["pass", "show", "meraki"]'
        ) from error


def check_argv(argv: tuple[str, ...]) -> tuple[str, ...]:
    """A program and its arguments."""
    if not argv or not argv[0].strip():
        raise Fault("names no program", 'for example ["pass", "show", "meraki"]')
    return argv


def check_is_no_api_key(text: str) -> str:
    """The place of a key and not, by mistake, the key."""
    if holds_api_key(text):
        raise Fault("looks like an API key itself", "give the place of the key, never the key")
    return text


def check_rendering(text: str) -> str:
    """`FORMAT=PATH`."""
    form, equals, path = check_printable(text).partition("=")
    if not (form.strip() and equals and path.strip()):
        raise Fault("is not FORMAT=PATH", "for example html=report.html")
    return text


def check_shard(text: str) -> str:
    """`I/N` or `N`."""
    if not re.fullmatch(r"(?:[1-9][0-9]{0,5}/)?[1-9][0-9]{0,5}", text):
        raise Fault("is not I/N", "parts are counted from 1, for example 2/4")
    return text


def check_engine(text: str) -> str:
    """`local` or `dask://HOST:PORT`."""
    if text != LOCAL_ENGINE and not DASK_ENGINE.fullmatch(text):
        raise Fault("is no engine", f"{LOCAL_ENGINE}, or dask://HOST:PORT of a scheduler")
    return text
