"""The invented world: organizations of a managed service provider and their licenses.

Per-device organizations hold licenses, those under co-termination keys and devices, and those with
subscriptions stand in clusters that share some of theirs; `licenses` sets the size of each.

Deterministic: the same `WorldSpec` gives the same world on every machine. Lazy: license rows are
written when asked for and only a few blocks are kept, so a world of ten million licenses fits
wherever a world of ten thousand does.

Profiles:

    mixed       about 50 % per-device, 32 % co-term, 16 % subscription, 2 % with the API disabled;
                log-normal sizes, a few organizations empty, some with several pages
    per-device  the same sizes, every organization per-device and open
    uniform     every organization per-device with exactly `licenses` licenses
    skewed      every organization per-device; the last hundredth (at least one) has 40 full pages,
                the others have one page at most
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from random import Random
from typing import Any

from auditor.simulator.catalog import FORMS, REGIONS, STEMS, TRADES
from auditor.simulator.co_term import Account, CoTermEstate, co_term_overview, draw_account, write_keys
from auditor.simulator.inventory import Place, lay_out, write_devices
from auditor.simulator.licenses import BLOCK_ROWS, ORGANIZATION_ROWS, Estate, Row, write_block
from auditor.simulator.skus import PURCHASABLE
from auditor.simulator.subscriptions import CLUSTER, Holding, Member, write_cluster
from auditor.simulator.truth import Served, tell_attention, tell_truth

PROFILES = ("mixed", "per-device", "uniform", "skewed")

SIZE_SPREAD = 1.2  # sigma of the log-normal sizes: a few organizations hold most of the licenses
EMPTY_SHARE = 0.02
GIANT_ROWS = 40 * BLOCK_ROWS
GIANT_SHARE = 0.01
BLOCKS_KEPT = 32  # about a kilobyte a row
LAYOUTS_KEPT = 32
CLUSTERS_KEPT = 256
OTHER_DEVICES = 25  # the most that the inventory of an organization holds under another model

# Shares of the mixed profile, as ceilings on [0, 1).
API_DISABLED_BELOW = 0.02
SUBSCRIPTION_BELOW = 0.18
CO_TERM_BELOW = 0.50

# A step that spreads any number of organizations evenly over the shares (Weyl's sequence), so that a
# world of thirty has its fair part of every kind, which independent draws would not promise.
GOLDEN_STEP = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True, slots=True)
class WorldSpec:
    """What a world is made from.

    *licenses* is the mean over the per-device organizations (exact in the profile `uniform`), and about
    the mean of the devices licensed under co-termination and of the seats of subscriptions.
    *as_of* is the moment that the world's dates are arranged around; it must know its time zone.

    Raises:
        ValueError: a value that no world can be made from.
    """

    organizations: int
    licenses: int
    seed: int
    as_of: datetime
    profile: str = "mixed"

    def __post_init__(self) -> None:
        """Refuse what no world can be made from; keep *as_of* in UTC."""
        if self.profile not in PROFILES:
            raise ValueError(f"profile {self.profile!r} is none of {', '.join(PROFILES)}")
        if self.organizations < 0 or not 0 <= self.licenses < ORGANIZATION_ROWS:
            raise ValueError(f"organizations and licenses must lie in 0..{ORGANIZATION_ROWS - 1}")
        if self.as_of.tzinfo is None:
            raise ValueError(f"as_of {self.as_of} has no time zone")
        object.__setattr__(self, "as_of", self.as_of.astimezone(UTC))


class World:
    """Organizations as `getOrganizations` lists them, and the licenses of each."""

    def __init__(self, spec: WorldSpec) -> None:
        self.spec = spec
        self.organizations: list[dict[str, Any]] = [
            _organization(spec, number) for number in range(spec.organizations)
        ]
        self._numbers = {record["id"]: number for number, record in enumerate(self.organizations)}
        self._sizes = [_size(spec, number) for number in range(spec.organizations)]
        self._subscribers = {
            number: place
            for place, number in enumerate(
                number
                for number, record in enumerate(self.organizations)
                if record["licensing"]["model"] == "subscription"
            )
        }
        self._block = lru_cache(maxsize=BLOCKS_KEPT)(self._write_block)
        self._layout = lru_cache(maxsize=LAYOUTS_KEPT)(self._lay_out)
        self._cluster = lru_cache(maxsize=CLUSTERS_KEPT)(self._write_cluster)

    def organization(self, organization_id: str) -> dict[str, Any] | None:
        """The record of one organization; None when there is none of that id."""
        number = self._numbers.get(organization_id)
        return None if number is None else self.organizations[number]

    def size_of(self, organization_id: str) -> int:
        """How many licenses the organization has; 0 under any model but per-device."""
        number = self._numbers[organization_id]
        if self.organizations[number]["licensing"]["model"] != "per-device":
            return 0
        return self._sizes[number]

    def first_license_id(self, organization_id: str) -> int:
        """The id of the organization's first license; the others follow without a gap."""
        return Estate(self.spec.seed, self._numbers[organization_id], self.spec.as_of).first_license_id

    def licenses_of(self, organization_id: str) -> list[Row]:
        """Every license of one organization, in the order of their ids. The caller must not change them."""
        return list(self.iterate_licenses(organization_id))

    def iterate_licenses(self, organization_id: str) -> Iterator[Row]:
        """The same rows one by one, holding one block at a time."""
        for start in range(0, self.size_of(organization_id), BLOCK_ROWS):
            yield from self.licenses_between(organization_id, start, start + BLOCK_ROWS)

    def licenses_between(self, organization_id: str, start: int, stop: int) -> list[Row]:
        """Rows number *start* up to *stop* (exclusive), cut to what there is."""
        number = self._numbers[organization_id]
        stop = min(stop, self.size_of(organization_id))
        rows: list[Row] = []
        while start < stop:
            block, offset = divmod(start, BLOCK_ROWS)
            taken = self._block(number, block)[offset : offset + stop - start]
            rows += taken
            start += len(taken)
        return rows

    def account_of(self, organization_id: str) -> Account:
        """What an organization under co-termination has licensed, and the devices of any organization."""
        return draw_account(self._co_term_estate(organization_id))

    def co_term_keys_of(self, organization_id: str) -> list[Row]:
        """Every key of an organization under co-termination, in the order of the list."""
        return write_keys(self._co_term_estate(organization_id), self.account_of(organization_id))

    def places_of(self, organization_id: str) -> list[Place]:
        """The model of every device of an organization, and whether it is in use. Not to be changed."""
        return self._layout(organization_id)

    def devices_at(self, organization_id: str, numbers: Sequence[int]) -> list[Row]:
        """The devices at these places of the list, counted from 0."""
        estate = self._co_term_estate(organization_id)
        return write_devices(estate, draw_account(estate), self._layout(organization_id), numbers)

    def holdings_of(self, organization_id: str) -> list[Holding]:
        """The subscriptions of one organization, in the order of their ids; none under another model."""
        place = self._subscribers.get(self._numbers[organization_id])
        if place is None:
            return []
        return [one for one in self._cluster(place // CLUSTER) if organization_id in one.owners]

    @property
    def served(self) -> Served:
        """What a client is served, list by list and in full."""
        return Served(
            licenses=self.iterate_licenses,
            overview=lambda own_id: co_term_overview(self.account_of(own_id)),
            keys=self.co_term_keys_of,
            devices=lambda own_id: self.devices_at(own_id, range(len(self.places_of(own_id)))),
            subscriptions=lambda own_id: [one.row for one in self.holdings_of(own_id)],
            compliance=lambda own_id: [
                one.compliance for one in self.holdings_of(own_id) if one.is_mentioned
            ],
            entitlements=PURCHASABLE,
        )

    @cached_property
    def truth(self) -> dict[str, Any]:
        """What an audit of this world must find; writes every license once, so large worlds take a while."""
        return tell_truth(self.organizations, self.served, self.spec.as_of)

    @cached_property
    def attention(self) -> dict[str, list[dict[str, Any]]]:
        """By organization, the licenses that an audit with detail must name; of a large world, many."""
        return tell_attention(self.organizations, self.served, self.spec.as_of)

    def _write_block(self, number: int, block: int) -> list[Row]:
        rows = min(BLOCK_ROWS, self._sizes[number] - block * BLOCK_ROWS)
        return write_block(Estate(self.spec.seed, number, self.spec.as_of), block, rows)

    def _co_term_estate(self, organization_id: str) -> CoTermEstate:
        number = self._numbers[organization_id]
        is_co_term = self.organizations[number]["licensing"]["model"] == "co-term"
        size = self._sizes[number] if is_co_term else min(self._sizes[number], OTHER_DEVICES)
        return CoTermEstate(self.spec.seed, number, organization_id, size, self.spec.as_of)

    def _lay_out(self, organization_id: str) -> list[Place]:
        estate = self._co_term_estate(organization_id)
        return lay_out(estate, draw_account(estate))

    def _write_cluster(self, cluster: int) -> list[Holding]:
        numbers = list(self._subscribers)[cluster * CLUSTER : (cluster + 1) * CLUSTER]
        members = tuple(Member(self.organizations[one]["id"], self._sizes[one]) for one in numbers)
        return write_cluster(self.spec.seed, cluster, members, self.spec.as_of)


def _organization(spec: WorldSpec, number: int) -> dict[str, Any]:
    rng = Random(f"{spec.seed}/organization/{number}")
    region, host = rng.choice(REGIONS)
    model, is_open = _model(spec, number)
    organization_id = _organization_id(spec, number)
    slug = f"{rng.getrandbits(30):06x}"
    return {
        "id": organization_id,
        "name": f"{rng.choice(STEMS)} {rng.choice(TRADES)} {rng.choice(FORMS)}",
        "url": f"https://n{rng.randrange(1, 700)}.meraki.com/o/{slug}/manage/organization/overview",
        "api": {"enabled": is_open},
        "licensing": {"model": model},
        "cloud": {"region": {"name": region, "host": {"name": host}}},
        "management": {"details": _details(rng)},
        "privacy": {},
    }


def _organization_id(spec: WorldSpec, number: int) -> str:
    """Ascending ids; the vendor's older ones are short, its newer ones too long for a float."""
    is_old = number < spec.organizations * 0.6
    return str(204_011 + number * 37 if is_old else 582_000_000_000_301_117 + number * 4_099)


def _details(rng: Random) -> list[dict[str, str]]:
    candidates = (
        {"name": "customer number", "value": str(rng.randrange(10_000_000, 99_999_999))},
        {"name": "MSP ID", "value": str(rng.randrange(100_000, 999_999))},
        {"name": "IP restriction mode for API", "value": "client allowed"},
    )
    return [detail for detail in candidates if rng.random() < 0.5]  # noqa: PLR2004 - each on every other


def _model(spec: WorldSpec, number: int) -> tuple[str, bool]:
    """The licensing model and whether the API is enabled. Who is closed is per-device: the sharper case."""
    if spec.profile != "mixed":
        return "per-device", True
    share = (Random(spec.seed).random() + number * GOLDEN_STEP) % 1
    if share < API_DISABLED_BELOW:
        return "per-device", False
    if share < SUBSCRIPTION_BELOW:
        return "subscription", True
    return ("co-term" if share < CO_TERM_BELOW else "per-device"), True


def _size(spec: WorldSpec, number: int) -> int:
    if spec.profile == "uniform":
        return spec.licenses
    is_giant = spec.profile == "skewed" and number >= spec.organizations - max(
        1, int(spec.organizations * GIANT_SHARE)
    )
    if is_giant:
        return GIANT_ROWS
    rng = Random(f"{spec.seed}/size/{number}")
    if spec.licenses == 0 or rng.random() < EMPTY_SHARE:
        return 0
    ceiling = BLOCK_ROWS if spec.profile == "skewed" else ORGANIZATION_ROWS - 1
    mean = spec.licenses / (1 - EMPTY_SHARE)
    size = round(rng.lognormvariate(math.log(mean) - SIZE_SPREAD**2 / 2, SIZE_SPREAD))
    return max(1, min(size, ceiling))
