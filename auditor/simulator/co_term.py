"""An organization under co-termination: what it has licensed, its keys and its use of devices.

Fields and spellings: the co-termination part of `getOrganizationLicensesOverview`, and
`getOrganizationLicensingCotermLicenses` (OpenAPI 1.73.0). The status is no function of the date, as
recorded: `License Required` stands beside a date ahead where more devices are in use than licensed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from auditor.simulator.catalog import CODES, PAIRS, code
from auditor.simulator.families import (
    FAMILIES,
    PLAIN_MODELS,
    PRODUCT_TYPE_OF,
    SEATS_NAMES,
    UNLICENSED_MODELS,
    VARIANTS,
    Family,
    key_name,
    product_type_of_license,
)

Row = dict[str, Any]

MOST_FAMILIES = 6
SEATS_SHARE = 0.3  # organizations with Systems Manager
TWO_NAMES_SHARE = 0.4  # families that are licensed under two names at once
OVER_SHARE = 0.12  # organizations that use more than they have licensed
NOTICED_SHARE = 0.7  # of those: the vendor asks for licenses
REQUIRED_SHARE = 0.04  # the vendor asks for licenses, and no count tells why
STRAY_SHARE = 0.15  # organizations with devices that no license of theirs fits
UNLICENSED_SHARE = 0.5  # organizations without any license that use devices all the same
WIRELESS_SHARE = 0.7  # of those with appliances whose model with wireless is not licensed by its own name
EDGE_DAYS = (-31, -30, -29, 0, 1, 30, 31, 60, 90, 91)
EDGE_SHARE = 0.08
PAIRED_SHARE = 0.3  # models of appliances in use of which some stand in HA pairs
VARIANT_SHARE = 0.4  # models in use that the inventory spells with a region or variant
UNHEARD_SHARE = 0.02  # organizations whose status is in no manual
UNHEARD_STATUSES = ("License expired", "Expired")
LAPSED_BELOW = 0.18  # ceilings on [0, 1): the date is past, or within about the longest window
SOON_BELOW = 0.42
GRACE_DAYS = 30
KEY_TERMS_DAYS = (365, 1095, 1825, 3650)
DEVICES_PER_CHUNK = 40
CHUNKS_PER_KEY = 3
RENEW_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class CoTermEstate:
    """What decides an organization. *size* is about how many devices it has licensed."""

    seed: int
    number: int
    organization_id: str
    size: int
    as_of: datetime  # in UTC


@dataclass(frozen=True, slots=True)
class Account:
    """One organization. *in_use* and *idle* count devices by model, *licensed* by the overview's name.

    *pairs* counts by model the appliances of *in_use* that have a warm spare, which is in no other count.
    """

    status: str
    ends_on: date | None
    licensed: Mapping[str, int] = field(default_factory=dict)
    in_use: Mapping[str, int] = field(default_factory=dict)
    idle: Mapping[str, int] = field(default_factory=dict)
    pairs: Mapping[str, int] = field(default_factory=dict)


def draw_account(estate: CoTermEstate) -> Account:
    """Draw what one organization has; where its size is 0, at most devices without any license."""
    rng = Random(f"{estate.seed}/coTerm/{estate.number}")
    if estate.size == 0:
        strays = _strays(rng, set()) if rng.random() < UNLICENSED_SHARE else {}
        return _with_pairs(estate, Account("N/A", None, in_use=strays))
    ends_on = estate.as_of.date() + timedelta(days=_days_left(rng))
    is_over = rng.random() < OVER_SHARE
    licensed: dict[str, int] = {}
    in_use: dict[str, int] = {}
    shares = _shares(rng, estate.size)
    present = {family.name for family in shares}
    for family, count in shares.items():
        licensed |= _names(rng, family, count)
        models = (*family.models, *_also_covered(rng, family, present))
        in_use |= _models(rng, models, _used(rng, count, is_over=is_over))
    if rng.random() < SEATS_SHARE:
        licensed[rng.choice(SEATS_NAMES)] = 5 * rng.randint(1, 1 + estate.size // 5)
    if rng.random() < STRAY_SHARE:
        in_use |= _strays(rng, set(in_use))
    idle = {model: rng.randint(1, 1 + count // 10) for model, count in in_use.items() if rng.random() < 0.3}  # noqa: PLR2004
    status = _status(rng, estate, ends_on, is_over=is_over)
    return _with_pairs(estate, Account(status, ends_on, licensed, in_use, idle))


def _with_pairs(estate: CoTermEstate, account: Account) -> Account:
    """Spell some models as the inventory does, and give some appliances a warm spare."""
    rng = Random(f"{estate.seed}/inventorySpelling/{estate.number}")
    in_use: dict[str, int] = {}
    for model, count in account.in_use.items():
        spellings = [spelling for spelling, plain in VARIANTS.items() if plain == model]
        is_varied = spellings and rng.random() < VARIANT_SHARE
        in_use[rng.choice(spellings) if is_varied else model] = count
    pairs = {
        model: rng.randint(1, 1 + count // 5)
        for model, count in in_use.items()
        if PRODUCT_TYPE_OF[model] == "appliance" and rng.random() < PAIRED_SHARE
    }
    return replace(
        account, in_use=in_use, pairs={model: min(in_use[model], count) for model, count in pairs.items()}
    )


def _days_left(rng: Random) -> int:
    luck = rng.random()
    if luck < EDGE_SHARE:
        return rng.choice(EDGE_DAYS)
    if luck < LAPSED_BELOW:
        return rng.randrange(-40, 0)
    return rng.randrange(0, 100) if luck < SOON_BELOW else rng.randrange(100, 1500)


def _shares(rng: Random, size: int) -> dict[Family, int]:
    """Deal *size* devices out to a few families."""
    families = rng.sample(FAMILIES, min(size, rng.randint(1, MOST_FAMILIES)))
    weights = [rng.random() + 0.1 for _ in families]
    whole = sum(weights)
    return {
        family: max(1, round(size * weight / whole)) for family, weight in zip(families, weights, strict=True)
    }


def _names(rng: Random, family: Family, count: int) -> dict[str, int]:
    names = rng.sample(family.licensed_as, len(family.licensed_as))
    if len(names) == 1 or count == 1 or rng.random() >= TWO_NAMES_SHARE:
        return {names[0]: count}
    first = rng.randrange(1, count)
    return {names[0]: first, names[1]: count - first}


def _used(rng: Random, count: int, *, is_over: bool) -> int:
    """Devices of a family in use: all, most, or more than there are licenses for."""
    if is_over and rng.random() < 0.6:  # noqa: PLR2004 - most of its families
        return count + rng.randint(1, 1 + count // 5)
    return count - int(rng.random() ** 3 * count)


def _also_covered(rng: Random, family: Family, present: set[str]) -> list[str]:
    """Models of other families that run on licenses of *family*, for want of their own."""
    return [
        model
        for model, plain in PLAIN_MODELS.items()
        if plain == family.name and model not in present and rng.random() < WIRELESS_SHARE
    ]


def _models(rng: Random, names: Sequence[str], count: int) -> dict[str, int]:
    """Deal *count* devices out to the models of these *names*."""
    models: dict[str, int] = {}
    for model in names[:-1]:
        models[model] = rng.randint(0, count - sum(models.values()))
    models[names[-1]] = count - sum(models.values())
    return {model: number for model, number in models.items() if number}


def _strays(rng: Random, present: set[str]) -> dict[str, int]:
    """Devices of a model that nothing fits, or of a family of which nothing is licensed."""
    absent = [family for family in FAMILIES if not present & set(family.models)]
    model = rng.choice([name for name, _ in UNLICENSED_MODELS])
    if absent and rng.random() < 0.5:  # noqa: PLR2004
        model = rng.choice(absent).models[0]
    return {model: rng.randint(1, 3)}


def _status(rng: Random, estate: CoTermEstate, ends_on: date, *, is_over: bool) -> str:
    own = Random(f"{estate.seed}/coTermStatus/{estate.number}")
    luck = rng.random()
    if own.random() < UNHEARD_SHARE:
        return own.choice(UNHEARD_STATUSES)
    is_asked = luck < (NOTICED_SHARE if is_over else REQUIRED_SHARE)
    return "License Required" if is_asked or midnight(ends_on) <= estate.as_of else "OK"


def midnight(day: date) -> datetime:
    """The first moment of *day* in UTC."""
    return datetime.combine(day, time(), UTC)


def co_term_overview(account: Account) -> Row:
    """The overview: one status, one date for all in words, and the devices covered."""
    ends_on = account.ends_on
    return {
        "status": account.status,
        "expirationDate": "N/A" if ends_on is None else f"{ends_on:%b} {ends_on.day}, {ends_on.year} UTC",
        "licensedDeviceCounts": dict(account.licensed),
    }


def write_keys(estate: CoTermEstate, account: Account) -> list[Row]:
    """Write every key that was claimed: what is licensed now, and what was before.

    The counts of live keys are those of the overview, until the date is past and no key lives.
    """
    rng = Random(f"{estate.seed}/coTermKeys/{estate.number}")
    chunks = _chunks(rng, account.licensed)
    held = []
    while chunks:
        size = rng.randint(1, CHUNKS_PER_KEY)
        held.append(chunks[:size])
        chunks = chunks[size:]
    is_past = account.ends_on is not None and midnight(account.ends_on) <= estate.as_of
    keys = [_key(estate, rng, counts, is_expired=is_past) for counts in held]
    for _ in range(rng.randint(0, 2 + len(held) // 4) if held else 0):
        key = _key(estate, rng, rng.choice(held), is_expired=rng.random() < 0.6)  # noqa: PLR2004
        if not key["expired"] or rng.random() < 0.3:  # noqa: PLR2004
            key["invalidated"] = True
            key["invalidatedAt"] = _stamp(estate.as_of - timedelta(hours=rng.randrange(24 * 30)))
        keys.append(key)
    rng.shuffle(keys)
    for place, key in enumerate(keys):
        key["key"] = f"Z3{PAIRS[place % len(PAIRS)]}-{_spell(estate, place)}"
        key["mode"] = "renew" if place and rng.random() < RENEW_SHARE else "addDevices"
    return keys


def _chunks(rng: Random, licensed: Mapping[str, int]) -> list[tuple[str, int]]:
    chunks = []
    for name, count in licensed.items():
        left = count
        while left:
            taken = rng.randint(1, min(left, DEVICES_PER_CHUNK))
            chunks.append((name, taken))
            left -= taken
    rng.shuffle(chunks)
    return chunks


def _key(estate: CoTermEstate, rng: Random, counts: list[tuple[str, int]], *, is_expired: bool) -> Row:
    """Write a key for *counts*, whose term is over exactly if it *is_expired*."""
    term = rng.choice(KEY_TERMS_DAYS)
    hours = rng.randrange(1, (400 if is_expired else term) * 24)
    started = estate.as_of - timedelta(hours=hours, days=term if is_expired else 0)
    claimed = started + timedelta(hours=rng.randrange(min(hours, 60 * 24)))
    editions = {(product_type_of_license(name), key_name(name)[1]): None for name, _ in counts}
    return {
        "key": "",
        "organizationId": estate.organization_id,
        "duration": term,
        "mode": "addDevices",
        "startedAt": _stamp(started),
        "claimedAt": _stamp(claimed),
        "invalidated": False,
        "invalidatedAt": None,
        "expired": is_expired,
        "editions": [{"edition": edition, "productType": kind} for kind, edition in editions],
        "counts": [{"model": key_name(name)[0], "count": count} for name, count in counts],
    }


def _spell(estate: CoTermEstate, place: int) -> str:
    return code((estate.number * 100_000 + place) * 1_000_003 * 3 % CODES)


def _stamp(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
