"""What the vendor calls devices under co-termination: license names, hardware models, and which fits which.

The overview names kinds of device by the edition, by the model or by the product, as recorded; the
inventory names models. A family is what draws on one pool of licenses. Appliances with built-in wireless
have licenses of their own, and are licensed by the name of the plain model where there are none of these.
"""

from __future__ import annotations

from dataclasses import dataclass

EDITIONS = {
    "ENT": "Enterprise",
    "ADV": "Advanced",
    "SEC": "Advanced Security",
    "SDW": "Secure SD-WAN Plus",
}


@dataclass(frozen=True, slots=True)
class Family:
    """*licensed_as* are the names in `licensedDeviceCounts`, *models* those in the inventory."""

    name: str
    licensed_as: tuple[str, ...]
    models: tuple[str, ...]
    product_type: str


FAMILIES = (
    Family("wireless", ("MR-ENT", "MR-ADV", "wireless"), ("MR36", "MR46", "MR57", "CW9162I"), "wireless"),
    Family("MV", ("MV",), ("MV12W", "MV22", "MV72X"), "camera"),
    Family("MT", ("MT",), ("MT10", "MT20"), "sensor"),
    Family("MS120-8LP", ("MS120-8LP",), ("MS120-8LP",), "switch"),
    Family("MS220-8P", ("MS220-8P",), ("MS220-8P",), "switch"),
    Family("MS250-24P", ("MS250-24P",), ("MS250-24P",), "switch"),
    Family("MX64", ("MX64", "MX64-ENT", "MX64-SEC"), ("MX64",), "appliance"),
    Family("MX64W", ("MX64W", "MX64W-SEC"), ("MX64W",), "appliance"),
    Family("MX68", ("MX68-SEC", "MX68-ENT"), ("MX68",), "appliance"),
    Family("MX68W", ("MX68W-ENT", "MX68W-SEC"), ("MX68W",), "appliance"),
    Family("MX85", ("MX85-SDW",), ("MX85",), "appliance"),
    Family("Z3", ("Z3", "Z3-ENT"), ("Z3",), "appliance"),
    Family("MG21", ("MG21-ENT",), ("MG21",), "cellularGateway"),
)
SEATS_NAMES = ("SM", "SME", "systemsManager")
"""Systems Manager in the overview: seats of software, which no inventory lists."""

PLAIN_MODELS = {"MX64W": "MX64", "MX68W": "MX68"}
"""The model without wireless, under whose name one with it may be licensed."""

UNLICENSED_MODELS = (("MG51", "cellularGateway"), ("MS425-16", "switch"), ("MX105", "appliance"))
"""Hardware for which the organizations of this world have no license at all."""

VARIANTS = {"MG21-NA": "MG21", "MG21-WW": "MG21", "MX68-HW": "MX68", "MX64W-HW": "MX64W"}
"""Spellings of models in the inventory with a region or variant, by which no license is named."""

FAMILY_OF_LICENSE = {name: family.name for family in FAMILIES for name in family.licensed_as}
FAMILY_OF_MODEL = {model: family.name for family in FAMILIES for model in family.models}
_TYPES = {model: family.product_type for family in FAMILIES for model in family.models} | dict(
    UNLICENSED_MODELS
)
PRODUCT_TYPE_OF = _TYPES | {spelling: _TYPES[model] for spelling, model in VARIANTS.items()}


def key_name(license_name: str) -> tuple[str, str]:
    """What the list of keys calls *license_name* (of the overview), and its edition."""
    stem, _, suffix = license_name.rpartition("-")
    if suffix not in EDITIONS:
        return license_name, "Enterprise"
    return f"{stem} {EDITIONS[suffix]}", EDITIONS[suffix]


def product_type_of_license(license_name: str) -> str:
    """The product type of a name in the overview."""
    if license_name in SEATS_NAMES:
        return "systemsManager"
    return next(family.product_type for family in FAMILIES if license_name in family.licensed_as)
