from __future__ import annotations

from auditor.simulator.skus import BY_SKU, ENTITLEMENTS, PURCHASABLE, RETIRED


def test_add_ons_have_no_tier_and_others_have_one() -> None:
    """As the description of the API has it; no SKU comes twice."""
    assert len(BY_SKU) == len(ENTITLEMENTS)
    assert {entry["featureTier"] for entry in ENTITLEMENTS if entry["isAddOn"]} == {None}
    assert {entry["featureTier"] for entry in ENTITLEMENTS if not entry["isAddOn"]} == {
        "advantage",
        "essentials",
    }
    assert any(entry["isFree"] for entry in ENTITLEMENTS)


def test_what_is_retired_is_known_and_cannot_be_bought() -> None:
    """Subscriptions have it all the same; there is something of either kind."""
    skus = {entry["sku"] for entry in PURCHASABLE}

    assert skus | RETIRED == BY_SKU.keys()
    assert skus.isdisjoint(RETIRED)
    assert RETIRED
