"""Families of devices: what the co-termination overview and the inventory call the same thing.

The overview licenses `MR-ADV` or `wireless`, the inventory holds `MR46` and `CW9166I`. The vendor does not
say which name covers which, so what follows from this is an estimate.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from auditor.domain.co_term import counts_seats
from auditor.domain.device_use import DeviceUse, FamilyUse

_WIDE_FAMILIES: Final = (
    (re.compile(r"MR|CW9|WIRELESS\Z"), "wireless"),
    (re.compile("MV"), "MV"),
    (re.compile("MT"), "MT"),
)
"""Families whose licenses fit every model of them."""

_PRODUCTS: Final[tuple[tuple[re.Pattern[str], set[str | None]], ...]] = (
    (re.compile(r"MR|CW9|WIRELESS\Z"), {"wireless"}),
    (re.compile(r"MV|CAMERA\Z"), {"MV"}),
    (re.compile(r"MT|SENSOR\Z"), {"MT"}),
    (re.compile("V?MX"), {"MX"}),
    (re.compile("Z[0-9]"), {"Z"}),
    (re.compile(r"APPLIANCE\Z"), {"MX", "Z"}),
    (re.compile(r"MG|CELLULARGATEWAY\Z"), {"MG"}),
    (re.compile(r"MS|C9[0-9]|SWITCH\Z"), {"MS"}),
)
"""Products by the names under which devices of them are licensed."""

_CERTAIN: Final = re.compile("MV|MT|MX|Z[0-9]|MG")
"""Models that run on a license of their own product alone."""

_EDITION: Final = re.compile(r"(?:-(?:ENT|SEC|SDW|ADVR?)| +(?:ENTERPRISE|ADVANCED)\b.*)\Z")
_VARIANT: Final = re.compile(r"(?:-(?:NA|WW|HW))+\Z")  # region or hardware: an MX67C-NA is an MX67C
_BUILT_IN_WIRELESS: Final = re.compile(r"((?:MX|Z).*[0-9])W\Z")  # an MX64W is an MX64 with access points


def family_of(name: str) -> str | None:
    """The family of a device model, or of a name that devices are licensed under; None for no hardware."""
    if counts_seats(name):
        return None
    bare = _EDITION.sub("", name.strip().upper())
    for names, family in _WIDE_FAMILIES:
        if names.match(bare):
            return family
    return bare


def device_use(
    licensed: Mapping[str, int],
    in_use_by_model: Mapping[str, int],
    *,
    warm_spares: int = 0,
    is_whole: bool = True,
) -> DeviceUse:
    """What the overview has *licensed* beside the devices in use, family by family.

    *in_use_by_model* counts those that need a license, and *warm_spares* the others. *is_whole* says that
    every count of devices could be read: else a family may have more than what is there, and none
    has a limit.
    """
    limits: Counter[str] = Counter()
    for name, count in licensed.items() if is_whole else ():
        if (family := family_of(name)) is not None:
            limits[family] += count
    products = _products_of(name for name, limit in limits.items() if limit)
    in_use: Counter[str] = Counter()
    unmatched: Counter[str] = Counter()
    for model, count in in_use_by_model.items():
        family = family_of(model)
        if family is None:
            continue
        pool = _pool_of(family, limits)
        if pool is None and is_whole and _is_unlicensed(family, products):
            pool = _VARIANT.sub("", family)
        if pool is None:
            unmatched[model] += count
        else:
            in_use[pool] += count
    families = {family: FamilyUse(limits[family], in_use[family]) for family in {**limits, **in_use}}
    return DeviceUse.of(families, unmatched=dict(unmatched), warm_spares=warm_spares, is_whole=is_whole)


def _pool_of(family: str, limits: Mapping[str, int]) -> str | None:
    """The licensed family that covers devices of *family*; None where none is known.

    A device counts against its own name where the organization has licensed any, else against the name
    without region and variant, else against that of the model without wireless: the vendor sells licenses
    for an MX64W and for an MX64 apart. Without any of them nothing fits.
    """
    model = _VARIANT.sub("", family)
    plain = _BUILT_IN_WIRELESS.sub(r"\1", model)
    return next((name for name in (family, model, plain) if name in limits), None)


def _products_of(families: Iterable[str]) -> set[str | None]:
    """The products that licenses of *families* are for; None among them for one that nobody knows."""
    products: set[str | None] = set()
    for family in families:
        known = (found for names, found in _PRODUCTS if names.match(family.upper()))
        products |= next(known, {None})
    return products


def _is_unlicensed(family: str, products: set[str | None]) -> bool:
    """Whether no license of *products* can cover a device of *family*.

    Where no device is licensed at all, none is covered. Else only a product is certain whose devices run on
    no other's licenses (the vendor's page "Over Device Limit"), and only where all licenses are of known
    products.
    """
    if not products:
        return True
    is_certain = family == "wireless" or _CERTAIN.match(family) is not None
    return is_certain and None not in products and products.isdisjoint(_products_of([family]))
