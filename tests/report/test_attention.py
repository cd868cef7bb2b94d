from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import jsonschema_rs
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.domain.attention import Attention
from auditor.domain.license import License
from auditor.domain.result import OrganizationResult
from auditor.judge.comparison.compare import difference_of
from auditor.report.document import organization_block
from auditor.report.reading import read_report
from auditor.report.redaction import redact
from auditor.report.results import result_of
from auditor.report.schema.report import report_schema
from auditor.report.split import split
from auditor.report.to_json import to_json
from tests.domain.builders import AS_OF, WINDOWS, a_license, licenses
from tests.report.evidences import a_report, a_result
from tests.report.joined import merged

SALT = b"salt of a test, long enough"
SERIAL, ORDER, NETWORK, LICENSE = "Q2XX-ABCD-0001", "4C1234567", "N_646829496481", "700000000000001"
SOON = a_license(
    id=LICENSE,
    state="expiring",
    device_serial=SERIAL,
    network_id=NETWORK,
    expires_at=AS_OF + timedelta(days=20),
)


def detailed(
    organization_id: str = "501", rows: tuple[License, ...] = (SOON,), *, tenant: str = "acme"
) -> OrganizationResult:
    """The result of an organization of which detail was asked."""
    result = a_result(organization_id, [rows], tenant=tenant, detail=True)
    told = tuple(replace(one, order_number=ORDER) for one in result.attention or ())
    return replace(result, attention=told)


def attention_in(report: dict[str, Any]) -> list[Any]:
    return [one.get("attention") for one in report["organizations"]]


def test_without_detail_a_report_has_no_such_key() -> None:
    """To the byte what it was before there was any detail."""
    (block,) = a_report(a_result("501", [[SOON]]))["organizations"]

    assert "attention" not in block
    assert detailed().attention
    assert organization_block(replace(detailed(), attention=None), WINDOWS) == block


def test_with_detail_a_report_names_the_license_by_the_vendors_words() -> None:
    """And tells what follows from it: until when the device is covered, and when it goes dark."""
    ((entry,),) = attention_in(a_report(detailed()))

    assert entry == {
        "id": LICENSE,
        "licenseType": "MX64-ENT",
        "state": "expiring",
        "deviceSerial": SERIAL,
        "networkId": NETWORK,
        "orderNumber": ORDER,
        "activationDate": "2025-03-01T12:00:00Z",
        "expirationDate": "2026-03-21T12:00:00Z",
        "burnsAt": None,
        "daysBurned": None,
        "daysLeft": None,
        "coveredUntil": "2026-03-21T12:00:00Z",
        "darkAt": "2026-04-20T12:00:00Z",
        "atRisk": True,
    }


def test_none_to_be_named_is_an_empty_list() -> None:
    """Which is not the same as no detail."""
    assert attention_in(a_report(detailed(rows=(a_license(),)))) == [[]]


@settings(max_examples=40)
@given(st.lists(licenses().map(lambda one: one._replace(state=str(one.state))), max_size=8))
def test_what_is_written_follows_the_schema_and_is_read_back(rows: list[License]) -> None:
    """The same block again, from the block alone: so parts can be joined."""
    result = detailed(rows=tuple(rows))
    report = a_report(result)
    document = read_report(to_json(report))
    (block,) = document["organizations"]
    validator = jsonschema_rs.validator_for(report_schema(), validate_formats=True)

    assert [str(error) for error in validator.iter_errors(report)] == []
    assert result_of(block, WINDOWS).attention == result.attention
    assert organization_block(result_of(block, WINDOWS), WINDOWS)["attention"] == block["attention"]


def test_parts_that_are_joined_keep_it() -> None:
    """As one run over all would have written it."""
    both = a_report(detailed("501"), detailed("502"))
    parts = [a_report(detailed(one)) for one in ("501", "502")]
    for place, part in enumerate(parts, 1):
        part["run"]["shard"] = f"{place}/2"

    assert attention_in(merged([read_report(to_json(one)) for one in parts])) == attention_in(both)


def test_each_tenant_gets_its_own() -> None:
    """And nothing of another's."""
    other = SOON._replace(device_serial="Q2XX-OTHR-0002", id="700000000000002")
    whole = read_report(to_json(a_report(detailed("501"), detailed("502", (other,), tenant="north"))))
    parts = dict(split(whole))

    assert [one["deviceSerial"] for (one,) in attention_in(parts["acme"])] == [SERIAL]
    assert SERIAL.encode() not in to_json(parts["north"])
    assert b"Q2XX-OTHR-0002" not in to_json(parts["acme"])


def test_masks_leave_dates_types_and_states_and_nothing_that_names() -> None:
    """Serial, order number, network and license id are gone, and each has one mask throughout."""
    second = SOON._replace(id="700000000000002", expires_at=AS_OF + timedelta(days=10))
    report = read_report(to_json(a_report(detailed(rows=(SOON, second)))))
    masked = redact(report, salt=SALT)
    text = to_json(masked)
    (entries,) = attention_in(masked)

    assert [word for word in (SERIAL, ORDER, NETWORK, LICENSE) if word.encode() in text] == []
    assert len({one["deviceSerial"] for one in entries}) == 1
    assert {one["orderNumber"].partition("-")[0] for one in entries} == {"order"}
    kept = ("licenseType", "state", "expirationDate", "darkAt")
    (before,) = attention_in(report)
    assert [[one[key] for key in kept] for one in entries] == [[one[key] for key in kept] for one in before]


def test_masked_entries_are_in_an_order_that_tells_nothing_of_ids() -> None:
    """Of one date, by the masks."""
    rows = tuple(
        SOON._replace(id=f"70000000000000{number}", device_serial=f"Q2XX-ABCD-000{number}")
        for number in range(9)
    )
    (entries,) = attention_in(redact(read_report(to_json(a_report(detailed(rows=rows)))), salt=SALT))

    assert [one["id"] for one in entries] == sorted(one["id"] for one in entries)


def test_a_comparison_of_reports_ignores_it() -> None:
    """What changed is told in counts, with and without."""
    plain = read_report(to_json(a_report(a_result("501", [[SOON]]))))
    named = read_report(to_json(a_report(detailed())))

    assert difference_of(plain, named) == difference_of(plain, plain)


def test_a_license_of_which_little_is_known_is_read_back() -> None:
    """Without id, dates or a place."""
    bare = replace(detailed(), attention=(Attention(None, "unknown", "expired"),))
    (block,) = a_report(bare)["organizations"]

    assert result_of(block, WINDOWS).attention == bare.attention
