from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.domain.merging import is_in_date
from auditor.domain.reducer import LicenseFold
from auditor.domain.window import Windows
from auditor.wire.decode import decode_licenses
from tests.domain.builders import AS_OF

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
FAR_AHEAD = Windows(AS_OF, (36_500,))
BEGIN = AS_OF - 100 * DAY
UNTOLD: tuple[Any, ...] = ([], None, "missing")
"""What may stand in place of a list that the vendor does not give any more."""


@pytest.mark.parametrize(
    ("lasts", "expected"),
    [
        (425 * DAY, True),
        (365 * DAY, False),
        (364 * DAY, False),
        (366 * DAY, False),
        (366 * DAY + SECOND, True),
        (364 * DAY - SECOND, True),
        (10 * DAY, True),
    ],
)
def test_a_date_leaves_out_what_was_merged_only_where_it_is_that_of_its_own_days(
    lasts: timedelta, *, expected: bool
) -> None:
    """The vendor's example says that it holds it; give or take a day, the dates may say otherwise."""
    ends_at = BEGIN + lasts

    assert is_in_date(BEGIN, ends_at, own_term=365 * DAY, merged_term=60 * DAY) is expected


@pytest.mark.parametrize(("begins_at", "ends_at"), [(None, AS_OF), (BEGIN, None), (None, None)])
def test_without_both_dates_the_example_is_followed(
    begins_at: datetime | None, ends_at: datetime | None
) -> None:
    """Nothing says otherwise."""
    assert is_in_date(begins_at, ends_at, own_term=365 * DAY, merged_term=60 * DAY)


def test_where_both_answers_are_a_day_apart_the_example_is_followed() -> None:
    """One merged day: the date is within a day of either."""
    assert is_in_date(BEGIN, BEGIN + 365 * DAY, own_term=365 * DAY, merged_term=DAY)


@dataclass(frozen=True)
class Piece:
    """A license of *days* days, merged into the piece of an earlier place, or queued by itself (None).

    What is not merged is a row of the list; what is merged may be (*is_row*).
    """

    days: int
    merged_into: int | None
    is_row: bool
    untold: Any


@st.composite
def pieces(draw: st.DrawFn, *, is_flat: bool = False) -> list[Piece]:
    """A license in use, the first, and others that were merged into it, into one another, or queue.

    *is_flat*: nothing is merged into what was merged itself.
    """
    days, flags = st.sampled_from([30, 60, 365, 1095]), st.booleans()
    found = [Piece(draw(days), None, is_row=True, untold=draw(st.sampled_from(UNTOLD)))]
    for place in range(1, draw(st.integers(1, 6))):
        into = draw(st.none() | st.integers(0, place - 1))
        if is_flat and into is not None and found[into].merged_into is not None:
            into = found[into].merged_into
        is_row = into is None or draw(flags)
        found.append(Piece(draw(days), into, is_row=is_row, untold=draw(st.sampled_from(UNTOLD))))
    return found


def taken_by(place: int, found: Sequence[Piece]) -> list[int]:
    """What was merged into the piece at *place*, directly or with what was."""
    direct = [at for at, one in enumerate(found) if one.merged_into == place]
    return direct + [deeper for at in direct for deeper in taken_by(at, found)]


def rows_of(found: Sequence[Piece], told: set[int], *, holds_it: bool) -> list[dict[str, Any]]:
    """The list that the vendor gives: pieces in *told* list what was merged into them, others do not."""
    rows = []
    for place, piece in enumerate(found):
        taken = taken_by(place, found)
        total = piece.days + sum(found[at].days for at in taken)
        row: dict[str, Any] = {
            "id": str(place),
            "state": "recentlyQueued" if place else "active",
            "licenseType": "MX64-ENT",
            "deviceSerial": "Q2XX-TEST-0001",
            "durationInDays": piece.days,
            "totalDurationInDays": total,
            "headLicenseId": "0" if place else None,
            "activationDate": None if place else BEGIN.isoformat(),
            "expirationDate": None if place else end_of(found, holds_it=holds_it).isoformat(),
            "permanentlyQueuedLicenses": [{"id": str(at)} for at in taken],
        }
        if place not in told:
            row["permanentlyQueuedLicenses"] = piece.untold
            if piece.untold == "missing":
                del row["permanentlyQueuedLicenses"]
        if piece.is_row:
            rows.append(row)
    return rows


def end_of(found: Sequence[Piece], *, holds_it: bool) -> datetime:
    """The date of the license in use."""
    taken = taken_by(0, found) if holds_it else []
    return BEGIN + (found[0].days + sum(found[at].days for at in taken)) * DAY


def covered_until(rows: list[dict[str, Any]]) -> datetime:
    """When the only device goes dark, without the days of grace; read through the decoder."""
    fold = LicenseFold(FAR_AHEAD)
    fold.fold(decode_licenses(orjson.dumps(rows)))
    dark_at = fold.close()[1].soonest_dark_at
    assert dark_at is not None
    return dark_at - 30 * DAY


@settings(deadline=None, max_examples=300)
@given(found=pieces(), data=st.data(), holds_it=st.booleans())
def test_no_license_covers_twice_whatever_the_deprecated_list_says(
    found: list[Piece], data: st.DataObject, *, holds_it: bool
) -> None:
    """Lists in some rows, in none, in all: never beyond each license once, nor before the date told."""
    found[0] = Piece(1095, None, is_row=True, untold=found[0].untold)  # so that it is not dark already
    told = data.draw(st.sets(st.sampled_from(range(len(found)))))
    rows = data.draw(st.permutations(rows_of(found, told, holds_it=holds_it)))
    all_once = BEGIN + sum(one.days for one in found) * DAY

    until = covered_until(rows)

    assert end_of(found, holds_it=holds_it) <= until <= all_once


@settings(deadline=None)
@given(found=pieces(is_flat=True), holds_it=st.booleans())
def test_every_license_covers_once_where_everything_is_listed(found: list[Piece], *, holds_it: bool) -> None:
    """Merged or queued, a row or not, in the date or not: neither lost nor counted twice.

    What was merged into something merged may be lost where a date leaves it out: the safe side.
    """
    found[0] = Piece(1095, None, is_row=True, untold=None)
    rows = rows_of(found, set(range(len(found))), holds_it=holds_it)

    assert covered_until(rows) == BEGIN + sum(one.days for one in found) * DAY


@settings(deadline=None)
@given(found=pieces(), days=st.integers(1, 4000), holds_it=st.booleans())
def test_a_second_license_in_use_does_not_make_others_count_twice(
    found: list[Piece], days: int, *, holds_it: bool
) -> None:
    """Beyond the latest date at most the distinct days of what is in no date."""
    found[0] = Piece(1095, None, is_row=True, untold=found[0].untold)
    other = {"id": "other", "state": "active", "deviceSerial": "Q2XX-TEST-0001", "licenseType": "MR-ENT"}
    ends_at = AS_OF + days * DAY
    rows = rows_of(found, set(), holds_it=holds_it)
    rows.append(other | {"activationDate": BEGIN.isoformat(), "expirationDate": ends_at.isoformat()})
    outside = [at for at in range(1, len(found)) if not holds_it or at not in taken_by(0, found)]
    told = max(ends_at, end_of(found, holds_it=holds_it))

    assert told <= covered_until(rows) <= told + sum(found[at].days for at in outside) * DAY
