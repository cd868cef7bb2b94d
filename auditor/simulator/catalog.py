"""What the invented world is made of: license types with their weights, names, regions, spellings.

Every name is made up. A license type weighs about as much as its device family does in a fleet of
small branches: many access points and small switches, few data center appliances.
"""

from __future__ import annotations

from itertools import accumulate, product

LICENSE_TYPES: tuple[tuple[str, int], ...] = (
    ("MR-ENT", 260),
    ("MR-ADV", 40),
    ("MS120-8LP", 70),
    ("MS120-24P", 60),
    ("MS120-48LP", 55),
    ("MS125-24P", 25),
    ("MS130-24P", 25),
    ("MS210-24P", 20),
    ("MS220-8P", 20),
    ("MS225-48LP", 25),
    ("MS250-24P", 15),
    ("MS350-48", 8),
    ("MS390-24A", 4),
    ("MS425-16", 2),
    ("MX64-ENT", 45),
    ("MX64-SEC", 25),
    ("MX67-ENT", 40),
    ("MX67C-SEC", 12),
    ("MX68-SEC", 20),
    ("MX75-SDW", 8),
    ("MX85-SEC", 10),
    ("MX105-ENT", 5),
    ("MX250-SEC", 3),
    ("VMX-S-ENT", 4),
    ("Z3-ENT", 30),
    ("Z4-SEC", 12),
    ("MV", 60),
    ("MV-SEN", 5),
    ("MT", 45),
    ("MG21-ENT", 15),
    ("MG41-ENT", 6),
    ("SME", 40),
)
SYSTEMS_MANAGER = "SME"
"""The one type that is sold by the seat and bound to a network, not to a device."""
VIRTUAL_APPLIANCE = "VMX-S-ENT"
"""Runs in a cloud: where no device stands for it, its license is bound to the network too."""
UPGRADES = {"MR-ENT": "MR-ADV", "MX64-ENT": "MX64-SEC"}
"""Types that customers step up from when they renew."""

TYPE_NAMES = tuple(name for name, _ in LICENSE_TYPES)
TYPE_CEILINGS = tuple(accumulate(weight for _, weight in LICENSE_TYPES))

# 31 letters and digits that cannot be taken for one another, as on the vendor's labels.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXY"
PAIRS = tuple(map("".join, product(ALPHABET, repeat=2)))
CODES = len(PAIRS) ** 4
"""How many codes of eight characters there are."""

STEMS = (
    "Alderwick", "Bäckerei Holzmann", "Brindlemoor", "Café Ordóñez", "Castelvero", "Dunharrow",
    "Elmstead & Daughters", "Fjærlund", "Grünthaler", "Halcyon Reach", "Île-aux-Pins", "Jørgensbakke",
    "Kvistgård", "Łąkowski", "Marrowgate", "Nettlecombe", "Ostrówek", "Piñonero", "Quillfeather",
    "Rosenqvist-Ahlén", "São Baltazar", "Tørnblad", "Umbermere", "Vřesov", "Whinfell", "Xanthé",
    "Yewbarrow", "Žlutice", "O'Rafferty <Bros>", "北辰物流", "ひばり台", "Παραλία",
)  # fmt: skip
TRADES = (
    "Dental Group", "Hotels", "Logistics", "Schools", "Foods", "Pharmacies", "Motors", "Clinics",
    "Credit Union", "Retail", "Breweries", "Housing Trust", "Ceramics", "Textiles", "Veterinary",
    "Libraries", "Cold Storage", "Gyms", "Law Partners", "Ferries",
)  # fmt: skip
FORMS = ("Ltd", "GmbH", "S.A.", "AB", "Inc.", "LLC", "s.r.o.", "Oy", "Pty Ltd", "B.V.")

REGIONS = (
    ("North America", "United States"),
    ("North America", "United States"),
    ("Europe", "Germany"),
    ("Europe", "Ireland"),
    ("Asia/Pacific/Japan", "Australia"),
    ("South America", "Brazil"),
)


def code(number: int) -> str:
    """Spell *number* as eight characters; numbers below `CODES` never collide."""
    number, fourth = divmod(number, len(PAIRS))
    number, third = divmod(number, len(PAIRS))
    first, second = divmod(number, len(PAIRS))
    return f"{PAIRS[first]}{PAIRS[second]}-{PAIRS[third]}{PAIRS[fourth]}"
