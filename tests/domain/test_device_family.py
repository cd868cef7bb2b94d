"""Which model runs on which license, and what that says about limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.device_family import device_use, family_of
from auditor.domain.device_use import FamilyUse

NAMES = [
    "MR-ADV",
    "wireless",
    "MR46",
    "CW9166I",
    "MX64",
    "MX64W",
    "MX64-SEC",
    "MS120-8LP",
    "SM",
    "MV12",
    "Z3",
]


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("MR-ADV", "wireless"),
        ("MR-ENT", "wireless"),
        ("MR Enterprise", "wireless"),
        ("MR Advanced Security", "wireless"),
        ("wireless", "wireless"),
        ("MR46", "wireless"),
        ("CW9166I", "wireless"),
        ("wirelessController", "WIRELESSCONTROLLER"),
        ("MV", "MV"),
        ("MV12W", "MV"),
        ("MT", "MT"),
        ("MT10", "MT"),
        ("MX64", "MX64"),
        ("MX64W", "MX64W"),
        ("MX64W-SEC", "MX64W"),
        ("MX64-SEC", "MX64"),
        ("MX64 Enterprise", "MX64"),
        ("MX250-SDW", "MX250"),
        ("MX68CW", "MX68CW"),
        ("Z1", "Z1"),
        ("Z3-ENT", "Z3"),
        ("MS220-8P", "MS220-8P"),
        ("MS120-8LP-ADVR", "MS120-8LP"),
        ("ms250-24p", "MS250-24P"),
        (" MG21 ", "MG21"),
        ("SM", None),
        ("SME", None),
        ("systemsManager", None),
        ("SM-ENT", None),
    ],
)
def test_a_name_belongs_to_a_family(name: str, family: str | None) -> None:
    """Editions and upper case make no difference, built-in wireless does; seats are no devices."""
    assert family_of(name) == family


def test_licensed_and_in_use_stand_side_by_side() -> None:
    """Family by family, where names of one family add up; what is not licensed is told by model."""
    use = device_use(
        {"wireless": 5, "MR-ADV": 5, "MX64": 2, "MV": 3, "SM": 100},
        {"MR46": 8, "CW9166I": 4, "MX64W": 2, "MX64": 1, "MS120-8LP": 6, "SM": 9},
    )

    assert use.families == {"wireless": FamilyUse(10, 12), "MX64": FamilyUse(2, 3), "MV": FamilyUse(3, 0)}
    assert use.unmatched == {"MS120-8LP": 6}
    assert (use.over_limit, use.spare) == (3, 3)


def test_a_license_for_no_device_is_a_limit_of_zero() -> None:
    """A family that is named with a zero is over its limit, not unmatched."""
    use = device_use({"MV": 0}, {"MV12": 2})

    assert (use.over_limit, use.unmatched) == (2, {})


@pytest.mark.parametrize(
    ("licensed", "limits", "unmatched"),
    [
        ({"MX64-SEC": 5, "MX64W-SEC": 1}, {"MX64": (5, 2), "MX64W": (1, 4)}, {}),
        ({"MX64": 5}, {"MX64": (5, 6)}, {}),
        ({"MX64W": 5}, {"MX64W": (5, 4)}, {"MX64": 2}),
        ({"MX64W": 0, "MX64": 5}, {"MX64W": (0, 4), "MX64": (5, 2)}, {}),
        ({"MX68": 5}, {"MX68": (5, 0)}, {"MX64": 2, "MX64W": 4}),
        ({"MV": 5}, {"MV": (5, 0), "MX64": (0, 2), "MX64W": (0, 4)}, {}),
    ],
)
def test_built_in_wireless_has_a_license_of_its_own(
    licensed: dict[str, int], limits: dict[str, tuple[int, int]], unmatched: dict[str, int]
) -> None:
    """Where none is named, the plain model's stands for it; never the other way about."""
    use = device_use(licensed, {"MX64": 2, "MX64W": 4})

    assert use.families == {family: FamilyUse(*limit) for family, limit in limits.items()}
    assert use.unmatched == unmatched


@pytest.mark.parametrize("licensed", [{}, {"SM": 40}, {"MV": 0}])
def test_without_a_license_for_any_device_all_hardware_is_over_the_limit(licensed: dict[str, int]) -> None:
    """Seats license no hardware, and are none; there is no other name by which anything could be licensed."""
    use = device_use(licensed, {"MR46": 5, "MX64-HW": 1, "MS425-16": 2, "SM": 9})

    assert (use.over_limit, use.spare, use.unmatched) == (8, 0, {})
    assert {family: one.in_use for family, one in use.families.items() if one.in_use} == {
        "wireless": 5,
        "MX64": 1,
        "MS425-16": 2,
    }


