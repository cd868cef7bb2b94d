"""The licenses that ask for attention, one by one, and the comparison with those that a report names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from auditor.simulator.truth.coverage import Estate, is_covered, lay_out
from auditor.simulator.truth.license import License, read_license
from auditor.simulator.truth.moments import GRACE, WINDOWS_DAYS, later, write_moment
from auditor.simulator.truth.served import Row, Served

Block = dict[str, Any]

CLAIM_WINDOW = timedelta(days=90)
DAY = timedelta(days=1)
BY_STATE = ("expired", "expiring", "unused", "unusedActive")


def tell_attention(organizations: Iterable[Row], served: Served, as_of: datetime) -> dict[str, list[Block]]:
    """By the id of each per-device organization that is open: its licenses as a report lists them."""
    return {
        record["id"]: list_attention([read_license(row) for row in served.licenses(record["id"])], as_of)
        for record in organizations
        if record["licensing"]["model"] == "per-device" and record["api"]["enabled"]
    }


def list_attention(licenses: Sequence[License], as_of: datetime) -> list[Block]:
    """Those of an organization's *licenses* that have ended, end by the longest window, or lie unused."""
    estate = lay_out(licenses)
    chosen = [_tell(one, as_of, estate) for one in licenses if _asks(one, as_of)]
    going = [one for one in chosen if one["darkAt"] is not None]
    staying = [one for one in chosen if one["darkAt"] is None]
    return [
        *sorted(going, key=lambda one: (datetime.fromisoformat(one["darkAt"]), one["id"])),
        *sorted(staying, key=_by_date),
    ]


def _by_date(one: Block) -> tuple[bool, str, str]:
    """What has no date is last; dates of a world are whole seconds in UTC, so their texts sort as they do."""
    when = one["expirationDate"] or one["burnsAt"]
    return when is None, when or "", one["id"]


def _asks(one: License, as_of: datetime) -> bool:
    if one.state in BY_STATE:
        return True
    last = as_of + timedelta(days=max(WINDOWS_DAYS))
    return one.is_burning(as_of) and one.ends is not None and one.ends <= last


def _tell(one: License, as_of: datetime, estate: Estate) -> Block:
    end = estate.cover_of(one)
    horizon = as_of + timedelta(days=max(WINDOWS_DAYS))
    goes_dark = end is not None and end <= horizon
    begins = one.claimed if one.state == "unused" else None
    burns = one.state == "unusedActive" and one.starts is not None and one.ends is not None
    return {
        "id": one.id,
        "licenseType": one.kind,
        "state": one.state,
        "deviceSerial": one.device,
        "networkId": one.network,
        "orderNumber": one.order,
        "activationDate": write_moment(one.starts),
        "expirationDate": write_moment(one.ends),
        "burnsAt": write_moment(None if begins is None else later(begins, CLAIM_WINDOW)),
        "daysBurned": _whole_days(one.starts, as_of) if burns else None,
        "daysLeft": _whole_days(as_of, one.ends) if burns else None,
        "coveredUntil": write_moment(end),
        "darkAt": write_moment(later(end, GRACE)) if goes_dark and end is not None else None,
        "atRisk": not is_covered(one, end, horizon) if one.state == "expiring" else None,
    }


def _whole_days(start: datetime | None, end: datetime | None) -> int:
    return 0 if start is None or end is None else max(0, (end - start) // DAY)


def compare_attention(truth: Mapping[str, Sequence[Block]], report: Mapping[str, Any]) -> list[str]:
    """Tell each difference between *truth* and the lists of *report*, their order included, in a sentence.

    Looked at are organizations whose whole list was read; of others nobody can say what covers what.
    """
    whole = {
        one["id"]: one
        for one in report["organizations"]
        if one["status"] == "audited" and one["plan"] == "full" and one["id"] in truth
    }
    return [
        f"organization {organization_id}: attention: {difference}"
        for organization_id, one in sorted(whole.items())
        for difference in _differences(truth[organization_id], one.get("attention"))
    ]


def _differences(truth: Sequence[Block], told: Sequence[Block] | None) -> Iterator[str]:
    if told is None:
        yield "is not in the report"
        return
    expected = {one["id"]: one for one in truth}
    found = {one["id"]: one for one in told}
    yield from (f"license {name} is missing from the report" for name in expected if name not in found)
    yield from (f"license {name} is in the report and not in truth" for name in found if name not in expected)
    for name in expected.keys() & found.keys():
        for key in sorted({*expected[name], *found[name]}):
            ours, theirs = expected[name].get(key, "nothing"), found[name].get(key, "nothing")
            if ours != theirs:
                yield f"license {name}: {key} is {theirs!r} in the report, {ours!r} in truth"
    if sorted(expected) == sorted(found) and [one["id"] for one in told] != [one["id"] for one in truth]:
        yield "the licenses are not in order in the report"
