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

VENDOR_BASE_URL = "http://api.meraki.com/api/v1"


def count_with_vendor_sdk(base_url: str, api_key: str, *, per_page: int = 1000) -> dict[str, Any]:
    """Count licenses by state in every per-device organization with an open API; blocking.

    *base_url* is the simulator's; *per_page* the size of a page of licenses. Returns `total`,
    `byState` and `organizations`, the last with the counts by state of each organization's id.
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
        by_organization = {
            record["id"]: _count(dashboard, record["id"], per_page)
            for record in dashboard.organizations.getOrganizations(total_pages="all")
            if record["licensing"]["model"] == "per-device" and record["api"]["enabled"]
        }
    total: Counter[str] = Counter()
    for counts in by_organization.values():
        total.update(counts)
    return {"total": total.total(), "byState": dict(total), "organizations": by_organization}


def _count(dashboard: Any, organization_id: str, per_page: int) -> dict[str, int]:
    rows = dashboard.organizations.getOrganizationLicenses(
        organization_id, total_pages="all", perPage=per_page
    )
    return dict(Counter(row["state"] for row in rows))
