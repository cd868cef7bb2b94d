"""What a body is, told without trusting it: the vendor's error texts, or a phrase that names it."""

from __future__ import annotations

import re
from typing import Final

import orjson

from auditor.errors import BadResponseError

MAX_TEXT_LENGTH: Final = 200  # of foreign words in a message: enough for every recorded error text
_URL_TAIL = re.compile(r"(https?://[^\s?#]*+)[?#]\S*+")
_API_KEY: Final = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{40}(?![0-9A-Fa-f])")
"""What a Dashboard API key looks like: a server may say the one back that it was sent."""

_MAX_ERROR_BYTES: Final = 64 * 1024  # a hundred times what the vendor says when it says no

_LONE_SURROGATE: Final = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
"""Half a character, as a cut name leaves it. orjson refuses the whole body for it."""

_BLANK: Final = b" \t\r\n"


def parse_json(body: bytes) -> object:
    """The JSON value in *body*.

    Raises:
        BadResponseError: not JSON; the message says where reading stopped and quotes nothing.
    """
    try:
        value: object = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        value, where = _parse_mended(body) if b"\\u" in body else (None, str(error))
    else:
        return value
    if not where:
        return value
    # Raised out here so that the decoder's error, which carries the whole body, is not its context.
    raise BadResponseError(f"JSON that cannot be read ({clean_text(where)})")


def _parse_mended(body: bytes) -> tuple[object, str]:
    """The value of a body with half characters, once they are replaced; else where reading stopped."""
    try:
        return orjson.loads(_LONE_SURROGATE.sub(rb"\\ufffd", body)), ""
    except orjson.JSONDecodeError as error:
        return None, str(error)


def clean_text(text: str) -> str:
    """Foreign *text* made fit for a message: one short printable line without URL queries and API keys.

    It has at most `MAX_TEXT_LENGTH` characters.
    """
    printable = "".join(char if char.isprintable() else " " for char in text[: 20 * MAX_TEXT_LENGTH])
    line = _API_KEY.sub("****", " ".join(_URL_TAIL.sub(r"\1", printable).split()))
    return line if len(line) <= MAX_TEXT_LENGTH else f"{line[: MAX_TEXT_LENGTH - 1]}…"


def vendor_errors(body: bytes) -> tuple[str, ...]:
    """The texts of a body `{"errors": [...]}`, as they are; empty when *body* is anything else.

    Decisions are made on these texts alone: the same words in a page of a proxy mean nothing.
    """
    if len(body) > _MAX_ERROR_BYTES or not body.lstrip(_BLANK).startswith(b"{"):
        return ()
    try:
        value = parse_json(body)
    except BadResponseError:
        return ()
    errors = value.get("errors") if isinstance(value, dict) else None
    texts = errors if isinstance(errors, list) else [errors]
    return tuple(text for text in texts if isinstance(text, str) and text.strip())


def is_list(body: bytes) -> bool:
    """Whether *body* opens and closes like a JSON list. Cheap: the middle is left to the decoder."""
    trimmed = body.strip(_BLANK)
    return trimmed.startswith(b"[") and trimmed.endswith(b"]")


def is_object(body: bytes) -> bool:
    """Whether *body* opens and closes like a JSON object, and is not the vendor's way to say no."""
    trimmed = body.strip(_BLANK)
    return trimmed.startswith(b"{") and trimmed.endswith(b"}") and not vendor_errors(trimmed)


def is_json(body: bytes) -> bool:
    """Whether *body* is complete JSON of whatever shape."""
    try:
        parse_json(body)
    except BadResponseError:
        return False
    return True


def describe_body(body: bytes) -> str:
    """A phrase for what *body* is, to follow `got`."""
    trimmed = body.strip(_BLANK)
    if not trimmed:
        return "an empty body"
    if trimmed.startswith(b"<"):
        return "an HTML page"
    if errors := vendor_errors(trimmed):
        return f"an error: {clean_text('; '.join(errors))}"
    if not trimmed.startswith((b"{", b"[")):
        return "a single JSON value" if is_json(trimmed) else "text that is not JSON"
    try:
        parse_json(trimmed)
    except BadResponseError as error:
        return str(error)
    return "a JSON object" if trimmed.startswith(b"{") else "a JSON list"
