"""How the page writes numbers, dates and names, and what it says where a report is silent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

NOT_KNOWN: Final = "not known"
"""A figure that the report has as null. Zero is a figure, and looks like one."""

NO_PART: Final = "–"
"""A figure that the licensing model does not have."""

STANDINGS: Final = {
    "ok": "covered",
    "expiring": "expiring",
    "inGrace": "in grace",
    "dark": "dark",
    "unknown": NOT_KNOWN,
}
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def plain(text: str) -> str:
    """*text* without control characters, those that turn the direction of reading included."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def number(value: float | None) -> str:
    """A count with its thousands set apart."""
    return NOT_KNOWN if value is None else f"{value:,}"


def day(instant: str | None) -> str:
    """The UTC day of an RFC 3339 *instant*, or of a date."""
    return NOT_KNOWN if instant is None else instant[:10]


def moment(instant: str) -> str:
    """An RFC 3339 *instant* (UTC) to the minute."""
    return f"{instant[:10]} {instant[11:16]} UTC"


def standing(value: str | None) -> str:
    """A standing in words."""
    return NOT_KNOWN if value is None else STANDINGS.get(value, value)


def counted(value: int | None, noun: str) -> str:
    """*value* with its unit, of which *noun* is the singular."""
    return NOT_KNOWN if value is None else f"{value:,} {noun_for(value, noun)}"


def noun_for(value: int, noun: str) -> str:
    """*noun*, or more than one of it."""
    return noun if value == 1 else f"{noun}s"


def listed(counts: dict[str, int | None] | None) -> str:
    """Counts by name in one line; those that are zero are left out."""
    if counts is None:
        return NOT_KNOWN
    return ", ".join(f"{name} {number(count)}" for name, count in counts.items() if count != 0) or "none"


def sku_with_name(sku: str, skus: dict[str, Any]) -> str:
    """*sku*, and its name where *skus* has one."""
    name = look(skus, sku, "name")
    return f"{sku} ({name})" if name else sku


def sku_in_words(told: dict[str, Any] | None) -> str:
    """What an SKU is: product class, product type and tier, and whether it is an add-on or free."""
    if told is None:
        return NOT_KNOWN
    traits = [name for name, is_so in (("add-on", told["isAddOn"]), ("free", told["isFree"])) if is_so]
    words = [told["productClass"], told["productType"], told["featureTier"], *traits]
    return ", ".join(word for word in words if word) or NOT_KNOWN


def yes_or_no(value: bool | None) -> str:  # noqa: FBT001 - it is the value to be told, not a switch
    """A truth in words."""
    return NOT_KNOWN if value is None else "yes" if value else "no"


def look(block: Any, *path: str) -> Any:
    """What lies in *block* at *path*; None where a step is missing or null."""
    for key in path:
        if not isinstance(block, dict):
            return None
        block = block.get(key)
    return block


def idle_in_words(idle: Mapping[str, Any] | None) -> tuple[str, ...]:
    """How many subscriptions lie idle, in one note; none where that was not asked, or all are in use."""
    if idle is None or not (idle["subscriptions"] or idle["unknown"]):
        return ()
    least = "at least " if idle["unknown"] else ""
    return (f"{least}{number(idle['subscriptions'])} idle, {idle_seats_in_words(idle)}",)


def idle_seats_in_words(idle: Mapping[str, Any]) -> str:
    """The seats of idle subscriptions, as far as they can be read."""
    return "seats not known" if idle["seats"] is None else counted(idle["seats"], "seat")


def reasons_in_words(idle: Mapping[str, Any]) -> tuple[str, ...]:
    """Why so many subscriptions are idle, and of how many nobody knows."""
    named = (
        ("noNetwork", "bound to no network"),
        ("pending", "Smart Account pending"),
        ("notStarted", "not begun"),
        ("unknown", "with networks not known"),
    )
    return tuple(f"{number(idle[key])} {words}" for key, words in named if idle[key])
