"""A key of any text stays hidden in every way by which Python shows, stores or sends an object."""

from __future__ import annotations

import copy
import io
import json
import logging
import marshal
import pickle
import pprint
import string
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, NoReturn

import msgspec
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from rich.console import Console

from auditor.settings.key import ApiKey

KEYS = st.text(string.ascii_letters + string.digits + "+/=_-.~!", min_size=12, max_size=60)


@dataclass(frozen=True)
class Holder:
    """Something with a key in it."""

    key: ApiKey


def _logged(key: ApiKey) -> str:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logging.Formatter("%(message)s %(args)s"))
    record = logging.LogRecord("x", logging.ERROR, "", 0, "%s %r", (key, [key]), None)
    handler.emit(record)
    return out.getvalue()


def _raise(key: ApiKey) -> NoReturn:
    raise LookupError(key)


def _raised(key: ApiKey) -> str:
    try:
        _raise(key)
    except LookupError as error:
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        return "".join(told.format())


def _drawn(key: ApiKey) -> str:
    console = Console(file=io.StringIO(), width=200)
    console.print(key, [key], {"key": key}, Holder(key))
    try:
        _raise(key)
    except LookupError:
        console.print_exception(show_locals=True)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


SHOWN: dict[str, Callable[[ApiKey], str]] = {
    "repr": repr,
    "str": str,
    "format": "{:>200}".format,
    "format of a conversion": "{0!r} {0!s} {0!a}".format,
    "percent": lambda key: "%s %r %a" % (key, key, key),  # noqa: UP031
    "containers": lambda key: repr([key, {key: key}, (key,), {key}]),
    "a dataclass": lambda key: repr(Holder(key)),
    "pprint": pprint.pformat,
    "JSON by default=str": lambda key: json.dumps({"key": key}, default=str),
    "orjson by default=str": lambda key: orjson.dumps({"key": key}, default=str).decode(),
    "orjson by default=repr": lambda key: orjson.dumps([key], default=repr).decode(),
    "a log": _logged,
    "a traceback with locals": _raised,
    "rich": _drawn,
    "its attributes that are no methods": lambda key: repr([getattr(key, "__dict__", None), key.source]),
}

REFUSED: dict[str, Callable[[Any], Any]] = {
    "pickle": pickle.dumps,
    "an old pickle": lambda key: pickle.dumps(key, protocol=0),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "deepcopy of what holds it": lambda key: copy.deepcopy(Holder(key)),
    "asdict of what holds it": lambda key: asdict(Holder(key)),
    "marshal": lambda key: marshal.dumps([key]),
    "JSON": json.dumps,
    "orjson": orjson.dumps,
    "msgspec": msgspec.json.encode,
    "pydantic": lambda key: TypeAdapter(dict[str, Any]).dump_json({"key": key}),
    "vars": vars,
    "bytes": bytes,
    "iteration": list,
}


@pytest.mark.parametrize("way", SHOWN)
@settings(deadline=None, max_examples=20)
@given(KEYS)
def test_what_shows_a_key_shows_asterisks(way: str, text: str) -> None:
    """And the source, by which a person tells one key from another."""
    shown = SHOWN[way](ApiKey(text, "variable X"))

    assert text not in shown
    assert "variable X" in shown


@pytest.mark.parametrize("way", REFUSED)
def test_what_would_store_or_send_a_key_is_refused(way: str) -> None:
    """By an error that does not show it either."""
    text = "planted-0123456789abcdef"

    with pytest.raises((TypeError, ValueError)) as caught:
        REFUSED[way](ApiKey(text, "variable X"))

    assert text not in "".join(traceback.format_exception(caught.value))
