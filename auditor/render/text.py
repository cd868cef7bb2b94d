"""Text that others wrote, made fit to be shown: names and messages come from the vendor's customers."""

from __future__ import annotations

from typing import Final

REPLACEMENT: Final = "\ufffd"
MAX_NAME: Final = 120
MAX_MESSAGE: Final = 400

_SPACES: Final = (*range(0x09, 0x0E), 0x85, 0x2028, 0x2029)
_UNPRINTABLE: Final = (
    *range(0x20),
    *range(0x7F, 0xA0),
    *range(0x202A, 0x202F),  # these and the next can make text read in another order than it is in
    *range(0x2066, 0x206A),
    *range(0xD800, 0xE000),  # surrogates on their own
    0xFFFE,  # these two are no characters of XML 1.0
    0xFFFF,
)
_TABLE: Final = dict.fromkeys(_UNPRINTABLE, REPLACEMENT) | dict.fromkeys(_SPACES, " ")


def clean(text: str) -> str:
    """*text* on one line, without what breaks formats or fools readers.

    Line breaks and tabs are spaces; other control characters, overrides of the writing direction and what
    XML 1.0 does not know are U+FFFD. Letters of every script stay, and so do emoji.
    """
    return text.translate(_TABLE)


def clipped(text: str, limit: int) -> str:
    """`clean` *text* of at most *limit* characters, the last of which says where it was cut."""
    tidy = clean(text)
    return tidy if len(tidy) <= limit else tidy[: limit - 1] + "…"


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """`1 organization`, `2,000 organizations`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"
