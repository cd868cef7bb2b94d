"""What `--detail` names, from the vendor's rows to the report; and that a license key is never in it."""

from __future__ import annotations

import orjson
import pytest

from auditor.domain.question import PlanKind
from tests.semantics.rows import (
    DEVICE,
    OTHER_DEVICE,
    Row,
    an_overview,
    at,
    on_device,
    on_network,
    queued,
    unused,
    unused_active,
)
from tests.semantics.vendor import audit, per_device

ROWS: list[Row] = [
    on_device(1, at(-5), state="expired"),
    on_device(2, at(20), state="expiring", serial=OTHER_DEVICE),
    queued(3, 365, serial=OTHER_DEVICE),
    on_network(4, at(400)),
    unused(5),
    unused_active(6),
]


async def test_below_the_table_detail_names_what_ended_soon_ends_or_is_unused() -> None:
    """Dark dates first; a queue that covers the device leaves the license without one."""
    told = (await audit(per_device(*ROWS), detail=True, seat_use=False)).of("501")["attention"]

    assert [(one["id"], one["state"], one["darkAt"]) for one in told] == [
        ("1", "expired", at(25)),
        ("2", "expiring", None),
        ("5", "unused", None),
        ("6", "unusedActive", None),
    ]
    assert (told[0]["deviceSerial"], told[0]["orderNumber"]) == (DEVICE, "5S-TEST-0001")
    assert [one["atRisk"] for one in told] == [None, False, None, None]
    assert (told[1]["coveredUntil"], told[2]["burnsAt"], told[3]["daysBurned"]) == (at(385), at(60), 10)


async def test_below_the_table_license_keys_are_in_no_report_with_detail_or_without() -> None:
    """Of rows that all have one; serials and order numbers are there only when they are asked for."""
    plain = orjson.dumps((await audit(per_device(*ROWS), seat_use=False)).report)
    named = orjson.dumps((await audit(per_device(*ROWS), detail=True, seat_use=False)).report)

    assert b"ZZZZ-TEST" not in plain + named
    assert b"Q2XX-TEST" in named
    assert b"5S-TEST" in named
    assert b"Q2XX-TEST" not in plain
    assert b"5S-TEST" not in plain
    assert b"attention" not in plain


async def test_below_the_table_detail_changes_no_figure() -> None:
    """It costs no request, and only adds the list."""
    plain = await audit(per_device(*ROWS), seat_use=False)
    named = await audit(per_device(*ROWS), detail=True, seat_use=False)
    organization = dict(named.of("501"))
    organization.pop("attention")

    assert organization == plain.of("501")
    assert named.totals == plain.totals
    assert named.asked == plain.asked


async def test_below_the_table_detail_of_what_was_read_by_state_leaves_out_what_ended() -> None:
    """The plan targeted does not read it, and nobody knows what covers what."""
    overview = an_overview(active=4000, expired=1, expiring=1, recentlyQueued=1, unused=1, unusedActive=1)
    estate = per_device(*ROWS, overview=overview)
    told = (await audit(estate, detail=True, plan=PlanKind.TARGETED)).of("501")["attention"]

    assert [(one["id"], one["coveredUntil"]) for one in told] == [("2", None), ("5", None), ("6", None)]
    assert {one["atRisk"] for one in told} == {None}


async def test_below_the_table_detail_of_what_was_read_by_state_may_be_none() -> None:
    """An overview that counts none in question says so: that is an empty list."""
    estate = per_device(overview=an_overview(active=4000))

    assert (await audit(estate, detail=True, plan=PlanKind.TARGETED)).of("501")["attention"] == []


async def test_below_the_table_detail_of_a_list_that_broke_off_is_what_was_read() -> None:
    """Without what the rest of the list would decide."""
    told = (await audit(per_device(*ROWS, breaks_off=True), detail=True)).of("501")["attention"]

    assert [one["id"] for one in told] == ["1", "2", "5", "6"]
    assert {one["darkAt"] for one in told} == {None}


async def test_below_the_table_detail_needs_a_plan_that_reads_licenses() -> None:
    """An overview names none."""
    with pytest.raises(ValueError, match="names licenses, and the plan counts reads none"):
        await audit(per_device(*ROWS), detail=True, plan=PlanKind.COUNTS)