@pytest.mark.parametrize(
    ("licensed", "model", "family"),
    [
        ({"MX64": 1}, "MR33", "wireless"),
        ({"MX64": 1}, "CW9166I", "wireless"),
        ({"MX64": 1}, "MV12", "MV"),
        ({"MX64": 1}, "MT10", "MT"),
        ({"MX64": 1}, "Z3", "Z3"),
        ({"MX64": 1}, "MG21-NA", "MG21"),
        ({"Z3": 1, "SM": 9}, "MX64", "MX64"),
        ({"MS120-8LP": 1, "switch": 1, "C9300-24": 1}, "MX64W", "MX64W"),
        ({"MX64": 1, "MR-ADV": 0, "wireless": 0}, "MR33", "wireless"),
    ],
)
def test_of_a_product_without_any_license_all_are_over_the_limit(
    licensed: dict[str, int], model: str, family: str
) -> None:
    """Where nothing but a license of its own product covers a device; a limit of 0 is shown for it."""
    use = device_use(licensed, {model: 2})

    assert (use.over_limit, use.unmatched, use.families[family]) == (2, {}, FamilyUse(0, 2))


@pytest.mark.parametrize(
    ("licensed", "model"),
    [
        ({"MX64": 1}, "MX105"),
        ({"VMX-S": 1}, "MX105"),
        ({"appliance": 1}, "MX105"),
        ({"appliance": 1}, "Z3"),
        ({"Z1": 1}, "Z3"),
        ({"MG21": 1}, "MG51"),
        ({"camera": 1}, "MV12"),
        ({"sensor": 1}, "MT10"),
        ({"cellularGateway": 1}, "MG21"),
        ({"MX64": 1}, "MS425-16"),
        ({"MX64": 1}, "C9300-24"),
        ({"MX64": 1}, "VMX-S"),
        ({"Networking Advantage": 1}, "MR33"),
    ],
)
def test_what_a_license_of_another_name_may_cover_is_unmatched(licensed: dict[str, int], model: str) -> None:
    """A license of the product is there, or one of which nobody knows what it covers."""
    use = device_use(licensed, {model: 2})

    assert (use.over_limit, use.unmatched) == (0, {model: 2})


@pytest.mark.parametrize(
    ("licensed", "spare", "unmatched"),
    [
        ({"MX67C": 1, "Z3C": 1, "MG21": 3}, 2, {}),
        ({"MX67C-NA": 1, "MX67C": 1, "Z3C": 1, "MG21": 3}, 3, {}),
        ({"MX67C-WW": 1, "Z3C": 1, "MG21": 3}, 3, {"MX67C-NA": 1}),
    ],
)
def test_a_region_falls_away_where_the_own_name_is_not_licensed(
    licensed: dict[str, int], spare: int, unmatched: dict[str, int]
) -> None:
    """The name with the region covers that region alone."""
    use = device_use(licensed, {"MX67C-NA": 1, "Z3C-NA": 1, "MG21-NA": 1})

    assert (use.spare, use.over_limit, use.unmatched) == (spare, 0, unmatched)


@pytest.mark.parametrize("model", ["MX64W-HW", "mx64w-ww", "MX64W-NA-HW", "MX64-HW"])
def test_a_variant_falls_away_before_built_in_wireless_does(model: str) -> None:
    """An MX64W-HW is an MX64W, which an MX64 covers."""
    assert device_use({"MX64": 1}, {model: 1}).families == {"MX64": FamilyUse(1, 1)}


def test_what_cannot_be_read_is_not_without_a_license() -> None:
    """Devices beside an overview whose counts are unreadable may be licensed."""
    use = device_use({"MR-ADV": 3}, {"MR46": 5, "MX64": 1}, warm_spares=1, is_whole=False)

    assert (use.over_limit, use.spare, use.families) == (None, None, {})
    assert (use.unmatched, use.in_use, use.warm_spares) == ({"MR46": 5, "MX64": 1}, 6, 1)


counts = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 9))


@given(counts, counts)
def test_no_device_is_lost_or_counted_twice(licensed: dict[str, int], in_use: dict[str, int]) -> None:
    """All hardware in use is in a family or unmatched; all licensed hardware is in a family."""
    use = device_use(licensed, in_use)

    told = sum(one.in_use for one in use.families.values()) + sum(use.unmatched.values())
    assert told == sum(count for model, count in in_use.items() if family_of(model) is not None)
    assert use.in_use == told
    assert use.over_limit is not None
    assert use.spare is not None
    assert sum(one.licensed for one in use.families.values()) == sum(
        count for name, count in licensed.items() if family_of(name) is not None
    )
    surplus = sum(one.licensed - one.in_use for one in use.families.values())
    assert use.spare - use.over_limit == surplus
