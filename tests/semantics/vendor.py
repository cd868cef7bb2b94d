"""A vendor made up for one test: what its API answers, in its own JSON, and what it was asked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import orjson

from auditor.assembly import Surroundings, run_audit
from auditor.engine.spool import Spool
from auditor.report.to_json import ReportText
from auditor.settings.key import ApiKey
from auditor.settings.model import AuditSettings, LimitSettings, Settings, TenantSettings
from auditor.settings.selection import Selection
from auditor.wire.message import Request, Response
from tests.domain.builders import AS_OF

Row = Mapping[str, Any]

BASE_URL = "https://api.meraki.com/api/v1"
UNHURRIED = LimitSettings(
    organization_rate=1e4, organization_burst=1e4, address_rate=1e4, shared_budget="off"
)


@dataclass(frozen=True)
class Estate:
    """One organization as the vendor knows it; a list that *breaks_off* links to a host of somebody else."""

    id: str
    model: str
    tenant: str = "acme"
    licenses: Sequence[Row] = ()
    overview: Row | None = None
    keys: Sequence[Row] = ()
    devices: Sequence[Row] = ()
    subscriptions: Sequence[Row] = ()
    statuses: Sequence[Row] | None = ()  # None: they are refused
    breaks_off: bool = False


def per_device(*licenses: Row, number: str = "501", **changes: Any) -> Estate:
    """An organization with a list of *licenses*."""
    return Estate(number, "per-device", licenses=licenses, **changes)


def co_term(
    status: str, expires_on: str | None, licensed: Mapping[str, int], *, number: str = "601", **changes: Any
) -> Estate:
    """An organization that ends as a whole."""
    overview = {"status": status, "expirationDate": expires_on, "licensedDeviceCounts": licensed}
    return Estate(number, "co-term", overview=overview, **changes)


def subscribed(*subscriptions: Row, number: str = "701", **changes: Any) -> Estate:
    """An organization with *subscriptions*."""
    return Estate(number, "subscription", subscriptions=subscriptions, **changes)


@dataclass
class Vendor:
    """Answers the requests of one tenant's key, and remembers them in *asked*."""

    estates: Sequence[Estate]
    entitlements: Sequence[Row] | None
    asked: list[str] = field(default_factory=list)

    async def send(self, request: Request) -> Response:
        """The answer of the path that is asked for; a path that there is not gets the vendor's 404."""
        self.asked.append(request.url.removeprefix(BASE_URL))
        parts = urlsplit(request.url)
        found, is_whole = self._find(parts.path.removeprefix("/api/v1/").split("/"), parse_qs(parts.query))
        if found is None and parts.path.endswith("/overview"):
            body = b'{"errors": ["This organization does not support per-device licensing"]}'
            return Response.of(request.url, 400, body=body)
        if found is None:
            return Response.of(request.url, 404, body=b'{"errors": ["Not found"]}')
        links = [] if is_whole else [("Link", "<https://elsewhere.example/next>; rel=next")]
        return Response.of(request.url, 200, links, json.dumps(found).encode())

    def _find(self, path: Sequence[str], query: Mapping[str, Sequence[str]]) -> tuple[Any, bool]:
        match path:
            case ["organizations"]:
                return [_listed(estate) for estate in self.estates], True
            case ["organizations", number, *kind]:
                (estate,) = (one for one in self.estates if one.id == number)
                return _of_one(estate, "/".join(kind), query), not estate.breaks_off
            case ["administered", "licensing", "subscription", "entitlements"]:
                return self.entitlements, True
            case ["administered", "licensing", "subscription", "subscriptions", *kind]:
                asked = [one for one in self.estates if one.id in query["organizationIds[]"]]
                return _of_several(asked, is_compliance=bool(kind)), True
        return None, True


def _of_several(estates: Sequence[Estate], *, is_compliance: bool) -> list[Row] | None:
    if not is_compliance:
        return list(_once(row for one in estates for row in one.subscriptions))
    if any(one.statuses is None for one in estates):
        return None
    return list(_once(row for one in estates for row in one.statuses or ()))


def _listed(estate: Estate) -> Row:
    return {
        "id": estate.id,
        "name": f"Organization {estate.id}",
        "api": {"enabled": True},
        "licensing": {"model": estate.model},
    }


def _of_one(estate: Estate, kind: str, query: Mapping[str, Sequence[str]]) -> Any:
    match kind:
        case "licenses":
            states = query.get("state")
            return [row for row in estate.licenses if states is None or row["state"] in states]
        case "licenses/overview":
            return estate.overview
        case "licensing/coterm/licenses":
            return estate.keys
        case "inventory/devices":
            is_used = query.get("usedState") == ["used"]
            return [row for row in estate.devices if row["networkId"] or not is_used]
    return None


def _once(rows: Iterable[Row]) -> Iterator[Row]:
    told: list[Row] = []
    for row in rows:
        if row not in told:
            told.append(row)
            yield row


@dataclass(frozen=True)
class Audited:
    """What an audit came to: its *report*, and the paths that it *asked* for, queries included."""

    report: Row
    asked: Sequence[str]

    @property
    def totals(self) -> Any:
        """The sums over all organizations."""
        return self.report["totals"]

    def of(self, number: str) -> Any:
        """The entry of one organization."""
        (entry,) = (one for one in self.report["organizations"] if one["id"] == number)
        return entry

    def asked_for(self, part: str) -> int:
        """How many requests had *part* in their path."""
        return sum(part in one for one in self.asked)


async def audit(*estates: Estate, entitlements: Sequence[Row] | None = (), **audit_settings: Any) -> Audited:
    """The whole audit of *estates*, each read with the key of its tenant, at `AS_OF`.

    *entitlements* is what there is to buy; None: that is refused.
    """
    names = sorted({one.tenant for one in estates})
    vendors = {name: Vendor([one for one in estates if one.tenant == name], entitlements) for name in names}

    def transport(_: aiohttp.ClientSession, tenant: TenantSettings, __: ApiKey) -> Vendor:
        return vendors[tenant.name]

    tenants = tuple(TenantSettings(name=name, api_key_env="A_KEY", base_url=BASE_URL) for name in names)
    with Spool() as spool:
        head = await run_audit(
            Settings(audit=AuditSettings(**audit_settings), limits=UNHURRIED, tenants=tenants),
            keys={name: ApiKey("feedc0de" * 5, "the test") for name in names},
            as_of=AS_OF,
            run_id="test",
            selection=Selection(),
            surroundings=Surroundings(Random(1), make_transport=transport, clock=lambda: AS_OF),
            keep=spool.add,
        )
        report = orjson.loads(b"".join(ReportText(head, spool)))
    return Audited(report, [url for name in names for url in vendors[name].asked])
