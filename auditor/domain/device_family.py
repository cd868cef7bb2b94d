"""Families of devices: what the co-termination overview and the inventory call the same thing.

The overview licenses `MR-ADV` or `wireless`, the inventory holds `MR46` and `CW9166I`. The vendor does not
say which name covers which, so what follows from this is an estimate.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

from auditor.domain.co_term import DeviceUse, FamilyUse

_NO_HARDWARE: Final = frozenset({"SM", "SME", "SYSTEMSMANAGER"})  # seats, which no inventory lists
_WIDE_FAMILIES: Final = (
    (re.compile(r"MR|CW9|WIRELESS\Z"), "wireless"),
    (re.compile("MV"), "MV"),
    (re.compile("MT"), "MT"),
)
"""Families whose licenses fit every model of them."""

_EDITION: Final = re.compile(r"(?:-(?:ENT|SEC|SDW|ADVR?)| +(?:ENTERPRISE|ADVANCED)\b.*)\Z")
_BUILT_IN_WIRELESS: Final = re.compile(r"((?:MX|Z).*[0-9])W\Z")  # an MX64W runs on the license of an MX64


def family_of(name: str) -> str | None:
    """The family of a device model, or of a name that devices are licensed under; None for no hardware."""
    bare = _EDITION.sub("", name.strip().upper())
    if bare in _NO_HARDWARE:
        return None
    for names, family in _WIDE_FAMILIES:
        if names.match(bare):
            return family
    return _BUILT_IN_WIRELESS.sub(r"\1", bare)


def device_use(licensed: Mapping[str, int], in_use_by_model: Mapping[str, int]) -> DeviceUse:
    """What the overview has *licensed* beside the devices in use, family by family."""
    limits: Counter[str] = Counter()
    for name, count in licensed.items():
        if (family := family_of(name)) is not None:
            limits[family] += count
    in_use: Counter[str] = Counter()
    unmatched: Counter[str] = Counter()
    for model, count in in_use_by_model.items():
        family = family_of(model)
        if family is not None and family in limits:
            in_use[family] += count
        elif family is not None:
            unmatched[model] += count
    families = {family: FamilyUse(limit, in_use[family]) for family, limit in limits.items()}
    return DeviceUse.of(families, unmatched=dict(unmatched))
