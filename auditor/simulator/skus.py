"""What can be subscribed to in this world.

Fields: `getAdministeredLicensingSubscriptionEntitlements` (OpenAPI 1.73.0), whose example shows one entry
of the list that the API is known to answer.
"""

from __future__ import annotations

from typing import Any


def _sku(sku: str, product_type: str, product_class: str, tier: str | None, **more: bool) -> dict[str, Any]:
    return {
        "sku": sku,
        "name": product_class if tier else f"{product_class} add-on",
        "productType": product_type,
        "productClass": product_class,
        "featureTier": tier,
        "isAddOn": tier is None,
        "isFree": more.get("is_free", False),
    }


ENTITLEMENTS = (
    _sku("LIC-MR-E", "wireless", "MR", "essentials"),
    _sku("LIC-MR-A", "wireless", "MR", "advantage"),
    _sku("LIC-MS-100-S-E", "switch", "MS 100 Small", "essentials"),
    _sku("LIC-MS-100-L-E", "switch", "MS 100 Large", "essentials"),
    _sku("LIC-MS-400-L-A", "switch", "MS 400 Large", "advantage"),
    _sku("LIC-MX-S-E", "appliance", "MX Small", "essentials"),
    _sku("LIC-MX-L-A", "appliance", "MX Large", "advantage"),
    _sku("LIC-MV-E", "camera", "MV", "essentials"),
    _sku("LIC-MV-SEN", "camera", "MV", None),
    _sku("LIC-MT-E", "sensor", "MT", "essentials"),
    _sku("LIC-MG-E", "cellularGateway", "MG", "essentials"),
    _sku("LIC-SM-E", "systemsManager", "SM", "essentials"),
    _sku("LIC-SM-FREE", "systemsManager", "SM", "essentials", is_free=True),
)
RETIRED = frozenset({"LIC-MG-E"})
"""What some have subscribed to, and nobody can buy any more: the API lists what can be bought."""

PURCHASABLE = tuple(entry for entry in ENTITLEMENTS if entry["sku"] not in RETIRED)
BY_SKU = {entry["sku"]: entry for entry in ENTITLEMENTS}
