"""The URLs that are asked for, and how the asker introduces itself."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, urlencode

from auditor.domain.question import LICENSES_PER_PAGE

ORGANIZATIONS_PER_PAGE: Final = 9000  # `getOrganizations` takes 3..9000; OpenAPI 1.73.0

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
    path = _licenses_path(base_url, organization_id)
    return f"{path}?{urlencode(query, quote_via=quote, safe='')}"


def overview_url(base_url: str, organization_id: str) -> str:
    """`getOrganizationLicensesOverview`.

    Raises:
        ValueError: *organization_id* is empty or a dot segment, which would name another path.
    """
    return f"{_licenses_path(base_url, organization_id)}/overview"


def _licenses_path(base_url: str, organization_id: str) -> str:
    if organization_id in _DOT_SEGMENTS:
        raise ValueError(f"no organization id: {organization_id!r}")
    return f"{base_url.rstrip('/')}/organizations/{quote(organization_id, safe='')}/licenses"


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
