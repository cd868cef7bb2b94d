from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.render.columns import INSTANTS, columns_of, rows_of, value_at
from auditor.render.types import counts_of, expiring_and_unused
from tests.render.documents import a_document, a_fleet, an_organization, licenses_blocks

BY_KIND = frozenset(
    {
        *("byType", "bySku", "byModel", "byFamily", "byMode", "byEdition", "devicesByModel", "unmatched"),
        *("byStatus", "missing", "atRiskByType", "subscriptions", "dates", "alsoSelectedBy", "renewals"),
    }
)
"""Figures by kind, which a row of an organization has no place for."""


def scalars(block: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of all scalar values below *block*, but those by kind."""
    for key, value in block.items():
        if key in BY_KIND:
            continue
        if isinstance(value, dict):
            yield from scalars(value, (*above, key))
        elif value is not None:
            yield (*above, key)


def test_every_scalar_figure_has_a_column() -> None:
    """Whatever the licensing model: a figure that a later version adds must not be forgotten here."""
    report = a_fleet()
    columns = columns_of(report)

    told = {path for one in report["organizations"] for path in scalars(one)}
    assert told <= set(columns)
    assert len(set(columns)) == len(columns)
    assert {".".join(path) for path in columns} >= INSTANTS


def test_a_row_holds_what_the_report_has_at_each_column() -> None:
    """Null stays null: it is not zero."""
    report = a_fleet()
    columns = columns_of(report)

    for organization, row in zip(report["organizations"], rows_of(report, columns), strict=True):
        assert row == [value_at(organization, path) for path in columns]
    counted = dict(zip(columns, list(rows_of(report, columns))[3], strict=True))
    assert counted["expiring", "within", "30"] is None
    assert counted["unused", "unused"] == 0


def test_states_that_only_one_organization_has_get_a_column() -> None:
    """Also those that no version of this program knows."""
    blocks = licenses_blocks()
    blocks["licenses"]["byState"]["paused"] = 4
    columns = columns_of(a_document(an_organization("1"), an_organization("2", blocks)))

    assert ("licenses", "byState", "paused") in columns


def test_counts_by_type_are_those_of_the_report() -> None:
    """Licenses, devices and seats, each with its unit."""
    per_device, co_term, subscription, counted, *_ = a_fleet()["organizations"]

    licenses = {one.state: one.count for one in counts_of(per_device)}
    assert licenses == per_device["licenses"]["byType"]["MX64-ENT"]
    assert [(one.type, one.state, one.count) for one in counts_of(co_term)] == [
        *[("MV", "licensed", 12), ("MT", "unmatched", 1), ("MV", "inUse", 14)],
        ("Systems Manager", "licensed", 25),
    ]
    assert {one.state: one.count for one in counts_of(subscription)} == {
        "limit": 40,
        "assigned": 30,
        "available": 10,
        "missing": 2,
    }
    assert list(counts_of(counted)) == []


def test_expiring_and_unused_leaves_out_types_without_any() -> None:
    """A type of which all licenses are active is of no interest there."""
    quiet = licenses_blocks(expiring=0, unused=0, burning=0)
    report = a_document(an_organization("1"), an_organization("2", quiet))

    assert [(one["id"], kind, counts) for one, kind, counts in expiring_and_unused(report)] == [
        ("1", "MX64-ENT", (3, 1, 3, 2, 1))
    ]
