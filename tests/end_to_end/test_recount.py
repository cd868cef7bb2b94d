"""Who has only the rows of `--detail` counts the same as the report, for each organization."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest

from auditor.render import csv_licenses
from auditor.report.reading import read_report
from auditor.settings.model import AuditSettings
from auditor.simulator.server import Simulator
from tests.end_to_end.driving import a_world, audit_inside

Row = Mapping[str, str]
WINDOWS = (30, 60, 90)


def recounted(rows: Sequence[Row], as_of: datetime) -> dict[str, Any]:
    """The figures of one organization from its *rows* of `csv-licenses`, as the README says to count them."""
    states = Counter(row["state"] for row in rows)
    at_risk = Counter(row["atRisk"] for row in rows)
    return {
        "expired": states["expired"],
        "expiring": states["expiring"],
        "unused": (states["unused"] + states["unusedActive"], states["unused"], states["unusedActive"]),
        "daysBurned": sum(int(row["daysBurned"] or 0) for row in rows),
        "atRisk": (at_risk["true"], at_risk["false"]),
        "within": {str(days): len(ending(rows, as_of, days)) for days in WINDOWS},
        "atRiskWithin": {str(days): len(at_risk_within(rows, as_of, days)) for days in WINDOWS},
    }


def ending(rows: Sequence[Row], as_of: datetime, days: int) -> list[Row]:
    """Those in use that have begun and end in the window."""
    return [
        row
        for row in rows
        if (row["deviceSerial"] or row["networkId"])
        and has_begun(row, as_of)
        and is_later(row["expirationDate"], as_of, 0)
        and not is_later(row["expirationDate"], as_of, days)
    ]


def at_risk_within(rows: Sequence[Row], as_of: datetime, days: int) -> list[Row]:
    """Of these, those of which nobody knows that their device or network is covered beyond the window."""
    return [row for row in ending(rows, as_of, days) if not is_later(row["coveredUntil"], as_of, days)]


def has_begun(row: Row, as_of: datetime) -> bool:
    if not row["activationDate"]:
        return row["state"] in {"active", "expiring", "expired"}
    return not is_later(row["activationDate"], as_of, 0)


def is_later(instant: str, as_of: datetime, days: int) -> bool:
    """Whether *instant* is known, and after the end of a window."""
    return bool(instant) and datetime.fromisoformat(instant) > as_of + timedelta(days=days)


def reported(organization: Mapping[str, Any]) -> dict[str, Any]:
    """The same figures as the report has them."""
    expiring, unused = organization["expiring"], organization["unused"]
    return {
        "expired": organization["licenses"]["byState"].get("expired", 0),
        "expiring": expiring["total"],
        "unused": (unused["total"], unused["unused"], unused["unusedActive"]),
        "daysBurned": unused["burning"]["daysBurned"],
        "atRisk": (expiring["atRisk"], expiring["coveredByQueue"]),
        "within": expiring["within"],
        "atRiskWithin": expiring["atRiskWithin"],
    }


@pytest.mark.parametrize("seed", [7, 11])
async def test_each_count_can_be_counted_again_from_the_licenses_named(seed: int) -> None:
    """Expired, expiring, at risk, unused and each window; with nothing but the table and `asOf`."""
    async with Simulator(a_world(40, 80, seed=seed), budgets=False) as simulator:
        report = await audit_inside(simulator.base_url, audit=AuditSettings(detail=True))
    table = csv_licenses.render(read_report(orjson.dumps(report))).decode()
    rows: dict[str, list[Row]] = {}
    for row in csv.DictReader(io.StringIO(table)):
        rows.setdefault(row["organizationId"], []).append(row)
    as_of = datetime.fromisoformat(report["asOf"])
    named = [one for one in report["organizations"] if one.get("attention") is not None]
    told = {one["id"]: reported(one) for one in named}

    assert {one["id"]: recounted(rows.get(one["id"], []), as_of) for one in named} == told
    assert all(sum(one[key] for one in told.values()) for key in ("expired", "expiring", "daysBurned"))
    for days in ("30", "60", "90"):
        within, at_risk = (sum(one[key][days] for one in told.values()) for key in ("within", "atRiskWithin"))
        assert within > at_risk > 0
    for key in ("atRisk", "unused"):
        assert all(map(sum, zip(*(one[key] for one in told.values()), strict=True)))
