"""The operations on keys and devices of one organization, without a socket.

Operations: getOrganizationLicensingCotermLicenses, which other licensing models refuse, and
getOrganizationInventoryDevices, which all of them answer (OpenAPI 1.73.0).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from auditor.simulator.listing import Listing, Pages
from auditor.simulator.paging import BadParameterError
from auditor.simulator.reply import Ask, Reply, no_co_term
from auditor.simulator.world import World

BOOLEANS = {"true": True, "false": False}
USED_STATES = {"used": True, "unused": False}
LISTS_KEPT = 64


class CoTermApi:
    """Answers for the organizations of one world."""

    def __init__(self, world: World, pages: Pages) -> None:
        self._world = world
        self._pages = pages
        self._keys = lru_cache(maxsize=LISTS_KEPT)(world.co_term_keys_of)

    def list_keys(self, ask: Ask, record: Mapping[str, Any]) -> Reply:
        """One page of keys, filtered by `invalidated` and `expired`."""
        organization_id = record["id"]
        if record["licensing"]["model"] != "co-term":
            return no_co_term(organization_id)
        filters = {name: ask.query[name] for name in ("invalidated", "expired") if name in ask.query}
        wanted = {name: _read(text, BOOLEANS, name) for name, text in filters.items()}
        keys = self._keys(organization_id)
        return self._pages.reply(
            ask,
            Listing(
                ids=[
                    place + 1
                    for place, key in enumerate(keys)
                    if all(key[name] is value for name, value in wanted.items())
                ],
                rows=lambda ids: [keys[one - 1] for one in ids],
                key=("coTermKeys", organization_id, *wanted.items()),
                filters=filters,
            ),
        )

    def list_devices(self, ask: Ask, record: Mapping[str, Any]) -> Reply:
        """One page of devices, filtered by `usedState`."""
        organization_id = record["id"]
        places = self._world.places_of(organization_id)
        ids: Sequence[int] = range(1, len(places) + 1)
        filters = {name: ask.query[name] for name in ("usedState",) if name in ask.query}
        if filters:
            is_used = _read(filters["usedState"], USED_STATES, "usedState")
            ids = [number for number in ids if places[number - 1][1] is is_used]
        return self._pages.reply(
            ask,
            Listing(
                ids=ids,
                rows=lambda ids: self._world.devices_at(organization_id, [one - 1 for one in ids]),
                key=("inventory", organization_id, *filters.values()),
                filters=filters,
            ),
        )


def _read(text: str, values: Mapping[str, bool], name: str) -> bool:
    """The value that *text* stands for, in whatever case.

    Raises:
        BadParameterError: *text* stands for none.
    """
    if text.lower() not in values:
        raise BadParameterError(f"'{name}' must be one of: {', '.join(values)}")
    return values[text.lower()]
