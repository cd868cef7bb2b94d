from __future__ import annotations

import pytest

from auditor.assembly import Found
from auditor.cluster.coordinator import is_about
from auditor.domain.organization import Organization, OrganizationId
from auditor.domain.outcome import Failure, FailureClass
from auditor.domain.plan import Assignment, Plan
from auditor.domain.result import DiscoveryFailure
from auditor.domain.shard import Shard
from tests.cluster.builders import a_part, an_order

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
    order = an_order().sent({}).part(Shard(1, 1), Found(Plan(tuple(there), (), 2), failures))

    assert is_about(report, order) is is_right
