"""A file of organization ids: one per line, a CSV with an `id` column, or JSON."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from auditor.errors import Problem, SettingsError
from auditor.settings.fault import Fault
from auditor.settings.selection import check_organization_id

_DELIMITERS = (",", ";", "\t")  # the last two are what spreadsheets write in half of the world
_JSON_GAP = re.compile(r"[\s,]*")
_IS_SELECTED = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_FORMS = "give one id per line, a CSV with a column `id`, or a JSON array as getOrganizations returns it"


class _Entry(NamedTuple):
    """What stands in place of an id, its line, counted from 1, and what its `selected` says."""

    line: int
    value: object
    selected: object = True


class _Unreadable(ValueError):  # noqa: N818 - it never leaves this module
    """The file as a whole has none of the three forms."""

    def __init__(self, line: int, what: str) -> None:
        self.line = line
        self.what = what
        super().__init__(what)


def parse_orgs_file(text: str, file_name: str) -> tuple[str, ...]:
    """The ids of *text* in order, each once.

    The form is told from the content: JSON begins with a bracket; a CSV has a header (comma,
    semicolon or tab) with a column `id` in any case; otherwise one id per line, where blank lines and
    whatever follows a `#` are left out. A row or an object with `selected` is taken only where that is true:
    `auditor orgs` lists all organizations, and says so of those that the selection takes.

    Raises:
        SettingsError: every line that holds no id, or that none is there, or none selected. The content
            is never repeated: the wrong file may hold secrets.
    """
    try:
        entries = list(_entries(text.removeprefix("\ufeff")))
    except _Unreadable as error:
        raise SettingsError(Problem(f"{file_name}:{error.line}", error.what, _FORMS)) from error
    if not entries:
        raise SettingsError(Problem(file_name, "holds no organization id", _FORMS))
    taken = [entry for entry in entries if _is_selected(entry) is not False]
    problems = [problem for entry in taken for problem in _check(entry, file_name)]
    if problems:
        raise SettingsError(*problems)
    if not taken:
        what = f"selects none of its {len(entries):,} organizations: `selected` is false for each"
        hint = "list them with another selection, or take `selected` out of the file"
        raise SettingsError(Problem(file_name, what, hint))
    return tuple(dict.fromkeys(str(entry.value) for entry in taken))


def _is_selected(entry: _Entry) -> bool | None:
    """What `selected` says of *entry*; None where that is neither true nor false."""
    if isinstance(entry.selected, bool):
        return entry.selected
    return _IS_SELECTED.get(entry.selected.casefold()) if isinstance(entry.selected, str) else None


def _entries(text: str) -> Iterator[_Entry]:
    if text.lstrip()[:1] in {"[", "{"}:
        return _json_entries(text)
    lines = re.split(r"\r\n|\n|\r", text)
    held = [(number, content) for number, line in enumerate(lines, 1) if (content := _without_comment(line))]
    if not held:
        return iter(())
    first, header = held[0]
    for delimiter in _DELIMITERS:
        names = _column_names(header, delimiter)
        if "id" in names:
            return _csv_entries(lines[first:], first, names=names, delimiter=delimiter)
    if "," in header:
        raise _Unreadable(first, "is a CSV header without a column `id`")
    return (_Entry(number, content) for number, content in held)


def _column_names(header: str, delimiter: str) -> list[str]:
    try:
        return [name.strip().casefold() for name in next(csv.reader([header], delimiter=delimiter))]
    except csv.Error:  # a name beyond csv.field_size_limit(): whatever this is, it is no header
        return []


def _without_comment(line: str) -> str:
    return line.partition("#")[0].strip()


def _csv_entries(
    lines: list[str], lines_before: int, *, names: list[str], delimiter: str
) -> Iterator[_Entry]:
    reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter)
    line = lines_before + 1
    try:
        for row in reader:
            if any(map(str.strip, row)):
                says = _cell(row, names.index("selected")) if "selected" in names else True
                yield _Entry(line, _cell(row, names.index("id")), says)
            line = lines_before + reader.line_num + 1  # a quoted cell may span lines
    except csv.Error as error:
        raise _Unreadable(line, f"is not CSV: {error}") from error


def _cell(row: list[str], column: int) -> str:
    return row[column].strip() if column < len(row) else ""


def _json_entries(text: str) -> Iterator[_Entry]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise _Unreadable(error.lineno, f"is not JSON: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise _Unreadable(1, "is JSON beyond all measure") from error
    if not isinstance(document, list):
        raise _Unreadable(1, "is a JSON object where an array is expected")
    # Once more, item by item: only the decoder knows where an item ends, and so its line.
    decoder = json.JSONDecoder()
    line, end = 1, 0
    for _ in document:
        begin = _after_gap(text, end or text.index("[") + 1)
        line += text.count("\n", end, begin)
        item, after = decoder.raw_decode(text, begin)
        yield _of_object(line, item) if isinstance(item, dict) else _Entry(line, item)
        line, end = line + text.count("\n", begin, after), after


def _of_object(line: int, organization: Mapping[str, object]) -> _Entry:
    return _Entry(line, organization.get("id"), organization.get("selected", True))


def _after_gap(text: str, position: int) -> int:
    gap = _JSON_GAP.match(text, position)
    return gap.end() if gap else position


def _check(entry: _Entry, file_name: str) -> Iterator[Problem]:
    where = f"{file_name}:{entry.line}"
    if _is_selected(entry) is None:
        yield Problem(
            where,
            "`selected` is neither true nor false",
            "write true or false, or take `selected` out of the file",
        )
        return
    match entry.value:
        case str(text):
            try:
                check_organization_id(text)
            except Fault as fault:
                yield Problem(where, fault.what, fault.hint)
        case None:
            yield Problem(where, "has no `id`")
        case _:
            yield Problem(
                where, "the id is not text", "quote it: a long number loses its last digits in many tools"
            )
