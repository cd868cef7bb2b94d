from __future__ import annotations

from typing import Any

import pytest

from auditor.domain.question import PlanKind
from tests.semantics.rows import (
    DEVICE,
    OTHER_DEVICE,
    an_overview,
    at,
    on_device,
    on_network,
    queued,
    unused,
)
from tests.semantics.vendor import Estate, audit, per_device

RISK = ("coveredByQueue", "atRisk", "atRiskWithin", "atRiskByType")
ROWS = [on_device(1, at(20), state="expiring"), queued(2, 365, serial=DEVICE), unused(3)]
OVERVIEW = an_overview(active=3000, expiring=1, recentlyQueued=1, unused=1)
"""Of which a cheaper plan reads the two states that matter, or none."""


@pytest.mark.parametrize(
    ("estate", "plan"),
    [
        (per_device(*ROWS, overview=OVERVIEW), PlanKind.COUNTS),
        (per_device(*ROWS, overview=OVERVIEW), PlanKind.TARGETED),
        (per_device(*ROWS, breaks_off=True), PlanKind.FULL),
    ],
    ids=["counts", "targeted", "broke off"],
)
async def test_below_the_table_what_needs_the_whole_list_is_null_without_it(
    estate: Estate, plan: PlanKind
) -> None:
    """A cheaper plan, or a list that broke off: what was counted stands, what needs all of it is null."""
    organization = (await audit(estate, plan=plan)).of("501")

    assert organization["expiring"]["total"] == 1
    assert [organization["expiring"][name] for name in RISK] == [None] * 4
    assert [organization[name] for name in ("coverage", "reclaim", "standing", "dark")] == [None] * 4


@pytest.mark.parametrize("plan", [PlanKind.COUNTS, PlanKind.TARGETED])
async def test_below_the_table_a_total_is_null_where_no_list_was_whole(plan: PlanKind) -> None:
    """In the totals as in the organization: never a wrong zero."""
    totals = (await audit(per_device(*ROWS, overview=OVERVIEW), plan=plan)).totals

    assert totals["expiring"]["total"] == 1
    assert [totals["expiring"][name] for name in RISK] == [None] * 4
    assert totals["coverage"] is totals["reclaim"] is None


async def ends(*rows: Any) -> list[str]:
    """The days, counted from the reference time, on which what *rows* cover ends; by their dark dates."""
    dark = (await audit(per_device(*rows), windows_days=(3650,), seat_use=False)).of("501")["dark"]
    return [one["date"] for one in dark["dates"]]


def dark_after(*days: int) -> list[str]:
    """The dark dates of what ends in so many days."""
    return [at(each + 30)[:10] for each in days]


HEAD = on_device(1, at(20))


@pytest.mark.parametrize(
    ("told", "days"),
    [
        ({"totalDurationInDays": 425, "durationInDays": 365}, 425),
        ({"totalDurationInDays": None, "durationInDays": 365}, 365),
        (
            {
                "totalDurationInDays": None,
                "durationInDays": None,
                "activationDate": at(20),
                "expirationDate": at(120),
            },
            100,
        ),
    ],
    ids=["in total", "alone", "by its dates"],
)
async def test_below_the_table_a_queued_license_adds_its_term_once(told: dict[str, Any], days: int) -> None:
    """`totalDurationInDays`, where it is told: not the two durations together, and not the date again."""
    assert await ends(HEAD, queued(2, 0, serial=DEVICE, **told)) == dark_after(20 + days)


async def test_below_the_table_a_repeated_row_adds_its_term_once() -> None:
    """The vendor may list a license twice."""
    row = queued(2, 100, serial=DEVICE)

    assert await ends(HEAD, row, row) == dark_after(120)


async def test_below_the_table_what_is_queued_for_good_is_in_the_total_already() -> None:
    """60 of 425 days came from a license that is listed beside it: it adds nothing more."""
    merged = {"id": "3", "durationInDays": 60}
    queue = [
        queued(2, 425, serial=DEVICE, durationInDays=365, permanentlyQueuedLicenses=[merged]),
        queued(3, 60, serial=DEVICE),
    ]

    assert await ends(HEAD, *queue) == dark_after(20 + 425)


async def test_below_the_table_what_is_queued_for_good_is_in_the_date_already() -> None:
    """Of the license on the device nothing is added: its date holds what was merged into it."""
    merged = {"id": "3", "durationInDays": 60}
    head = on_device(1, at(20), totalDurationInDays=425, permanentlyQueuedLicenses=[merged])

    assert await ends(head, queued(3, 60, serial=DEVICE)) == dark_after(20)


