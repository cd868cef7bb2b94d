from __future__ import annotations

import pytest

from tests.semantics.rows import Row, a_device, at, in_words
from tests.semantics.vendor import audit, co_term


def appliances(*networks: str, model: str = "MX67", product_type: str | None = "appliance") -> list[Row]:
    """Appliances of one model, each in the network that is named."""
    return [
        a_device(number, model, network=network, product_type=product_type)
        for number, network in enumerate(networks)
    ]


async def use_of(licensed: dict[str, int], devices: list[Row]) -> Row:
    """What the report says of the use of one organization."""
    audited = await audit(co_term("OK", in_words(200), licensed, devices=devices))
    use: Row = audited.of("601")["coTerm"]["use"]
    return use


@pytest.mark.parametrize("product_type", ["appliance", None])
async def test_co_term_use_counts_an_ha_pair_once(product_type: str | None) -> None:
    """Two of one model in one network need one license: nothing is over the limit, nothing goes dark."""
    use = await use_of({"MX67": 1}, appliances("N_1", "N_1", product_type=product_type))

    assert (use["inUse"], use["warmSpares"], use["overLimit"], use["spare"]) == (1, 1, 0, 0)
    assert (use["byFamily"], use["darkAt"]) == ({"MX67": {"licensed": 1, "inUse": 1}}, None)


@pytest.mark.parametrize(
    ("networks", "warm_spares", "over_limit"),
    [(("N_1", "N_1", "N_2"), 1, 1), (("N_1", "N_1", "N_1"), 1, 1), (("N_1", "N_2"), 0, 1)],
)
async def test_co_term_use_counts_a_third_appliance_and_one_in_another_network(
    networks: tuple[str, ...], warm_spares: int, over_limit: int
) -> None:
    """Neither is the spare of a pair."""
    use = await use_of({"MX67": 1}, appliances(*networks))

    assert (use["warmSpares"], use["overLimit"], use["darkAt"]) == (warm_spares, over_limit, at(30))


async def test_co_term_use_takes_no_other_devices_for_a_pair() -> None:
    """Two access points of one model stand in one network everywhere."""
    use = await use_of({"wireless": 1}, appliances("N_1", "N_1", model="MR46", product_type="wireless"))

    assert (use["warmSpares"], use["overLimit"]) == (0, 1)


async def test_co_term_use_adds_up_warm_spares() -> None:
    """Over organizations, each of which has a pair."""
    pair = appliances("N_1", "N_1")
    estates = [co_term("OK", in_words(200), {"MX67": 1}, number=one, devices=pair) for one in ("601", "602")]

    assert (await audit(*estates)).totals["coTerm"]["use"]["warmSpares"] == 2


@pytest.mark.parametrize("model", ["MR33", "CW9166I", "MV12", "MT10", "Z3", "MG21"])
async def test_co_term_use_has_all_of_a_product_without_a_license_over_the_limit(model: str) -> None:
    """The organization has licensed an MX64, which covers nothing else."""
    devices = [a_device(1, "MX64"), a_device(2, model), a_device(3, model)]
    use = await use_of({"MX64": 1}, devices)

    assert (use["overLimit"], use["unmatched"], use["darkAt"]) == (2, {}, at(30))


@pytest.mark.parametrize("model", ["MX105", "MS425-16", "C9300-24"])
async def test_co_term_use_leaves_unmatched_what_another_license_may_cover(model: str) -> None:
    """One of its product is there, or the product is none of which that is certain."""
    use = await use_of({"MX64": 1}, [a_device(1, model)])

    assert (use["overLimit"], use["unmatched"], use["darkAt"]) == (0, {model: 1}, None)


async def test_co_term_use_has_a_region_by_the_plain_name() -> None:
    """Where the name with the region is not licensed."""
    devices = [a_device(number, model) for number, model in enumerate(["MX67C-NA", "Z3C-NA", "MG21-NA"])]
    use = await use_of({"MX67C": 1, "Z3C": 1, "MG21": 3}, devices)

    assert (use["spare"], use["overLimit"], use["unmatched"]) == (2, 0, {})
