r"""Takes the keys of a run out of what comes in and of what is written, however they are written there.

A key may stand as it is or in other case; some or all of its characters may be escapes of JSON (`\u0037`,
and twice escaped `\\u0037`), of URLs (`%37`, `%2537`), of HTML (`&#55;`) or of Markdown (`\-`). The plain
search costs a page 1 % of its CPU; the search through escapes is made only where a character stands that
begins one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final, overload

MASK: Final = "****"
MIN_SECRET_LENGTH: Final = 12
"""What is shorter is no secret, and stands in answers by chance: a simulator takes any key."""

_TOGETHER: Final = 256
_MASK: Final = MASK.encode()
_MARKS: Final = (b"\\", b"%", b"&")  # what escapes begin with
_ROUNDS: Final = 4
"""How often what escapes stand for is looked through again: an escape may be escaped itself."""

# Each begins with one literal character, which the regular expressions find ten times faster than a choice.
_BACKSLASHES: Final = re.compile(rb"\\(?:u(?:00|000000|\{0*+)(?P<u>[2-7][0-9a-f])\}?|x(?P<x>[2-7][0-9a-f]))")
_PERCENTS: Final = re.compile(rb"%(?:25)*(?P<p>[2-7][0-9a-f])")
_REFERENCES: Final = re.compile(rb"&#(?:x0*+(?P<r>[2-7][0-9a-f])|0*+(?P<decimal>[0-9]{2,3}));")
_LETTERS: Final = {b"%02x" % code: chr(code).lower().encode() for code in range(0x20, 0x80)}


class Masker:
    """Puts `MASK` wherever one of *keys* stands; one shorter than `MIN_SECRET_LENGTH` is not looked for."""

    __slots__ = ("_exact", "_lowered", "_pattern", "_plain")

    def __init__(self, keys: Iterable[str]) -> None:
        kept = dict.fromkeys(key.encode() for key in keys if len(key) >= MIN_SECRET_LENGTH)
        self._exact = tuple(kept)
        self._lowered = tuple(dict.fromkeys(key.lower() for key in kept))
        self._plain = tuple(map(_unescaped, self._lowered))
        self._pattern: re.Pattern[bytes] | None = None

    def __repr__(self) -> str:
        return f"<Masker of {len(self._exact)} keys>"

    def __bool__(self) -> bool:
        return bool(self._exact)

    def holds(self, data: bytes, *, in_any_case: bool = True) -> bool:
        """Whether a key stands in *data*.

        Without *in_any_case* one in other case, and without escapes, is not found, for half of the cost.
        """
        if not self._exact:
            return False
        if any(key in data for key in self._exact):
            return True
        has_escapes = any(mark in data for mark in _MARKS)
        if not has_escapes and not in_any_case:
            return False
        lowered = data.lower()
        if any(key in lowered for key in self._lowered):
            return True
        if not has_escapes:
            return False
        plain = _unescaped(lowered)
        return any(key in plain for key in self._plain)

    def in_bytes(self, data: bytes, *, in_any_case: bool = True) -> bytes:
        """*data* without keys; the same object where there is none."""
        return self._cut(data) if self.holds(data, in_any_case=in_any_case) else data

    def in_pieces(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Each of *pieces* without keys, a few hundred looked through together: small ones cost a tenth."""
        rest = iter(pieces)
        while together := list(islice(rest, _TOGETHER)):
            yield from map(self.in_bytes, together) if self.holds(b"".join(together)) else together

    def in_text(self, text: str) -> str:
        """*text* without keys. Where one is escaped beyond what can be cut out, nothing else is left."""
        data = text.encode(errors="surrogatepass")
        if not self.holds(data):
            return text
        masked = self._cut(data)
        return MASK if self.holds(masked) else masked.decode(errors="surrogatepass")

    @overload
    def in_value(self, value: dict[str, Any]) -> dict[str, Any]: ...
    @overload
    def in_value(self, value: object) -> object: ...
    def in_value(self, value: object) -> object:
        """*value*, of which JSON or MessagePack is made, without keys in any of its texts."""
        if isinstance(value, str):
            return self.in_text(value)
        if isinstance(value, dict):
            return {self.in_value(name): self.in_value(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self.in_value(one) for one in value]
        if isinstance(value, tuple):
            return tuple(map(self.in_value, value))
        return value

    def in_document(self, document: dict[str, Any]) -> dict[str, Any]:
        """The same of a *document* that can be JSON; the same object where no key is in it."""
        if not self:
            return document
        import orjson  # noqa: PLC0415 - the command line masks its messages without

        text = orjson.dumps(document, default=str, option=orjson.OPT_NON_STR_KEYS)
        return self.in_value(document) if self.holds(text) else document

    def _cut(self, data: bytes) -> bytes:
        if self._pattern is None:
            # The longest first: one key may be the beginning of another.
            keys = sorted(self._lowered, key=len, reverse=True)
            self._pattern = re.compile(b"|".join(map(_written_forms, keys)), re.IGNORECASE)
        return self._pattern.sub(_MASK, data)


def _unescaped(lowered: bytes) -> bytes:
    """*lowered* with what its escapes stand for, and without backslashes."""
    for _ in range(_ROUNDS):
        before = lowered
        if b"\\" in lowered:
            lowered = _BACKSLASHES.sub(_meant, lowered)
        if b"%" in lowered:
            lowered = _PERCENTS.sub(_meant, lowered)
        if b"&#" in lowered:
            lowered = _REFERENCES.sub(_meant, lowered)
        if lowered == before:
            break
    return lowered.replace(b"\\", b"")


def _meant(escape: re.Match[bytes]) -> bytes:
    """The character that *escape* stands for, in lower case."""
    if escape.lastgroup == "decimal":
        code = int(escape["decimal"])
        return bytes([code]).lower() if 0x20 <= code < 0x7F else escape[0]  # noqa: PLR2004 - printable ASCII
    return _LETTERS[escape[escape.lastgroup or 0]]


def _written_forms(key: bytes) -> bytes:
    """The regular expression of *key*, each of its characters as it is or escaped.

    It starts at the first of several backslashes, or what is left of them would escape the mask. Possessive
    quantifiers keep the search linear.
    """
    characters = re.sub(rb"\\+", rb"\\", key).decode()
    first, *others = map(_written_character, characters)
    return rb"(?<!\\)" + first + b"".join(others)


def _written_character(character: str) -> bytes:
    if character == "\\":
        return rb"\\++"
    codes = sorted({ord(character.lower()), ord(character.upper())})
    in_hexadecimal = "|".join(f"{code:02x}" for code in codes)
    in_decimal = "|".join(map(str, codes))
    forms = (
        rf"\\*+(?:{re.escape(character)}|u(?:00|000000|\{{0*+)(?:{in_hexadecimal})\}}?|x(?:{in_hexadecimal}))",
        rf"%(?:25)*(?:{in_hexadecimal})",
        rf"&#0*+(?:{in_decimal});|&#x0*+(?:{in_hexadecimal});",
    )
    return f"(?:{'|'.join(forms)})".encode()
