"""The subscription operations, which name organizations in a list and draw on no organization's budget.

Operations: getAdministeredLicensingSubscriptionSubscriptions, ...SubscriptionsComplianceStatuses and
...Entitlements (OpenAPI 1.73.0). What the description leaves open is decided here:

    no `organizationIds[]`             400
    an organization that is not there,
      or that the key does not see     403 for the whole call, which tells neither from the other
    one with the API disabled          404 for the whole call, with the vendor's text
    one alone, without subscriptions   404 with a JSON body, as a client library tolerates: a third party's
                                       observation, which nothing confirms
    one of several, without any        adds nothing; so does one under another licensing model
    an SKU that cannot be bought       is not among the entitlements, whether or not it is asked for by name
    compliance of all in the list      no: some of those that comply are left out, and a few that do not
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from auditor.simulator.listing import Listing, Pages
from auditor.simulator.paging import BadParameterError
from auditor.simulator.reply import (
    API_DISABLED_TEXT,
    FORBIDDEN,
    NO_SUBSCRIPTIONS,
    UNKNOWN_PATH,
    Ask,
    Reply,
)
from auditor.simulator.skus import PURCHASABLE
from auditor.simulator.subscriptions import Holding
from auditor.simulator.world import World

ORGANIZATIONS = "organizationIds[]"
SUBSCRIPTIONS = "subscriptionIds[]"
STATUSES = "statuses[]"
SKUS = "skus[]"
KNOWN_STATUSES = ("active", "canceled", "expired", "inactive", "out_of_compliance")


class SubscriptionApi:
    """Answers what lies below `/administered/licensing/subscription`."""

    def __init__(self, world: World, pages: Pages) -> None:
        self._world = world
        self._pages = pages

    def answer(self, ask: Ask, rest: list[str]) -> Reply:
        """Reply to *ask*, whose path goes on with *rest*.

        Raises:
            BadParameterError: a parameter that is missing, or none.
        """
        match rest:
            case ["entitlements"]:
                wanted = ask.values(SKUS)
                rows = [entry for entry in PURCHASABLE if not wanted or entry["sku"] in wanted]
                return Reply(200, orjson.dumps(rows))
            case ["subscriptions"]:
                return self._answer_about(ask, self._list)
            case ["subscriptions", "compliance", "statuses"]:
                return self._answer_about(ask, _list_compliance)
            case _:
                return UNKNOWN_PATH

    def _answer_about(self, ask: Ask, reply: Callable[[Ask, Sequence[Holding]], Reply]) -> Reply:
        named = tuple(dict.fromkeys(ask.values(ORGANIZATIONS)))
        if not named:
            raise BadParameterError("'organizationIds' is missing")
        records = [self._world.organization(one) if ask.sees(one) else None for one in named]
        if not all(records):
            return FORBIDDEN
        if not all(record["api"]["enabled"] for record in records if record):
            return API_DISABLED_TEXT
        holdings = {one.id: one for name in named for one in self._world.holdings_of(name)}
        if not holdings and len(named) == 1:
            return NO_SUBSCRIPTIONS
        wanted = ask.values(SUBSCRIPTIONS)
        kept = [one for _, one in sorted(holdings.items()) if not wanted or str(one.id) in wanted]
        return reply(ask, kept)

    def _list(self, ask: Ask, holdings: Sequence[Holding]) -> Reply:
        statuses = ask.values(STATUSES)
        if not set(statuses) <= set(KNOWN_STATUSES):
            raise BadParameterError(f"'statuses' must be among: {', '.join(KNOWN_STATUSES)}")
        rows = {one.id: one.row for one in holdings if not statuses or one.row["status"] in statuses}
        filters = {name: ask.values(name) for name in (ORGANIZATIONS, SUBSCRIPTIONS, STATUSES)}
        listing = Listing(
            ids=tuple(rows),
            rows=lambda ids: [rows[one] for one in ids],
            key=("subscriptions", *filters.values()),
            filters={name: values for name, values in filters.items() if values},
        )
        return self._pages.reply(ask, listing)


def _list_compliance(_: Ask, holdings: Sequence[Holding]) -> Reply:
    rows: list[dict[str, Any]] = [one.compliance for one in holdings if one.is_mentioned]
    return Reply(200, orjson.dumps(rows))
