"""An audit of a simulator by the vendor's own SDK: a client that knows nothing of this project.

The SDK follows an absolute `Link` only to the vendor's domains; any other host it glues onto its
base URL, so that page two of a local server becomes nonsense. Links relative to the root do not help
either, because it glues those onto the base URL too, which already ends in `/api/v1`. So it is told
to talk to `api.meraki.com` in plain HTTP through a proxy, and the proxy is the simulator: no name is
looked up, nothing leaves the machine, the links name the host that the SDK asked for, and the SDK
runs unchanged.
"""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import meraki

from auditor.simulator.skus import RETIRED

VENDOR_BASE_URL = "http://api.meraki.com/api/v1"


def count_with_vendor_sdk(base_url: str, api_key: str, *, per_page: int = 1000) -> dict[str, Any]:
    """Count in every organization with an open API what its licensing model has to count; blocking.

    *base_url* is the simulator's; *per_page* the size of a page. Returns `total`, `byState` and
    `organizations` of per-device licenses, the last with the counts by state of each organization's id;
    `coTerm` with keys and devices in use of each under co-termination; `subscriptions` with the status of
    each, and `violations` with the number of product classes out of compliance of each that has any.
    """
    parts = urlsplit(base_url)
    dashboard = meraki.DashboardAPI(
        api_key,
        base_url=VENDOR_BASE_URL,
        requests_proxy=f"{parts.scheme}://{parts.netloc}",
        suppress_logging=True,
        caller="OracleCheck/1.0 Nobody",
        # Its cache would be a file in the home directory of whoever runs this.
        smart_flow_enabled=False,
    )
    with dashboard._session:
        ids: dict[str, list[str]] = {"per-device": [], "co-term": [], "subscription": []}
        for record in dashboard.organizations.getOrganizations(total_pages="all"):
            if record["api"]["enabled"]:
                ids[record["licensing"]["model"]].append(record["id"])
        by_organization = {own_id: _count(dashboard, own_id, per_page) for own_id in ids["per-device"]}
        co_term = {own_id: _count_co_term(dashboard, own_id, per_page) for own_id in ids["co-term"]}
        subscribed = _count_subscriptions(dashboard, ids["subscription"], per_page)
    total: Counter[str] = Counter()
    for counts in by_organization.values():
        total.update(counts)
    return {
        "total": total.total(),
        "byState": dict(total),
        "organizations": by_organization,
        "coTerm": co_term,
        **subscribed,
    }


def _count(dashboard: Any, organization_id: str, per_page: int) -> dict[str, int]:
    rows = dashboard.organizations.getOrganizationLicenses(
        organization_id, total_pages="all", perPage=per_page
    )
    return dict(Counter(row["state"] for row in rows))


def _count_co_term(dashboard: Any, organization_id: str, per_page: int) -> dict[str, Any]:
    overview = dashboard.organizations.getOrganizationLicensesOverview(organization_id)
    keys = dashboard.licensing.getOrganizationLicensingCotermLicenses(
        organization_id, total_pages="all", perPage=per_page, invalidated=False
    )
    devices = dashboard.organizations.getOrganizationInventoryDevices(
        organization_id, total_pages="all", perPage=per_page, usedState="used"
    )
    return {
        "status": overview["status"],
        "valid": len(keys),
        "inUse": len(devices),
        "licensed": sum(overview["licensedDeviceCounts"].values()),  # seats of Systems Manager among them
    }


def _count_subscriptions(dashboard: Any, organization_ids: list[str], per_page: int) -> dict[str, Any]:
    licensing = dashboard.licensing
    if not organization_ids:
        return {"subscriptions": {}, "violations": {}}
    rows = licensing.getAdministeredLicensingSubscriptionSubscriptions(
        organization_ids, total_pages="all", perPage=per_page
    )
    statuses = licensing.getAdministeredLicensingSubscriptionSubscriptionsComplianceStatuses(organization_ids)
    known = {entry["sku"] for entry in licensing.getAdministeredLicensingSubscriptionEntitlements()}
    classes = {one["subscription"]["id"]: len(one["violations"]["byProductClass"]) for one in statuses}
    return {
        "subscriptions": {
            row["subscriptionId"]: row["status"]
            for row in rows
            if {entry["sku"] for entry in row["entitlements"]} <= known | RETIRED
        },
        "violations": {name: count for name, count in classes.items() if count},
    }
