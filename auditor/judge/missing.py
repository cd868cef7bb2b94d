"""Which extra stands behind a figure, and what an organization lacks of one that a policy demands.

An extra is read beside the lists. Where it could not be read, its own figures are unknown and all others as
sure as ever: a rule is undecided only where it reads what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from auditor.domain.extra import Extra

Json = Mapping[str, Any]

_BEHIND: Final[Mapping[tuple[str, ...], tuple[Extra, ...]]] = {
    ("seats", "systemsManager"): (Extra.SEAT_USE,),
    ("coTerm", "use"): (Extra.INVENTORY,),
    ("subscription", "skus"): (Extra.SKUS,),
    ("subscription", "violations"): (Extra.COMPLIANCE,),
    ("organizations", "byStanding"): (Extra.INVENTORY, Extra.COMPLIANCE),
    ("standing",): (Extra.INVENTORY, Extra.COMPLIANCE),
    ("dark",): (Extra.INVENTORY, Extra.COMPLIANCE),
}
"""By the beginning of a path below `totals`, or below an entry of `organizations`."""

_WORDS: Final[Mapping[Extra, str]] = {
    Extra.SEAT_USE: "the seats in use",
    Extra.INVENTORY: "the inventory",
    Extra.SKUS: "the list of SKUs",
    Extra.COMPLIANCE: "the compliance of its subscriptions",
}


def why_missing(shape: tuple[str, ...], organization: Json) -> str:
    """Why the figure at *shape* is not known of *organization*; empty where no extra kept it back."""
    lacks = organization.get("missing") or ()
    words = [_WORDS[extra] for extra in _behind(shape) if extra in lacks]
    return f"{' and '.join(words)} could not be read" if words else ""


def why_lower(shape: tuple[str, ...], report: Json) -> str:
    """Why the sum at *shape* in the totals is a lower bound; empty where it has every organization in."""
    completeness = report["completeness"]
    if shape[:1] == ("organizations",) and completeness["complete"]:
        return ""  # all that is missing decides no standing
    lacks = completeness.get("missing") or {}
    counts = [f"{extra.value} of {lacks[extra]:,}" for extra in _behind(shape) if lacks.get(extra)]
    return f"some organizations are missing in it: {', '.join(counts)} could not be read" if counts else ""


def lacks(organization: Json, extra: Extra) -> bool:
    """Whether *organization* would have figures of *extra*, and has none, for whatever reason.

    One that was not asked for is lacking as well. Of an organization without any figure it is not the extra
    that is missing.
    """
    if organization["plan"] is None:
        return False
    if extra in (organization.get("missing") or ()):
        return True
    match extra:
        case Extra.SEAT_USE:
            seats = organization.get("seats")
            has_seats = seats is not None and (seats["total"] or seats["licenses"])
            return bool(has_seats) and _is_null(organization, "seats", "systemsManager")
        case Extra.INVENTORY:
            return _is_null(organization, "coTerm", "use")
        case Extra.SKUS:
            return _is_null(organization, "subscription", "skus")
        case Extra.COMPLIANCE:
            return _is_null(organization, "subscription", "violations")


def has_standing_missing(organization: Json) -> bool:
    """Whether it is not known where *organization* stands, and an extra that could say so is missing."""
    return organization.get("standing") is None and bool(why_missing(("standing",), organization))


def _is_null(organization: Json, block: str, key: str) -> bool:
    return organization.get(block) is not None and organization[block].get(key) is None


def _behind(shape: tuple[str, ...]) -> tuple[Extra, ...]:
    return next((extras for start, extras in _BEHIND.items() if shape[: len(start)] == start), ())
