"""Files of organization ids in every form, and of none: ids, or a message with file and line."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import Problem, SettingsError
from auditor.settings.orgs_file import parse_orgs_file
from tests.fuzz.targets import check_orgs_file

PLANTED = "0123456789abcdef0123456789abcdef01234567"
MAX_SECONDS = 5.0
"""For a megabyte on a busy machine: what grows with the square takes minutes."""

IDS = st.from_regex(r"[A-Za-z0-9_-]{1,12}", fullmatch=True).filter(lambda text: text.lower() != "id")
CELLS = st.text(st.characters(exclude_characters="\x00\r", exclude_categories=["Cs"]), max_size=8)


def read(text: str) -> tuple[str, ...] | tuple[Problem, ...]:
    try:
        return parse_orgs_file(text, "orgs")
    except SettingsError as error:
        return error.problems


@settings(deadline=None)
@given(
    st.lists(st.tuples(CELLS, IDS, CELLS), min_size=1, max_size=5),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "\ufeff"]),
)
def test_a_table_of_any_cells_gives_its_ids(
    rows: list[tuple[str, str, str]], delimiter: str, end: str, mark: str
) -> None:
    """Names with quotes, delimiters and line breaks in them, whichever spreadsheet wrote it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
    writer.writerow(["name", "Id", "note"])
    writer.writerows(rows)

    assert read(mark + text.getvalue()) == tuple(dict.fromkeys(row[1] for row in rows))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | IDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.just("id") | st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None)
@given(st.lists(JSON_VALUES | st.fixed_dictionaries({"id": JSON_VALUES}), min_size=1), st.none() | st.just(1))
def test_any_json_gives_ids_or_the_lines_that_hold_none(items: list[object], indent: int | None) -> None:
    """Each line that is named is one of the file; an id is given for each item or a problem is told."""
    text = json.dumps(items, indent=indent)

    told = read(text)

    wrong = [one for one in told if isinstance(one, Problem)]
    assert all(1 <= int(one.where.removeprefix("orgs:")) <= text.count("\n") + 1 for one in wrong)
    assert len(wrong) <= len(items)
    assert wrong or {item["id"] if isinstance(item, dict) else item for item in items} == set(told)


@settings(deadline=None)
@given(st.binary() | st.binary().map(b"[".__add__) | st.binary().map(b"id,name\n".__add__))
def test_any_bytes_give_ids_or_a_settings_error(data: bytes) -> None:
    """Whatever file was meant."""
    check_orgs_file(data)


@pytest.mark.parametrize(
    "form", ["{}\n", "id,name\n{},x\n", '["{}"]', '[{{"id": "{}"}}]', "1\n  {} # mine\n"]
)
def test_a_key_that_stands_for_an_id_is_refused_and_not_repeated(form: str) -> None:
    """It would be asked for in a URL, and stand in the report."""
    (told,) = read(form.format(PLANTED))

    assert isinstance(told, Problem)
    assert told.what == "looks like an API key"
    assert PLANTED[:8] not in str(told)


SIZES: dict[str, Callable[[], str]] = {
    "brackets": lambda: "[" * 500_000,
    "closed brackets": lambda: "[" * 500_000 + "]" * 500_000,
    "objects": lambda: '[{"a":' * 100_000,
    "a long number": lambda: "[" + "9" * 1_000_000 + "]",
    "numbers": lambda: "[" + "1," * 100_000 + "1]",
    "ids": lambda: "[" + '"1",\n' * 100_000 + '"1"]',
    "blank lines": lambda: "\n" * 500_000 + "1",
    "lines without an id": lambda: "!\n" * 100_000,
    "commas": lambda: "," * 1_000_000,
    "quotes": lambda: "id,name\n" + '"' * 1_000_000,
    "a long cell": lambda: "id\n" + "!" * 1_000_000,
}


@pytest.mark.parametrize("kind", SIZES)
def test_long_files_take_time_in_proportion(kind: str) -> None:
    """Whatever is repeated in them."""
    text = SIZES[kind]()
    began = time.process_time()
    assert read(text)
    assert time.process_time() - began < MAX_SECONDS
