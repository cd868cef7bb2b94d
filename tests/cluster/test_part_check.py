from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import orjson
import pytest

from auditor import __version__
from auditor.assembly import Found
from auditor.cluster.order import Order
from auditor.cluster.part_check import PartRefusedError, checked_part, is_about
from auditor.domain.organization import Organization, OrganizationId
from auditor.domain.outcome import Failure, FailureClass
from auditor.domain.plan import Assignment, Plan
from auditor.domain.result import DiscoveryFailure
from auditor.domain.shard import Shard
from tests.cluster.builders import a_part, an_order

TOOL: Final = {"name": "auditor", "version": __version__}
UNLISTED = (DiscoveryFailure("acme", Failure(FailureClass.AUTH, "the key was refused")),)


@pytest.mark.parametrize(
    ("kept", "failures", "is_right"),
    [
        (("501", "502"), (), True),
        (("501",), (), False),
        (("501", "502", "503"), (), False),
        (("501", "502", "503"), UNLISTED, True),
        (("501",), UNLISTED, False),
    ],
)
def test_a_part_is_kept_if_it_tells_of_the_organizations_that_there_are(
    kept: tuple[str, ...], failures: tuple[DiscoveryFailure, ...], *, is_right: bool
) -> None:
    """What a list that broke off does not show is no reason to throw away what was read of it."""
    report = a_part(1, 1, *kept)
    tenant = report["organizations"][0]["tenant"]
    there = (Assignment(Organization(OrganizationId(one), one), tenant) for one in ("501", "502"))
    order = an_order(tenant_name=tenant).part(Shard(1, 1), Found(Plan(tuple(there), (), 2), failures))

    assert is_about(report, order) is is_right


def ordered(*ids: str) -> Order:
    """The order for all of one tenant's organizations *ids*."""
    there = tuple(Assignment(Organization(OrganizationId(one), one), "acme") for one in ids)
    return an_order(tenant_name="acme").part(Shard(1, 1), Found(Plan(there, (), len(ids)), ()))


def returned(*ids: str, **changes: Any) -> bytes:
    """What a worker that has done that order returns, but for *changes*."""
    part = a_part(1, 1, *ids)
    part["tool"]["version"] = __version__
    return orjson.dumps(part | changes)


def test_the_report_that_was_ordered_is_taken() -> None:
    """Just as the worker wrote it."""
    text = returned("501", "502")

    assert checked_part(text, ordered("501", "502")) == orjson.loads(text)


def test_an_organization_that_a_second_key_read_is_the_one_that_was_ordered() -> None:
    """It stands under the tenant whose key works, who is another one than planned."""
    order = ordered("501")
    other = order.settings.tenants[0].model_copy(update={"name": "south"})
    settings = order.settings.model_copy(update={"tenants": (*order.settings.tenants, other)})
    part = orjson.loads(returned("501"))
    part["organizations"][0]["tenant"] = "south"

    assert is_about(part, replace(order, settings=settings))
    assert not is_about(part, order)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("text", "of type str, not bytes"),
        (b"", "cannot be read: not JSON"),
        (b"{}", "no schemaVersion"),
        (returned("501"), r"not about the organizations ordered \(1 in it, 2 ordered\)"),
        (returned("501", "501"), "contradicts itself"),
        (returned("501", "503"), "not about the organizations"),
        (returned("501", "502", windowsDays=[30, 60]), "windowsDays of the report"),
        (returned("501", "502", asOf="2026-03-02T12:00:00Z"), "asOf of the report"),
        (returned("501", "502", schemaVersion="1.1"), "schemaVersion of the report"),
        (returned("501", "502", organizations=[]), "contradicts itself"),
        (orjson.dumps(a_part(1, 2, "501", "502") | {"tool": TOOL}), "run.shard of the report is '1/2'"),
        (orjson.dumps(a_part(1, 1, "501", "502", question="other") | {"tool": TOOL}), "run.question"),
    ],
)
def test_what_disagrees_with_its_order_is_refused(text: object, reason: str) -> None:
    """The message names what, with both sides."""
    with pytest.raises(PartRefusedError, match=reason):
        checked_part(text, ordered("501", "502"))