TAKEN: dict[str, Any] = {"totalDurationInDays": 425, "durationInDays": 365}
"""Of a license of 365 days that another of 60 was merged into."""


@pytest.mark.parametrize("untold", [[], None])
async def test_below_the_table_without_the_deprecated_list_each_row_counts_its_own_days(untold: Any) -> None:
    """The other row may be what was merged: never twice; alone the total counts."""
    holder = queued(2, 0, serial=DEVICE, permanentlyQueuedLicenses=untold, **TAKEN)

    assert await ends(HEAD, holder, queued(3, 60, serial=DEVICE)) == dark_after(20 + 365 + 60)
    assert await ends(HEAD, holder) == dark_after(20 + 425)


async def test_below_the_table_without_the_deprecated_list_a_date_may_hold_what_is_queued() -> None:
    """60 days of the date are those of some license: only what is queued beyond them comes after it."""
    head = on_device(1, at(20), **TAKEN, activationDate=at(20 - 425))

    assert await ends(head, queued(3, 60, serial=DEVICE)) == dark_after(20)
    assert await ends(head, queued(3, 365, serial=DEVICE)) == dark_after(20 + 365 - 60)


async def test_below_the_table_a_date_of_its_own_days_does_not_hold_what_is_queued_for_good() -> None:
    """It is added then, by its row or by the total: once."""
    merged = [{"id": "3", "durationInDays": 60}]
    head = on_device(1, at(20), **TAKEN, activationDate=at(20 - 365), permanentlyQueuedLicenses=merged)

    assert await ends(head) == await ends(head, queued(3, 60, serial=DEVICE)) == dark_after(20 + 60)


async def test_below_the_table_a_state_that_nobody_knows_saves_no_device() -> None:
    """Nor does it put one at risk; alone it leaves the device unknown."""
    revoked = on_device(2, at(900), state="revoked")

    assert await ends(HEAD, revoked) == dark_after(20)
    alone = (await audit(per_device(revoked))).of("501")
    assert alone["coverage"]["devices"]["unknown"] == 1
    assert alone["standing"] is None


@pytest.mark.parametrize("second", ["1", "2", 1], ids=["the first", "the one before", "a number"])
async def test_below_the_table_a_queue_is_recognised_by_head_license_id_of_either_style(
    second: object,
) -> None:
    """Whether the third license names the first one or the second, both terms are added."""
    queue = [queued(2, 100, behind="1"), queued(3, 10, behind=second)]

    assert await ends(HEAD, *queue) == dark_after(130)
    assert await ends(on_network(1, at(20)), *queue) == dark_after(130)


async def test_below_the_table_the_device_tells_a_queue_before_head_license_id_does() -> None:
    """A row that names both belongs to the device that it is on."""
    heads = [HEAD, on_device(2, at(40), serial=OTHER_DEVICE)]

    assert await ends(*heads, queued(3, 100, serial=DEVICE, behind="2")) == dark_after(40, 120)


async def test_below_the_table_head_license_id_tells_where_the_device_has_no_license() -> None:
    """A row on a device that nothing covers belongs behind the license that it names."""
    assert await ends(HEAD, queued(2, 100, serial=OTHER_DEVICE, behind="1")) == dark_after(120)


@pytest.mark.parametrize(
    "orphan",
    [queued(2, 365), queued(2, 365, behind="9"), queued(2, 365, behind="2"), queued(2, 365, serial="Q2XX")],
    ids=["behind nothing", "behind what is not listed", "behind itself", "on a device without a license"],
)
async def test_below_the_table_a_queued_license_behind_nothing_covers_nothing(orphan: Any) -> None:
    """It is counted by its state, is noted, saves no device, and leaves one that has nothing else unknown."""
    audited = await audit(per_device(on_device(1, at(20), state="expiring"), orphan))

    totals = audited.totals
    assert totals["licenses"]["byState"]["recentlyQueued"] == 1
    assert (totals["expiring"]["atRisk"], totals["expiring"]["coveredByQueue"]) == (1, 0)
    assert totals["coverage"]["devices"]["expiring"] == 1
    is_lone = orphan["deviceSerial"] is not None
    assert totals["coverage"]["devices"]["unknown"] == int(is_lone)
    assert sum(totals["coverage"]["devices"].values()) == 1 + is_lone
    assert totals["notes"] == {"orphanedQueue": 1}
