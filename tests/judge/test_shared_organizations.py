"""Rules about an organization that several tenants select."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.report.reading import Document, read_report
from auditor.report.redaction import redact
from auditor.report.to_json import to_json
from tests.domain.builders import a_license
from tests.judge.reports import a_policy
from tests.judge.test_tenants import at, judged, told
from tests.report.evidences import a_report, a_result


def a_shared_one() -> Document:
    """A report on an organization that two tenants select, with an unused license."""
    unused = a_license(id="1", state="unused", device_serial=None)
    result = a_result("7", [[unused]], tenant="acme")
    organization = replace(result.organization, selected_by=("acme", "north"))
    return read_report(to_json(a_report(replace(result, organization=organization))))


@pytest.mark.parametrize(
    ("scope", "tenants"), [("organization", ["acme"]), ("tenant", ["acme", "north"]), ("total", [None])]
)
def test_each_tenant_is_judged_by_it_and_itself_it_is_found_once(
    scope: str, tenants: list[str | None]
) -> None:
    """A rule for tenants sums it up for each of them."""
    verdict = judged(a_shared_one(), a_policy(at(scope, "r")), {}).together

    assert sorted(told(verdict), key=str) == [("r", tenant, None) for tenant in tenants]
    assert len(verdict.findings) == len(tenants)


def test_redaction_masks_the_other_tenant() -> None:
    """As it masks any tenant's name."""
    text = to_json(redact(a_shared_one(), salt=b"salt of a test, long enough"))

    assert b'"alsoSelectedBy":["tenant-' in text.replace(b" ", b"").replace(b"\n", b"")
    assert b"north" not in text
