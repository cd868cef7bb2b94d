"""Devices in use beside those licensed: what is over the limit, what is to spare, and the sums."""

from __future__ import annotations

from auditor.domain.device_use import DeviceUse, FamilyUse


def test_what_one_has_to_spare_covers_nothing_in_another() -> None:
    """Over the limit is counted organization by organization."""
    over = DeviceUse.of({"MV": FamilyUse(1, 3)}, unmatched={"MG21": 1})
    under = DeviceUse.of({"MV": FamilyUse(5, 1)}, unmatched={})
    together = over + under

    assert together.families == {"MV": FamilyUse(6, 4)}
    assert (together.over_limit, together.spare, together.unmatched) == (2, 4, {"MG21": 1})
