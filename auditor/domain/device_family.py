"""Families of devices: what the co-termination overview and the inventory call the same thing.

The overview licenses `MR-ADV` or `wireless`, the inventory holds `MR46` and `CW9166I`. The vendor does not
say which name covers which, so what follows from this is an estimate.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

from auditor.domain.co_term import counts_seats
from auditor.domain.device_use import DeviceUse, FamilyUse

_WIDE_FAMILIES: Final = (
    (re.compile(r"MR|CW9|WIRELESS\Z"), "wireless"),
    (re.compile("MV"), "MV"),
    (re.compile("MT"), "MT"),
)
"""Families whose licenses fit every model of them."""

_EDITION: Final = re.compile(r"(?:-(?:ENT|SEC|SDW|ADVR?)| +(?:ENTERPRISE|ADVANCED)\b.*)\Z")
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
    licensed: Mapping[str, int], in_use_by_model: Mapping[str, int], *, is_whole: bool = True
) -> DeviceUse:
    """What the overview has *licensed* beside the devices in use, family by family.

    *is_whole* says that every count of the overview could be read.
    """
    limits: Counter[str] = Counter()
    for name, count in licensed.items():
        if (family := family_of(name)) is not None:
            limits[family] += count
    in_use: Counter[str] = Counter()
    unmatched: Counter[str] = Counter()
    for model, count in in_use_by_model.items():
        family = family_of(model)
        if family is None:
            continue
        pool = _pool_of(family, limits)
        if pool is None:
            unmatched[model] += count
        else:
            in_use[pool] += count
    families = {family: FamilyUse(limit, in_use[family]) for family, limit in limits.items()}
    return DeviceUse.of(families, unmatched=dict(unmatched), is_whole=is_whole)


def _pool_of(family: str, limits: Mapping[str, int]) -> str | None:
    """The licensed family that covers devices of *family*; None where none is known.

    The vendor sells licenses for an MX64W and for an MX64 apart. A device of the former counts against its
    own where the organization has licensed any, else against the latter; without either nothing fits.
    """
    plain = _BUILT_IN_WIRELESS.sub(r"\1", family)
    return next((name for name in (family, plain) if name in limits), None)
