"""On which line of a TOML document each key stands.

`tomllib` forgets positions. This scanner walks the same text and keeps nothing else; it relies on
`tomllib` having accepted the document and judges nothing. Strings are single tokens, so brackets,
hashes and equal signs inside of them, multi-line ones included, mislead nobody.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

KeyPath = tuple[str | int, ...]
"""Keys from the root down; a number is an index, counted from 0."""

MAX_DEPTH = 8
"""Keys further down than that share the line of the table around them: no setting lies as deep."""

_TOKEN = re.compile(
    r'''
    (?P<string>
        """(?:\\.|[^\\])*?"""(?:"{0,2})  # up to two quotes may touch the closing three
      | \'\'\'.*?\'\'\'(?:'{0,2})
      | "(?:\\.|[^"\\\n])*"
      | '[^'\n]*'
    )
  | (?P<comment>\#[^\n]*)
  | (?P<newline>\n)
  | (?P<mark>[\[\]{}=,.])
  | (?P<bare>[^\s\[\]{}=,.\#"']+)
    ''',
    re.VERBOSE | re.DOTALL,
)


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Locator:
    """The lines, counted from 1, on which the keys of one document first stand."""

    lines: Mapping[KeyPath, int]

    def line(self, path: KeyPath) -> int | None:
        """The line of *path*, or of the nearest table around it; None when there is none."""
        return next(
            (self.lines[path[:size]] for size in range(len(path), 0, -1) if path[:size] in self.lines), None
        )


def locate(text: str) -> Locator:
    """The locator of *text*, a document that `tomllib` accepts. Never raises."""
    scanner = _Scanner(text)
    with suppress(RecursionError):  # nested past all use: what follows falls back to its parent
        scanner.read_document()
    return Locator(scanner.lines)


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    for found in _TOKEN.finditer(text):
        if found.lastgroup != "comment":
            yield _Token(found.lastgroup or "", found[0], line)
        line += found[0].count("\n")


class _Scanner:
    """One walk over the tokens. `lines` fills as it goes."""

    def __init__(self, text: str) -> None:
        self.lines: dict[KeyPath, int] = {}
        self._tokens = [*_tokens(text)]
        self._at = 0
        self._sizes: dict[KeyPath, int] = {}  # of the arrays of tables seen so far

    def read_document(self) -> None:
        table: KeyPath = ()
        while (token := self._peek()).kind != "end":
            if token.kind == "newline":
                self._take()
            elif token.text == "[" and token.kind == "mark":
                table = self._read_header()
            else:
                self._read_pair(table)

    def _peek(self) -> _Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else _Token("end", "", 0)

    def _take(self) -> _Token:
        token = self._peek()
        self._at += 1
        return token

    def _take_mark(self, text: str) -> bool:
        is_next = self._peek()[:2] == ("mark", text)
        self._at += is_next
        return is_next

    def _mark(self, path: KeyPath, line: int) -> None:
        for size in range(1, min(len(path), MAX_DEPTH) + 1):
            self.lines.setdefault(path[:size], line)

    def _read_header(self) -> KeyPath:
        line = self._take().line
        is_array = self._take_mark("[")
        *parents, last = self._read_key()
        path = (*self._resolve(parents), last)
        if is_array:
            self._sizes[path] = self._sizes.get(path, 0) + 1
        path = self._resolve_last(path)
        self._mark(path, line)
        while self._take_mark("]"):
            pass
        return path

    def _resolve(self, keys: list[str]) -> KeyPath:
        path: KeyPath = ()
        for key in keys:
            path = self._resolve_last((*path, key))
        return path

    def _resolve_last(self, path: KeyPath) -> KeyPath:
        """An array of tables stands for the last of them."""
        return (*path, self._sizes[path] - 1) if path in self._sizes else path

    def _read_key(self) -> list[str]:
        keys = [_unquoted(self._take())]
        while self._take_mark("."):
            keys.append(_unquoted(self._take()))
        return keys

    def _read_pair(self, table: KeyPath) -> None:
        line = self._peek().line
        path = (*table, *self._read_key())
        self._mark(path, line)
        if self._take_mark("="):
            self._read_value(path)

    def _read_value(self, path: KeyPath) -> None:
        if self._take_mark("["):
            self._read_array(path)
        elif self._take_mark("{"):
            self._read_inline_table(path)
        else:
            while not self._is_at_end_of_scalar():
                self._take()

    def _is_at_end_of_scalar(self) -> bool:
        token = self._peek()
        return token.kind in {"newline", "end"} or (token.kind == "mark" and token.text in ",]}")

    def _read_array(self, path: KeyPath) -> None:
        index = 0
        while self._is_inside():
            self._mark((*path, index), self._peek().line)
            self._read_value((*path, index))
            index += 1

    def _read_inline_table(self, path: KeyPath) -> None:
        while self._is_inside():
            self._read_pair(path)

    def _is_inside(self) -> bool:
        """Step over separators; False once a closing bracket, which is taken, or the end is reached."""
        while self._peek().kind == "newline" or self._take_mark(","):
            self._at += self._peek().kind == "newline"
        # Either bracket closes: in a valid document it is the right one, in any other the walk must end.
        return not (self._take_mark("]") or self._take_mark("}") or self._peek().kind == "end")


def _unquoted(token: _Token) -> str:
    if token.kind != "string":
        return token.text
    try:
        return str(tomllib.loads(f"key = {token.text}")["key"])
    except tomllib.TOMLDecodeError:
        return token.text
