from __future__ import annotations

import pytest

from auditor.simulator.families import (
    FAMILIES,
    FAMILY_OF_LICENSE,
    FAMILY_OF_MODEL,
    PLAIN_MODELS,
    PRODUCT_TYPE_OF,
    SEATS_NAMES,
    UNLICENSED_MODELS,
    key_name,
    product_type_of_license,
)


def test_no_name_belongs_to_two_families() -> None:
    """Each license name and each model leads to one family; hardware nobody licensed leads to none."""
    assert len(FAMILY_OF_LICENSE) == sum(len(family.licensed_as) for family in FAMILIES)
    assert len(FAMILY_OF_MODEL) == sum(len(family.models) for family in FAMILIES)
    assert not {model for model, _ in UNLICENSED_MODELS} & FAMILY_OF_MODEL.keys()
    assert PRODUCT_TYPE_OF.keys() > FAMILY_OF_MODEL.keys()
    assert PLAIN_MODELS.keys() | set(PLAIN_MODELS.values()) <= FAMILY_OF_MODEL.keys()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("MR-ENT", ("MR Enterprise", "Enterprise")),
        ("MX64-SEC", ("MX64 Advanced Security", "Advanced Security")),
        ("MS120-8LP", ("MS120-8LP", "Enterprise")),
        ("SM", ("SM", "Enterprise")),
    ],
)
def test_the_list_of_keys_spells_editions_out(name: str, told: tuple[str, str]) -> None:
    """A name with an edition's suffix gets the edition's words, any other stays."""
    assert key_name(name) == told


def test_every_name_has_a_product_type() -> None:
    """Seats of software have one too."""
    assert {product_type_of_license(name) for name in SEATS_NAMES} == {"systemsManager"}
    assert {product_type_of_license(name) for name in FAMILY_OF_LICENSE} == {
        "appliance",
        "camera",
        "cellularGateway",
        "sensor",
        "switch",
        "wireless",
    }
