"""The URLs that are asked for, and how the asker introduces itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote, urlencode

from auditor.domain.question import LICENSES_PER_PAGE

ORGANIZATIONS_PER_PAGE: Final = 9000  # `getOrganizations` takes 3..9000; OpenAPI 1.73.0
ROWS_PER_PAGE: Final = 1000
"""Of keys, devices and subscriptions, for which OpenAPI 1.73.0 states no bound: as many as of licenses."""

_SUBSCRIPTION: Final = "administered/licensing/subscription"
_SUBSCRIPTIONS: Final = f"{_SUBSCRIPTION}/subscriptions"

APPLICATION: Final = "LicenseAuditor"  # the vendor asks for a name without Meraki or Cisco in it
VENDOR: Final = "AuditorProject"

_CALLER = re.compile(r"[A-Za-z0-9]+(?:/[A-Za-z0-9]+(?:\.[A-Za-z0-9]+)*)? [A-Za-z0-9]+")
_DOT_SEGMENTS: Final = frozenset({"", ".", ".."})


def organizations_url(base_url: str) -> str:
    """First page of `getOrganizations`."""
    return f"{base_url.rstrip('/')}/organizations?perPage={ORGANIZATIONS_PER_PAGE}"


def licenses_url(
    base_url: str,
    organization_id: str,
    *,
    state: str | None = None,
    device_serial: str | None = None,
    network_id: str | None = None,
) -> str:
    """First page of `getOrganizationLicenses`; with *device_serial*, in the order of its queue.

    Raises:
        ValueError: *organization_id* is empty or a dot segment, which would name another path.
    """
    filters = {"state": state, "deviceSerial": device_serial, "networkId": network_id}
    query = {"perPage": str(LICENSES_PER_PAGE)} | {k: v for k, v in filters.items() if v is not None}
    return f"{_organization(base_url, organization_id)}/licenses?{_query(query)}"


def overview_url(base_url: str, organization_id: str) -> str:
    """`getOrganizationLicensesOverview`.

    Raises:
        ValueError: *organization_id* is empty or a dot segment, which would name another path.
    """
    return f"{_organization(base_url, organization_id)}/licenses/overview"


def co_term_keys_url(base_url: str, organization_id: str) -> str:
    """First page of `getOrganizationLicensingCotermLicenses`.

    Raises:
        ValueError: *organization_id* is empty or a dot segment, which would name another path.
    """
    return f"{_organization(base_url, organization_id)}/licensing/coterm/licenses?perPage={ROWS_PER_PAGE}"


def devices_in_use_url(base_url: str, organization_id: str) -> str:
    """First page of `getOrganizationInventoryDevices`, without those that are in no network.

    Raises:
        ValueError: *organization_id* is empty or a dot segment, which would name another path.
    """
    query = _query({"perPage": ROWS_PER_PAGE, "usedState": "used"})
    return f"{_organization(base_url, organization_id)}/inventory/devices?{query}"


def subscriptions_url(
    base_url: str, organization_ids: Sequence[str], *, subscription_ids: Sequence[str] = ()
) -> str:
    """First page of `getAdministeredLicensingSubscriptionSubscriptions` for all of *organization_ids*.

    Only those of *subscription_ids*, if any are given. The rows do not say which of the organizations
    they belong to.
    """
    arrays = {"organizationIds[]": organization_ids, "subscriptionIds[]": subscription_ids}
    return f"{base_url.rstrip('/')}/{_SUBSCRIPTIONS}?{_query({'perPage': ROWS_PER_PAGE, **arrays})}"


def compliance_url(base_url: str, organization_ids: Sequence[str]) -> str:
    """`getAdministeredLicensingSubscriptionSubscriptionsComplianceStatuses` for *organization_ids*."""
    query = _query({"organizationIds[]": organization_ids})
    return f"{base_url.rstrip('/')}/{_SUBSCRIPTIONS}/compliance/statuses?{query}"


def entitlements_url(base_url: str) -> str:
    """`getAdministeredLicensingSubscriptionEntitlements`: all of them, which takes one request."""
    return f"{base_url.rstrip('/')}/{_SUBSCRIPTION}/entitlements"


def _organization(base_url: str, organization_id: str) -> str:
    if organization_id in _DOT_SEGMENTS:
        raise ValueError(f"no organization id: {organization_id!r}")
    return f"{base_url.rstrip('/')}/organizations/{quote(organization_id, safe='')}"


def _query(parameters: Mapping[str, object]) -> str:
    """A query in which a sequence repeats its parameter."""
    return urlencode(parameters, doseq=True, quote_via=quote, safe="")


def user_agent(version: str, caller: str | None) -> str:
    """The `User-Agent` in the vendor's form `Application/Version Vendor` (its user agent guide).

    *caller* replaces our own name with that of whoever runs the audit. Names take letters and digits
    only, a version dots as well; in our own *version* any other character becomes a dot.

    Raises:
        ValueError: *caller* has another form.
    """
    if caller is None:
        return f"{APPLICATION}/{re.sub('[^A-Za-z0-9]+', '.', version)} {VENDOR}"
    if not _CALLER.fullmatch(caller):
        raise ValueError(
            f"caller {caller[:60]!r} is not like 'Application/1.0 Vendor': letters and digits, one space"
        )
    return caller
