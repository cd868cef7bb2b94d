"""The Dashboard API over a world, without a socket: an `Ask` in, a `Reply` out.

Operations: getOrganizations, getOrganization, getOrganizationLicenses, getOrganizationLicense and
getOrganizationLicensesOverview (OpenAPI 1.73.0). Whatever the description leaves open follows what
clients have recorded: nulls, error bodies, unquoted link relations.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson

from auditor.simulator.overview import co_term_overview, per_device_overview
from auditor.simulator.paging import BadParameterError, cut_page, link_header, read_page_size
from auditor.simulator.reply import (
    API_DISABLED_TEXT,
    NOT_FOUND,
    UNKNOWN_PATH,
    Ask,
    Reply,
    errors,
    unsupported_model,
)
from auditor.simulator.world import World

API_PATH = "/api/v1"
ORGANIZATIONS_PER_PAGE = 9000
LICENSES_PER_PAGE = 1000
STATES = ("active", "expired", "expiring", "recentlyQueued", "unused", "unusedActive")
FILTERS = ("deviceSerial", "networkId", "state")
FILTERED_KEPT = 64


class BodyCache:
    """Rendered bodies, the least recently used dropped first, at most *ceiling_bytes* together."""

    def __init__(self, ceiling_bytes: int) -> None:
        self._ceiling = ceiling_bytes
        self._held = 0
        self._bodies: OrderedDict[tuple[Any, ...], bytes] = OrderedDict()

    def body(self, key: tuple[Any, ...], render: Callable[[], bytes]) -> bytes:
        """The body kept under *key*, rendered when there is none."""
        if key in self._bodies:
            self._bodies.move_to_end(key)
            return self._bodies[key]
        body = self._bodies[key] = render()
        self._held += len(body)
        while self._held > self._ceiling:
            _, dropped = self._bodies.popitem(last=False)
            self._held -= len(dropped)
        return body


class Dashboard:
    """Answers for one world."""

    def __init__(self, world: World, *, link_style: str, cache_bytes: int) -> None:
        self._world = world
        self._style = link_style
        self._cache = BodyCache(cache_bytes)
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
            case ["organizations", organization_id, *rest] if rest[:1] in ([], ["licenses"]):
                return self._answer_organization(ask, organization_id, rest)
            case _:
                return UNKNOWN_PATH

    def _answer_organization(self, ask: Ask, organization_id: str, rest: list[str]) -> Reply:
        record = self._world.organization(organization_id)
        if record is None or (ask.visible is not None and organization_id not in ask.visible):
            return NOT_FOUND
        if not record["api"]["enabled"]:
            return API_DISABLED_TEXT
        if not rest:
            return Reply(200, orjson.dumps(record))
        return self._answer_licenses(ask, record, rest[1:])

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
        records, ids = self._listed(ask.visible)
        size = read_page_size(ask.query, ORGANIZATIONS_PER_PAGE)
        page = cut_page(ids, ask.query, size)
        body = self._cache.body(
            ("organizations", ask.visible, page.start, page.stop),
            lambda: orjson.dumps(records[page.start : page.stop]),
        )
        link = link_header(self._base(ask), {"perPage": str(size)}, ids, page, style=self._style)
        return Reply(200, body, headers={"Link": link})

    def _list_visible(self, visible: frozenset[str] | None) -> tuple[list[dict[str, Any]], list[int]]:
        """The records that a key sees, in the order of the world, and their ids as numbers."""
        records = self._world.organizations
        if visible is not None:
            records = [record for record in records if record["id"] in visible]
        return records, [int(record["id"]) for record in records]

    def _list_licenses(self, ask: Ask, organization_id: str) -> Reply:
        filters = tuple((name, ask.query[name]) for name in FILTERS if name in ask.query)
        if ask.query.get("state", STATES[0]) not in STATES:
            raise BadParameterError(f"'state' must be one of: {', '.join(STATES)}")
        size = read_page_size(ask.query, LICENSES_PER_PAGE)
        ids = self._filtered(organization_id, filters) if filters else self._all_ids(organization_id)
        page = cut_page(ids, ask.query, size)
        body = self._cache.body(
            ("licenses", organization_id, filters, page.start, page.stop),
            lambda: orjson.dumps(self._rows(organization_id, ids[page.start : page.stop])),
        )
        common = {**dict(filters), "perPage": str(size)}
        link = link_header(self._base(ask), common, ids, page, style=self._style)
        return Reply(200, body, headers={"Link": link})

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
                return Reply(200, orjson.dumps(co_term_overview(organization_id, spec.seed, spec.as_of)))
            case "per-device":
                rows = self._world.iterate_licenses
                body = self._cache.body(
                    ("overview", organization_id),
                    lambda: orjson.dumps(per_device_overview(rows(organization_id), spec.as_of)),
                )
                return Reply(200, body)
            case _:
                return unsupported_model(organization_id)

    def _base(self, ask: Ask) -> str:
        path = f"{API_PATH}{ask.path}"
        return path if self._style == "relative" else f"{ask.origin}{path}"
