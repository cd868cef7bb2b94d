"""Devices in use beside those licensed: what is over the limit, what is to spare, and the sums."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.device_use import DevicesFold, DeviceUse, FamilyUse, UsedDevice

devices = st.lists(
    st.builds(
        UsedDevice,
        st.none() | st.integers(0, 9).map(str),
        st.sampled_from(["MX67", "MX68", "MR46"]),
        st.none() | st.sampled_from(["N_1", "N_2"]),
    ),
    max_size=12,
)


def counted(*used: UsedDevice) -> tuple[dict[str, int], int]:
    fold = DevicesFold()
    fold.fold(used)
    return dict(fold.needing), fold.warm_spares


def test_what_one_has_to_spare_covers_nothing_in_another() -> None:
    """Over the limit is counted organization by organization."""
    over = DeviceUse.of({"MV": FamilyUse(1, 3)}, unmatched={"MG21": 1})
    under = DeviceUse.of({"MV": FamilyUse(5, 1)}, unmatched={})
    together = over + under

    assert together.families == {"MV": FamilyUse(6, 4)}
    assert (together.over_limit, together.spare, together.unmatched) == (2, 4, {"MG21": 1})


@pytest.mark.parametrize(
    ("networks", "needing", "warm_spares"),
    [
        (["N_1"], 1, 0),
        (["N_1", "N_1"], 1, 1),
        (["N_1", "N_1", "N_1"], 2, 1),
        (["N_1", "N_1", "N_1", "N_1"], 3, 1),
        (["N_1", "N_2"], 2, 0),
        (["N_1", "N_1", "N_2"], 2, 1),
        (["N_1", "N_2", "N_1", "N_2"], 2, 2),
        ([None, None], 2, 0),
    ],
)
def test_an_ha_pair_needs_one_license(networks: list[str | None], needing: int, warm_spares: int) -> None:
    """Two of one model in one network; a third needs its own, and so do two that are apart."""
    used = [UsedDevice(f"Q2XX-TEST-{number:04}", "MX67", one) for number, one in enumerate(networks)]

    assert counted(*used) == ({"MX67": needing}, warm_spares)


def test_two_models_in_one_network_are_no_pair() -> None:
    """A warm spare is of the same model as the appliance that it stands by for."""
    used = [UsedDevice("Q2XX-TEST-0001", "MX67", "N_1"), UsedDevice("Q2XX-TEST-0002", "MX68", "N_1")]

    assert counted(*used) == ({"MX67": 1, "MX68": 1}, 0)


def test_a_device_that_comes_twice_is_no_pair() -> None:
    """Within a page and across pages; one without a serial cannot be recognised."""
    again = UsedDevice("Q2XX-TEST-0001", "MX67", "N_1")
    fold = DevicesFold()

    assert fold.fold([again, again]) == 1
    assert fold.fold([again, UsedDevice(None, "MV12"), UsedDevice(None, "MV12")]) == 2
    assert (fold.needing, fold.warm_spares) == ({"MX67": 1, "MV12": 2}, 0)


@given(devices, st.integers(0, 12))
def test_where_the_pages_are_cut_makes_no_difference(used: list[UsedDevice], cut: int) -> None:
    """One page or two; every device that is new is counted in one place."""
    whole, parts = DevicesFold(), DevicesFold()
    new = whole.fold(used)

    assert parts.fold(used[:cut]) + parts.fold(used[cut:]) == new
    assert (parts.needing, parts.warm_spares) == (whole.needing, whole.warm_spares)
    assert sum(whole.needing.values()) + whole.warm_spares == new


def test_warm_spares_add_up_and_are_not_in_use() -> None:
    """They stand in no other count."""
    use = DeviceUse.of({"MX67": FamilyUse(1, 1)}, unmatched={"MS120-8LP": 2}, warm_spares=1)

    assert (use.in_use, use.over_limit, use.spare) == (3, 0, 0)
    assert (use + use).warm_spares == 2
