from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from auditor.cli.commands.orgs import COLUMNS, RENDER
from auditor.settings.orgs_file import parse_orgs_file


def a_row(**changes: Any) -> dict[str, Any]:
    """An organization as the command lists it."""
    return {
        "id": "501",
        "name": "Example",
        "tenant": "acme",
        "licensingModel": "per-device",
        "apiEnabled": True,
        "selected": False,
        "auditedBy": None,
        "key": "environment variable ACME_KEY",
    } | changes


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("@SUM(1)", "'@SUM(1)"),
        ("-1+1", "'-1+1"),
        ("a\x1b[31mb\nc", "a\ufffd[31mb c"),
        ('Hollin, "Care"', 'Hollin, "Care"'),
    ],
)
def test_a_name_is_no_formula_and_no_command_in_a_table(name: str, shown: str) -> None:
    """A customer chooses it, and an administrator opens the file in a spreadsheet or a terminal."""
    text = RENDER["csv"]([a_row(name=name)]).decode()

    [row] = csv.DictReader(io.StringIO(text))
    assert row["name"] == shown
    assert tuple(row) == COLUMNS


def test_truth_and_nothing_are_as_in_all_tables() -> None:
    """`true`, `false`, and an empty cell."""
    [row] = csv.DictReader(io.StringIO(RENDER["csv"]([a_row()]).decode()))

    assert (row["apiEnabled"], row["selected"], row["auditedBy"]) == ("true", "false", "")


def test_the_table_can_be_given_back_as_a_file_of_organizations() -> None:
    """Whatever their names are."""
    names = {"501": "=1", "L_502": 'a "b",\n#c', "503": "left out"}
    rows = [a_row(id=one, name=name, selected=one != "503") for one, name in names.items()]

    assert parse_orgs_file(RENDER["csv"](rows).decode(), "orgs.csv") == ("501", "L_502")
    assert parse_orgs_file(RENDER["json"](rows).decode(), "orgs.json") == ("501", "L_502")
