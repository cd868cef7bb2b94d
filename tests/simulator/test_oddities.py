from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from auditor.simulator.oddities import make_odd, unlist

ROW: dict[str, Any] = {
    "id": "5",
    "deviceSerial": "Q2XX",
    "networkId": "N_1",
    "totalDurationInDays": 365,
    "durationInDays": 365,
    "permanentlyQueuedLicenses": [],
    "claimDate": "2026-01-01T00:00:00Z",
    "activationDate": "2026-01-02T00:00:00Z",
    "expirationDate": "2027-01-02T00:00:00Z",
    "headLicenseId": None,
}
STATES = ("active", "expired", "expiring", "recentlyQueued", "unused", "unusedActive")


@given(st.sampled_from(STATES), st.integers(0, 300))
def test_an_oddity_changes_a_row_and_never_what_it_counts_as(state: str, seed: int) -> None:
    """State and device stay; something is missing that was there, or a number where a text was."""
    before = ROW | {"state": state, "headLicenseId": "4" if state == "recentlyQueued" else None}
    row = dict(before)

    make_odd(row, Random(seed))

    assert row != before
    assert (row["state"], row["deviceSerial"]) == (state, "Q2XX")
    assert all(value in (None, before[name], 4) for name, value in row.items())


def test_a_list_of_what_was_merged_is_emptied_nulled_or_taken_away_and_mostly_stays() -> None:
    """By the id of the row, and only where there is one."""
    merged = [{"id": "9"}]
    rows = [ROW | {"id": str(number), "permanentlyQueuedLicenses": merged} for number in range(9)]
    for row in rows:
        unlist(row)
    bare = ROW | {"id": "0"}
    unlist(bare)

    lists = [row.get("permanentlyQueuedLicenses", "missing") for row in rows]
    assert lists == [[], None, "missing", *[merged] * 6]
    assert bare == ROW | {"id": "0"}
