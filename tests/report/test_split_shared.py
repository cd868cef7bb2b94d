"""Organizations that several tenants select, in the report of each."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from auditor.domain.result import OrganizationResult
from auditor.report.split import split
from auditor.report.to_json import to_json
from tests.report.evidences import FEW
from tests.report.test_split import of_tenants, results


def shared(result: OrganizationResult, *tenants: str) -> OrganizationResult:
    """*result*, which *tenants* select."""
    return replace(result, organization=replace(result.organization, selected_by=tenants))


@FEW
@given(results())
def test_each_tenant_that_selects_it_has_it_as_its_own(found: list[OrganizationResult]) -> None:
    """Byte for byte what an audit of that tenant alone writes; the whole counts each once."""
    owned = [replace(one, tenant="acme") for one in found]
    whole = of_tenants([shared(one, "acme", "north") for one in owned], "acme", "north")

    parts = dict(split(whole))

    assert whole["completeness"]["organizations"]["selected"] == len(found)
    assert {*parts} == ({"acme", "north"} if found else set())
    for tenant, part in parts.items():
        alone = of_tenants([replace(one, tenant=tenant) for one in found], tenant)
        assert to_json({**part, "traffic": None}) == to_json({**alone, "traffic": None})
