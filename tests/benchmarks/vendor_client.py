"""The vendor's SDK in its asynchronous form, used as its documentation shows.

    python -m tests.benchmarks.vendor_client BASE_URL RESULT_FILE (flow|none)

All organizations at once, all pages of each, and the SDK's own defaults, its limiter ("smart flow")
included; `none` turns the limiter off. What is not its default: no log, and no cache file in the home
directory of whoever runs this. How it is pointed at a local server: `tests/simulator/vendor_sdk.py`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import meraki.aio
import orjson

VENDOR_BASE_URL = "http://api.meraki.com/api/v1"


async def count_fleet(base_url: str, *, has_flow: bool) -> dict[str, dict[str, int]]:
    """The licenses of every organization by state."""
    parts = urlsplit(base_url)
    async with meraki.aio.AsyncDashboardAPI(
        os.environ["MERAKI_DASHBOARD_API_KEY"],
        base_url=VENDOR_BASE_URL,
        requests_proxy=f"{parts.scheme}://{parts.netloc}",
        suppress_logging=True,
        caller="OracleCheck/1.0 Nobody",
        smart_flow_enabled=has_flow,
        smart_flow_cache_path="",
    ) as dashboard:
        organizations = await dashboard.organizations.getOrganizations(total_pages="all")
        ids = [organization["id"] for organization in organizations]
        counts = await asyncio.gather(*(_count(dashboard, organization_id) for organization_id in ids))
    return dict(zip(ids, counts, strict=True))


async def _count(dashboard: Any, organization_id: str) -> dict[str, int]:
    rows = await dashboard.organizations.getOrganizationLicenses(
        organization_id, total_pages="all", perPage=1000
    )
    return dict(Counter(row["state"] for row in rows))


if __name__ == "__main__":
    found = asyncio.run(count_fleet(sys.argv[1], has_flow=sys.argv[3] == "flow"))
    Path(sys.argv[2]).write_bytes(orjson.dumps(found))
