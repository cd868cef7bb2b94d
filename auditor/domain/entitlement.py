"""What an SKU entitles to, as the vendor's list of entitlements has it."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Entitlement:
    """One SKU of `getAdministeredLicensingSubscriptionEntitlements` (OpenAPI 1.73.0).

    Words are the vendor's; None where it does not tell, or tells something else than text or a truth. An
    add-on has no *feature_tier*.
    """

    name: str | None = None
    product_type: str | None = None
    product_class: str | None = None
    feature_tier: str | None = None
    is_add_on: bool | None = None
    is_free: bool | None = None


Entitlements: TypeAlias = Mapping[str, Entitlement | None]
"""By SKU; None for one that the list does not have, for it is one of what can be bought."""


def learn(known: MutableMapping[str, Entitlement | None], told: Entitlements) -> None:
    """Take *told* into *known*: of two readings of one SKU the same is kept whichever came first."""
    for sku, entitlement in told.items():
        known[sku] = max(known.get(sku), entitlement, key=_rank)


def _rank(entitlement: Entitlement | None) -> tuple[bool, str]:
    return entitlement is not None, repr(entitlement)
