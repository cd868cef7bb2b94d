"""What is fuzzed: each reader of foreign bytes, the errors it may raise, and what must hold of a result."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from typing import Final

from auditor.domain.co_term import CoTermOverview
from auditor.domain.outcome import Failure, Skip
from auditor.errors import BadResponseError, PaginationError, SettingsError
from auditor.settings.layers import build_settings
from auditor.settings.model import Settings
from auditor.settings.orgs_file import parse_orgs_file
from auditor.wire.answer import Page, Redirected, Refused, RetryLater, read_answer
from auditor.wire.co_term import decode_any_overview, decode_co_term_keys
from auditor.wire.dates import parse_instant
from auditor.wire.decode import decode_licenses, decode_organizations
from auditor.wire.entitlements import decode_entitlements
from auditor.wire.inventory import decode_devices
from auditor.wire.link import next_url, parse_link
from auditor.wire.message import Request, Response, Shape
from auditor.wire.origin import Origin
from auditor.wire.overview import decode_overview
from auditor.wire.retry import parse_retry_after
from auditor.wire.subscriptions import decode_compliance, decode_subscriptions

ORIGIN: Final = Origin("https://api.example.test/api/v1")
PAGE_URL: Final = f"{ORIGIN.base_url}/organizations/1/licenses?perPage=1000"

_LICENSE: Final = (
    b'{"id":"L_1","licenseType":"MX64-ENT","licenseKey":"Z2AA-AAAA-AAAA","orderNumber":"5S1",'
    b'"deviceSerial":"Q2AA-AAAA-AAAA","networkId":"N_1","state":"active","seatCount":25,'
    b'"activationDate":"2024-01-31T00:00:00Z","expirationDate":"2027-01-31T00:00:00.5+01:00",'
    b'"permanentlyQueuedLicenses":[],"headLicenseId":null}'
)
_ORGANIZATION: Final = (
    b'{"id":"549236","name":"Example Works","url":"https://n1.example.test/o/a/manage",'
    b'"api":{"enabled":true},"licensing":{"model":"per-device"}}'
)
_OVERVIEW: Final = (
    b'{"states":{"active":{"count":7},"expired":{"count":0},"expiring":{"count":2,"critical":'
    b'{"thresholdInDays":30,"expiringCount":1},"warning":{"thresholdInDays":90,"expiringCount":1}},'
    b'"unused":{"count":3},"unusedActive":{"count":1},"recentlyQueued":{"count":0}},'
    b'"licenseCount":13,"systemsManager":{"counts":{"totalSeats":40}}}'
)
_CO_TERM: Final = b'{"status":"OK","expirationDate":"Feb 8, 2020 UTC","licensedDeviceCounts":{"wireless":10}}'
_KEY: Final = (
    b'{"key":"Z2AA-AAAA-AAAA","organizationId":"1","duration":365,"mode":"addDevices","startedAt":'
    b'"2023-01-01T12:00:00Z","claimedAt":"2023-01-02T12:00:00Z","invalidated":false,"expired":true,'
    b'"editions":[{"edition":"Enterprise","productType":"appliance"}],"counts":[{"model":"MX67","count":10}]}'
)
_DEVICE: Final = b'{"serial":"Q2AA-AAAA-AAAA","model":"MX67-HW","mac":"00:11:22:33:44:55","networkId":"N_1"}'
_SUBSCRIPTION: Final = (
    b'{"subscriptionId":"S_1","name":"Campus","status":"active","type":"termed","startDate":'
    b'"2024-01-31T00:00:00Z","endDate":"2027-01-31T00:00:00Z","renewalRequested":true,"counts":'
    b'{"organizations":2,"seats":{"limit":30}},"entitlements":[{"sku":"LIC-MS-100-S-E","seats":'
    b'{"limit":30,"assigned":12,"available":18}}]}'
)
_COMPLIANCE: Final = (
    b'{"subscription":{"id":"S_1","name":"Campus"},"violations":{"byProductClass":[{"productClass":"wireless",'
    b'"gracePeriodEndsAt":"2027-01-31T00:00:00Z","missing":{"entitlements":[{"sku":"LIC-MR-E","quantity":3}]}'
    b"}]}}"
)
_ENTITLEMENT: Final = (
    b'{"sku":"LIC-MR-A","name":"MR","productType":"wireless","productClass":"MR","featureTier":"advantage",'
    b'"isAddOn":false,"isFree":false}'
)
_NEXT: Final = f"<{PAGE_URL}&startingAfter=L_1>; rel=next"
_CONFIGURATION: Final = b"""\
[audit]
windows_days = [30, 60]
as_of = 2026-11-24T00:00:00Z
plan = "counts"
[limits]
share = 0.5
deadline = "25m"
max_in_flight = 0x10
[[tenants]]
name = "north"
api_key_env = "NORTH_KEY"
base_url = "https://api.example.test/api/v1"
organizations = { ids = ["1"], include = ["tag:eu"], exclude = ["*lab*"] }
tags = ["eu"]
[[tenants]]
name = "south"
api_key_command = ["pass", "show", "south"]
"""


@dataclass(frozen=True, slots=True)
class Target:
    """*run* takes any bytes. Whatever it raises is a defect: of a reader, or of what it read."""

    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...]


def _expect(*, holds: bool, of: object) -> None:
    if not holds:
        raise AssertionError(f"read as {of!r:.200}")


def check_licenses(data: bytes) -> None:
    """Every column and every row of a page of licenses."""
    try:
        page = decode_licenses(data)
    except BadResponseError as error:
        _expect(holds=bool(str(error)), of=error)
        return
    for index in range(len(page)):
        row = page.license_at(index)
        expires_at, seats = row.expires_at, row.seat_count
        _expect(holds=bool(row.state and row.license_type), of=row)
        _expect(holds=expires_at is None or expires_at.tzinfo is UTC, of=row)
        _expect(holds=seats is None or (type(seats) is int and seats >= 0), of=row)
    rows = sorted(row for rows in page.rows_by_state.values() for row in rows)
    _expect(holds=rows == list(range(len(page))), of=page)


def check_organizations(data: bytes) -> None:
    """A page of organizations."""
    try:
        page = decode_organizations(data)
    except BadResponseError as error:
        _expect(holds=bool(str(error)), of=error)
        return
    _expect(holds=len(page.organizations) + len(page.unusable) == page.rows, of=page)
    for one in page.organizations:
        _expect(holds=type(one.id) is str and one.id != "" and type(one.name) is str, of=one)


def check_overview(data: bytes) -> None:
    """The counts of one organization."""
    try:
        overview = decode_overview(data)
    except BadResponseError as error:
        _expect(holds=bool(str(error)), of=error)
        return
    _expect(holds=all(count >= 0 for count in overview.by_state.values()), of=overview)


def check_any_overview(data: bytes) -> None:
    """The overview of an organization of which the licensing model is not known."""
    try:
        overview = decode_any_overview(data)
    except BadResponseError as error:
        _expect(holds=bool(str(error)), of=error)
        return
    if isinstance(overview, CoTermOverview):
        at = overview.expires_at
        _expect(holds=all(map(_is_count, overview.licensed.values())), of=overview)
        _expect(holds=at is None or (at.tzinfo is UTC and at.hour == at.microsecond == 0), of=overview)
        _expect(holds=overview.status is not None or bool(overview.licensed), of=overview)
    _expect(holds=all(count > 0 for count in overview.notes.values()), of=overview)


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0


def check_co_term_keys(data: bytes) -> None:
    """A page of keys."""
    try:
        page = decode_co_term_keys(data)
    except BadResponseError as error:
        _expect(holds=bool(str(error)), of=error)
        return
    for one in page.keys:
        _expect(holds=one.key is None or (type(one.key) is str and one.key != ""), of=one)
        _expect(holds=bool(one.mode) and all(one.editions) and all(one.devices), of=one)
        _expect(holds=all(map(_is_count, one.devices.values())), of=one)
        _expect(holds={type(one.is_invalidated), type(one.is_expired)} <= {bool, type(None)}, of=one)
    _expect(holds=all(count > 0 for count in page.notes.values()), of=page)


def check_devices(data: bytes) -> None:
    """A page of the inventory."""
    try:
        page = decode_devices(data)
    except BadResponseError as error:
        _expect(holds=bool(str(error)), of=error)
        return
    for serial, model, network_id in page.devices:
        for text in (serial, network_id):
            _expect(holds=text is None or (type(text) is str and text != ""), of=text)
        _expect(holds=type(model) is str and model != "", of=model)
    _expect(holds=all(count > 0 for count in page.notes.values()), of=page)


def check_subscriptions(data: bytes) -> None:
    """A page of subscriptions, or what the vendor says where there is none."""
    try:
        page = decode_subscriptions(data)
    except BadResponseError as error:
        _expect(holds=bool(str(error)), of=error)
        return
    _expect(holds=not (page.is_none and page.subscriptions), of=page)
    for one in page.subscriptions:
        _expect(holds=type(one.id) is str and bool(one.id and one.status and one.kind), of=one)
        _expect(holds=all(at is None or at.tzinfo is UTC for at in (one.starts_at, one.ends_at)), of=one)
        known = one.known_seats.values()
        figures = [n for each in known for n in (each.limit, each.assigned, each.available, each.over)]
        _expect(holds=all(map(_is_count, figures)), of=one)


def check_entitlements(data: bytes) -> None:
    """What SKUs are, in a list or alone."""
    try:
        told = decode_entitlements(data)
    except BadResponseError as error:
        _expect(holds=bool(str(error)), of=error)
        return
    for sku, entitlement in told.items():
        _expect(holds=type(sku) is str and sku != "", of=sku)
        words = (entitlement.name, entitlement.product_type, entitlement.product_class)
        _expect(holds=all(word is None or type(word) is str for word in words), of=entitlement)
        truths = (entitlement.is_add_on, entitlement.is_free)
        _expect(holds=all(truth is None or type(truth) is bool for truth in truths), of=entitlement)


def check_compliance(data: bytes) -> None:
    """What violates which subscription."""
    try:
        told = decode_compliance(data)
    except BadResponseError as error:
        _expect(holds=bool(str(error)), of=error)
        return
    for subscription_id, compliance in told:
        _expect(holds=type(subscription_id) is str and subscription_id != "", of=subscription_id)
        for one in compliance.violations:
            at = one.grace_ends_at
            _expect(holds=bool(one.product_class) and all(map(_is_count, one.missing.values())), of=one)
            _expect(holds=at is None or at.tzinfo is UTC, of=one)


def check_link(data: bytes) -> None:
    """The lines of a `Link` header; what it leads to must be where the key may go."""
    lines = data.decode("latin-1").split("\n")
    response = Response.of(PAGE_URL, 200, [("Link", line) for line in lines])
    try:
        relations = parse_link(lines, base=PAGE_URL)
    except PaginationError:
        relations = {}
    try:
        url = next_url(response, origin=ORIGIN)
    except PaginationError as error:
        _expect(holds=bool(str(error)), of=error)
        return
    _expect(holds=url == relations.get("next"), of=url)
    _expect(holds=url is None or url.lower().startswith("https://api.example.test"), of=url)


def check_retry_after(data: bytes) -> None:
    """Two lines: `Retry-After` and `Date`."""
    value, _, date = data.decode("latin-1").partition("\n")
    seconds = parse_retry_after(value, response_date=date or None)
    _expect(holds=seconds is None or (math.isfinite(seconds) and seconds >= 0), of=seconds)


def check_date(data: bytes) -> None:
    """One moment as the vendor may write it."""
    try:
        instant = parse_instant(data.decode("utf-8", "surrogatepass"))
    except ValueError:
        return
    _expect(holds=instant is None or instant.tzinfo is UTC, of=instant)


def check_configuration(data: bytes) -> None:
    """A configuration file; each problem of it has a place and a reason."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return  # told by its line before anything is read
    try:
        settings = build_settings(
            file_text=text, file_name="a.toml", environment={}, options={}, option_names={}
        )
    except SettingsError as error:
        _expect(holds=all(one.where and one.what for one in error.problems), of=error)
        _expect(holds=bool(error.problems), of=error)
        return
    _expect(holds=Settings.model_validate(settings.model_dump()) == settings, of=settings)


