"""What there is to know of organizations under co-termination, and the sums over them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any

from auditor.simulator.families import FAMILY_OF_LICENSE, FAMILY_OF_MODEL, PLAIN_MODELS, SEATS_NAMES, VARIANTS
from auditor.simulator.truth.moments import (
    GRACE,
    later,
    month_ahead,
    standing_of,
    write_moment,
)

KNOWN_STATUSES = ("OK", "License Required", "N/A", "Warning")
"""What the vendor's license page calls an organization; of any other text nobody knows what it means."""

CERTAIN_PRODUCTS = ("wireless", "MV", "MT", "MX", "Z", "MG")
"""Products whose devices run on a license of that product alone."""

Block = dict[str, Any]
Row = Mapping[str, Any]


def read_end(overview: Row) -> datetime | None:
    """The first moment of the day that the overview names; None where it names none."""
    text = overview["expirationDate"]
    return None if text == "N/A" else datetime.strptime(text, "%b %d, %Y UTC").replace(tzinfo=UTC)


def tell_co_term(overview: Row, keys: Iterable[Row], devices: Iterable[Row], as_of: datetime) -> Block:
    """Tell of one organization what its overview, its keys and its inventory say."""
    licensed = overview["licensedDeviceCounts"]
    hardware = {name: count for name, count in licensed.items() if name not in SEATS_NAMES}
    use = tell_use(licensed, devices)
    ahead = _tell_dark(overview, as_of, in_use=use["inUse"])
    dark_at = _over_limit_dark_at(use, overview, as_of)
    return {
        "coTerm": {
            "status": overview["status"],
            "expiresAt": write_moment(read_end(overview)),
            "devices": {"licensed": sum(hardware.values()), "byModel": hardware},
            "seats": {"licensed": sum(licensed.get(name, 0) for name in SEATS_NAMES)},
            "use": {**use, "darkAt": write_moment(dark_at)},
            "keys": tell_keys(list(keys)),
        },
        "notes": {"unknownStatus": int(not _is_known(overview["status"]))},
        **ahead,
    }


def _is_known(status: str) -> bool:
    return status.lower() in [known.lower() for known in KNOWN_STATUSES]


def _over_limit_dark_at(use: Block, overview: Row, as_of: datetime) -> datetime | None:
    """Within thirty days from now, and not after its own date has turned it dark; None where that is past."""
    end = read_end(overview)
    if not use["overLimit"] or (end is not None and standing_of(end, as_of) == "dark"):
        return None
    return as_of + GRACE if end is None or end > as_of else later(end, GRACE)


def _tell_dark(overview: Row, as_of: datetime, *, in_use: int) -> Block:
    """Tell nothing after a status that nobody knows; without a date all is well where there is nothing."""
    if not _is_known(overview["status"]):
        return _dark(None, None, is_estimate=False)
    end, is_asked = read_end(overview), overview["status"].lower() == "license required"
    is_estimate = is_asked and (end is None or end > as_of)
    if is_estimate:
        standing, dark_at = "inGrace", as_of + GRACE
    elif end is not None:
        standing, dark_at = standing_of(end, as_of), later(end, GRACE)
    else:
        has_nothing = not overview["licensedDeviceCounts"] and not in_use
        return _dark("ok" if has_nothing else None, None, is_estimate=False)
    goes_dark = standing in {"expiring", "inGrace"}
    return _dark(standing, dark_at if goes_dark else None, is_estimate=is_estimate)


def _dark(standing: str | None, dark_at: datetime | None, *, is_estimate: bool) -> Block:
    date = {"standing": standing, "what": None, "count": 1, "estimate": is_estimate}
    return {
        "standing": standing,
        "dark": {
            "soonest": write_moment(dark_at),
            "known": standing is not None and not is_estimate,
            "dates": [] if dark_at is None else [{"date": dark_at.date().isoformat(), **date}],
        },
    }


def tell_use(licensed: Mapping[str, int], devices: Iterable[Row]) -> Block:
    """Hold the devices in a network against what is licensed, one device after the other.

    The second of two appliances of one model in one network is a warm spare, which needs no license. Of a
    product without any license, where that is certain, each device is too many; without a license for any
    device each device is.
    """
    by_family: dict[str, dict[str, int]] = {}
    for name, count in licensed.items():
        if name in FAMILY_OF_LICENSE:
            by_family.setdefault(FAMILY_OF_LICENSE[name], {"licensed": 0, "inUse": 0})["licensed"] += count
    named = set(by_family)
    held = [family for family, one in by_family.items() if one["licensed"]]
    used = warm_spares = 0
    strangers, sites = [], Counter[tuple[str, str]]()
    for device in devices:
        model = device["model"]
        if device["networkId"] is None:
            continue
        if device["productType"] == "appliance":
            sites[(device["networkId"], model)] += 1
            if sites[(device["networkId"], model)] == 2:  # noqa: PLR2004 - a pair is two
                warm_spares += 1
                continue
        used += 1
        family = _family_of(model, named)
        if family not in by_family and _is_unlicensed(family, held):
            by_family[family] = {"licensed": 0, "inUse": 0}
        if family in by_family:
            by_family[family]["inUse"] += 1
        else:
            strangers.append(model)
    beyond = [one["inUse"] - one["licensed"] for one in by_family.values()]
    return {
        "inUse": used,
        "overLimit": sum(one for one in beyond if one > 0),
        "spare": -sum(one for one in beyond if one < 0),
        "warmSpares": warm_spares,
        "byFamily": by_family,
        "unmatched": dict(Counter(strangers)),
    }


