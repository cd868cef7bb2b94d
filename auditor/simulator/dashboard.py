"""The Dashboard API over a world, without a socket: an `Ask` in, a `Reply` out.

Operations: getOrganizations, getOrganization, getOrganizationLicenses, getOrganizationLicense,
getOrganizationLicensesOverview (OpenAPI 1.73.0), and those of `co_term_api` and `subscription_api`.
Whatever the description leaves open follows what clients have recorded: nulls, error bodies, unquoted
link relations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson

from auditor.simulator.co_term import co_term_overview
from auditor.simulator.co_term_api import CoTermApi
from auditor.simulator.listing import API_PATH, Listing, Pages
from auditor.simulator.overview import per_device_overview
from auditor.simulator.paging import BadParameterError
from auditor.simulator.reply import (
    API_DISABLED_TEXT,
    NOT_FOUND,
    UNKNOWN_PATH,
    Ask,
    Reply,
    errors,
    unsupported_model,
)
from auditor.simulator.subscription_api import SubscriptionApi
from auditor.simulator.world import World

__all__ = ("API_PATH", "LICENSES_PER_PAGE", "Dashboard")

ORGANIZATIONS_PER_PAGE = 9000
LICENSES_PER_PAGE = 1000
STATES = ("active", "expired", "expiring", "recentlyQueued", "unused", "unusedActive")
FILTERS = ("deviceSerial", "networkId", "state")
FILTERED_KEPT = 64
ROOMS: tuple[list[str], ...] = ([], ["licenses"], ["licensing"], ["inventory"])
"""What a path may go on with after an organization."""


class Dashboard:
    """Answers for one world."""

    def __init__(self, world: World, *, link_style: str, cache_bytes: int) -> None:
        self._world = world
        self._pages = Pages(link_style=link_style, cache_bytes=cache_bytes)
        self._co_term = CoTermApi(world, self._pages)
        self._subscriptions = SubscriptionApi(world, self._pages)
        self._filtered = lru_cache(maxsize=FILTERED_KEPT)(self._find_ids)
        self._listed = lru_cache(maxsize=FILTERED_KEPT)(self._list_visible)

    def answer(self, ask: Ask) -> Reply:
        """Reply to *ask*; what is wrong with it is a reply too."""
        try:
            return self._route(ask)
        except BadParameterError as error:
            return errors(400, str(error))

    def _route(self, ask: Ask) -> Reply:
        parts = ask.path.strip("/").split("/")
        match parts:
            case ["organizations"]:
                return self._list_organizations(ask)
            case ["organizations", organization_id, *rest] if rest[:1] in ROOMS:
                return self._answer_organization(ask, organization_id, rest)
            case ["administered", "licensing", "subscription", *rest]:
                return self._subscriptions.answer(ask, rest)
            case _:
                return UNKNOWN_PATH

    def _answer_organization(self, ask: Ask, organization_id: str, rest: list[str]) -> Reply:
        record = self._world.organization(organization_id)
        if record is None or not ask.sees(organization_id):
            return NOT_FOUND
        if not record["api"]["enabled"]:
            return API_DISABLED_TEXT
        return self._answer_open(ask, record, rest)

    def _answer_open(self, ask: Ask, record: Mapping[str, Any], rest: list[str]) -> Reply:
        """Reply about an organization whose API is enabled."""
        match rest:
            case []:
                return Reply(200, orjson.dumps(record))
            case ["licenses", *deeper]:
                return self._answer_licenses(ask, record, deeper)
            case ["licensing", "coterm", "licenses"]:
                return self._co_term.list_keys(ask, record)
            case ["inventory", "devices"]:
                return self._co_term.list_devices(ask, record)
            case _:
                return UNKNOWN_PATH

    def _answer_licenses(self, ask: Ask, record: Mapping[str, Any], rest: list[str]) -> Reply:
        organization_id = record["id"]
        match rest:
            case ["overview"]:
                return self._overview(record)
            case _ if record["licensing"]["model"] != "per-device":
                return unsupported_model(organization_id)
            case []:
                return self._list_licenses(ask, organization_id)
            case [license_id]:
                return self._one_license(organization_id, license_id)
            case _:
                return UNKNOWN_PATH

    def _list_organizations(self, ask: Ask) -> Reply:
        ids = self._listed(ask.visible)
        listing = Listing(
            ids=ids,
            rows=lambda ids: [record for one in ids if (record := self._world.organization(str(one)))],
            key=("organizations", ask.visible),
            filters={},
            largest_page=ORGANIZATIONS_PER_PAGE,
        )
        return self._pages.reply(ask, listing)

    def _list_visible(self, visible: frozenset[str] | None) -> list[int]:
        """The ids that a key sees, as numbers, in the order of the world."""
        ids = [record["id"] for record in self._world.organizations]
        return [int(one) for one in ids if visible is None or one in visible]

    def _list_licenses(self, ask: Ask, organization_id: str) -> Reply:
        filters = tuple((name, ask.query[name]) for name in FILTERS if name in ask.query)
        if ask.query.get("state", STATES[0]) not in STATES:
            raise BadParameterError(f"'state' must be one of: {', '.join(STATES)}")
        listing = Listing(
            ids=self._filtered(organization_id, filters) if filters else self._all_ids(organization_id),
            rows=lambda ids: self._rows(organization_id, ids),
            key=("licenses", organization_id, filters),
            filters=dict(filters),
            largest_page=LICENSES_PER_PAGE,
        )
        return self._pages.reply(ask, listing)

    def _all_ids(self, organization_id: str) -> range:
        first = self._world.first_license_id(organization_id)
        return range(first, first + self._world.size_of(organization_id))

    def _find_ids(self, organization_id: str, filters: tuple[tuple[str, str], ...]) -> list[int]:
        """The ids of the rows that match; queues stand in the order of ids, head first, as asked for."""
        return [
            int(row["id"])
            for row in self._world.iterate_licenses(organization_id)
            if all(row[name] == value for name, value in filters)
        ]

    def _rows(self, organization_id: str, ids: Sequence[int]) -> list[dict[str, Any]]:
        first = self._world.first_license_id(organization_id)
        if isinstance(ids, range):
            return self._world.licenses_between(organization_id, ids.start - first, ids.stop - first)
        return [
            self._world.licenses_between(organization_id, number - first, number - first + 1)[0]
            for number in ids
        ]

    def _one_license(self, organization_id: str, license_id: str) -> Reply:
        if not license_id.isdecimal() or int(license_id) not in self._all_ids(organization_id):
            return NOT_FOUND
        return Reply(200, orjson.dumps(self._rows(organization_id, [int(license_id)])[0]))

    def _overview(self, record: Mapping[str, Any]) -> Reply:
        """No recording of a subscription organization is public; it refuses as `licenses` does."""
        organization_id = record["id"]
        spec = self._world.spec
        match record["licensing"]["model"]:
            case "co-term":
                return Reply(200, orjson.dumps(co_term_overview(self._world.account_of(organization_id))))
            case "per-device":
                rows = self._world.iterate_licenses
                body = self._pages.cache.body(
                    ("overview", organization_id),
                    lambda: orjson.dumps(per_device_overview(rows(organization_id), spec.as_of)),
                )
                return Reply(200, body)
            case _:
                return unsupported_model(organization_id)