def check_orgs_file(data: bytes) -> None:
    """A file of organization ids: lines, CSV or JSON."""
    try:
        ids = parse_orgs_file(data.decode("utf-8", "replace"), "orgs")
    except SettingsError as error:
        _expect(holds=all(one.where.startswith("orgs") and one.what for one in error.problems), of=error)
        return
    _expect(holds=0 < len(ids) == len(set(ids)), of=ids)


def check_response(data: bytes) -> None:
    """A whole answer: status, header lines, an empty line, the body."""
    head, _, body = data.partition(b"\n\n")
    first, *lines = head.decode("latin-1").split("\n")
    status = int(first) if first.isascii() and first.isdigit() and len(first) == 3 else 200
    headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    response = Response.of(PAGE_URL, status, headers, body)
    for shape in Shape:
        answer = read_answer(Request(PAGE_URL, "1", shape), response, origin=ORIGIN)
        match answer:
            case Page(next_url=str(url)) | Redirected(url):
                _expect(holds=ORIGIN.admits(url), of=answer)
            case RetryLater(message=message) | Refused(Failure(message=message) | Skip(message)):
                _expect(holds=message.isprintable() and len(message) < 500, of=answer)
            case _:
                _expect(holds=isinstance(answer, Page), of=answer)


TARGETS: Final = {
    "licenses": Target(
        check_licenses, (b"[" + _LICENSE + b"," + _LICENSE + b"]", b"[]", b'{"errors":["no"]}')
    ),
    "organizations": Target(
        check_organizations, (b"[" + _ORGANIZATION + b"]", b'[{"id":12345678901234567890}]')
    ),
    "overview": Target(check_overview, (_OVERVIEW, _CO_TERM)),
    "any-overview": Target(
        check_any_overview, (_CO_TERM, _OVERVIEW, b'{"status":"OK","expirationDate":"N/A"}')
    ),
    "co-term-keys": Target(check_co_term_keys, (b"[" + _KEY + b"," + _KEY + b"]", b'[{"counts":{}}]')),
    "devices": Target(check_devices, (b"[" + _DEVICE + b"," + _DEVICE + b"]", b'[{"serial":7}]')),
    "subscriptions": Target(
        check_subscriptions, (b"[" + _SUBSCRIPTION + b"]", b'{"errors":["no subscriptions"]}')
    ),
    "entitlements": Target(check_entitlements, (b"[" + _ENTITLEMENT + b"]", _ENTITLEMENT)),
    "compliance": Target(
        check_compliance, (b"[" + _COMPLIANCE + b"]", b'[{"subscription":{"id":"S_2"},"violations":null}]')
    ),
    "link": Target(
        check_link,
        (
            _NEXT.encode(),
            b'</a?b=1>; title="x, y"; rel="prev next", <b>;rel=last',
            _NEXT.encode() + b"\n<c>;rel=first",
        ),
    ),
    "retry-after": Target(
        check_retry_after,
        (b"1", b"0.25", b"Wed, 21 Oct 2026 07:28:00 GMT\nWed, 21 Oct 2026 07:27:00 GMT"),
    ),
    "date": Target(
        check_date, (b"2027-01-31T00:00:00Z", b"Feb 8, 2020 UTC", b"N/A", b"2027-01-31T00:00:00.123456+05:30")
    ),
    "configuration": Target(check_configuration, (_CONFIGURATION, b"\xef\xbb\xbf[limits]\nattempts = 3\n")),
    "orgs-file": Target(
        check_orgs_file, (b"# two\n1\nL_2\n", b'id;name\n1;"a;b"\n', b'["1", {"id": "2"}]', b"name,id\nx,3\n")
    ),
    "response": Target(
        check_response,
        (
            b"200\nLink: " + _NEXT.encode() + b"\n\n[]",
            b'429\nRetry-After: 2\nX-Request-Id: abc\n\n{"errors":["API rate limit exceeded"]}',
            b"302\nLocation: /api/v1/organizations\n\n",
            b'404\n\n{"errors":["API access is disabled"]}',
            b"503\n\n<html>",
        ),
    ),
}
"""By the names that the command takes."""