def _family_of(model: str, named: Collection[str]) -> str:
    """The first family of those that *model* may be licensed as that the overview names; else its own."""
    plain = VARIANTS.get(model, model)
    names = [FAMILY_OF_MODEL.get(plain, plain), PLAIN_MODELS.get(plain, plain)]
    return next((name for name in names if name in named), names[0])


def _is_unlicensed(family: str, held: Sequence[str]) -> bool:
    products = [_product_of(one) for one in held]
    return not held or (_product_of(family) in CERTAIN_PRODUCTS and _product_of(family) not in products)


def _product_of(family: str) -> str:
    """The letters that the models of a product begin with."""
    return "".join(takewhile(str.isalpha, family))


def tell_keys(keys: Sequence[Row]) -> Block:
    """Count keys; a key that is neither invalidated nor expired is live."""
    distinct = list({key["key"]: key for key in keys}.values())
    live = [key for key in distinct if not key["invalidated"] and not key["expired"]]
    editions = [f"{one['productType']} {one['edition']}" for key in live for one in key["editions"]]
    devices = [(one["model"], one["count"]) for key in live for one in key["counts"]]
    return {
        "total": len(distinct),
        "live": len(live),
        "invalidated": sum(key["invalidated"] for key in distinct),
        "expired": sum(key["expired"] for key in distinct),
        "byMode": dict(Counter(key["mode"] for key in distinct)),
        "byEdition": dict(Counter(editions)),
        "devicesByModel": {
            model: sum(count for name, count in devices if name == model) for model, _ in devices
        },
    }


def tell_renewals(overview: Row, as_of: datetime) -> Counter[tuple[str, str, str]]:
    """Every device and every seat licensed ends in the month of the one date."""
    month = month_ahead(read_end(overview), as_of)
    if month is None:
        return Counter()
    renewals: Counter[tuple[str, str, str]] = Counter()
    for name, count in overview["licensedDeviceCounts"].items():
        renewals[("SM", "seats", month) if name in SEATS_NAMES else (name, "devices", month)] += count
    return renewals


def ends_within(overview: Row, as_of: datetime, days: int) -> bool:
    """Whether the one date lies in (*as_of*, *as_of* + *days*]."""
    end = read_end(overview)
    return end is not None and as_of < end <= as_of + timedelta(days=days)


def sum_co_term(blocks: Sequence[Block]) -> Block:
    """Add up the blocks of organizations; an empty sum still has every name."""
    keys, use = [one["keys"] for one in blocks], [one["use"] for one in blocks]
    families = sorted({family for one in use for family in one["byFamily"]})
    return {
        "organizations": len(blocks),
        "byStatus": dict(Counter(one["status"] for one in blocks)),
        "devices": {
            "organizations": len(blocks),
            "licensed": sum(one["devices"]["licensed"] for one in blocks),
            "byModel": _sum_tables(one["devices"]["byModel"] for one in blocks),
        },
        "seats": {
            "organizations": len(blocks),
            "licensed": sum(one["seats"]["licensed"] for one in blocks),
        },
        "use": {
            "organizations": len(use),
            **{name: sum(one[name] for one in use) for name in ("inUse", "overLimit", "spare", "warmSpares")},
            "byFamily": {
                family: _sum_tables(one["byFamily"].get(family, {}) for one in use) for family in families
            },
            "unmatched": _sum_tables(one["unmatched"] for one in use),
        },
        "keys": {
            "organizations": len(keys),
            **{name: sum(one[name] for one in keys) for name in ("total", "live", "invalidated", "expired")},
            **{
                name: _sum_tables(one[name] for one in keys)
                for name in ("byMode", "byEdition", "devicesByModel")
            },
        },
    }


def _sum_tables(tables: Iterable[Mapping[str, int]]) -> dict[str, int]:
    whole: Counter[str] = Counter()
    for table in tables:
        whole.update(table)
    return dict(whole)
