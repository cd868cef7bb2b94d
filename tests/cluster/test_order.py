from __future__ import annotations

import pickle
from dataclasses import replace

from auditor.assembly import Found
from auditor.domain.organization import Organization, OrganizationId
from auditor.domain.plan import Assignment, Plan
from auditor.domain.shard import Shard
from auditor.settings.model import Settings
from tests.cluster.builders import an_order
from tests.end_to_end.driving import KEY

PAGES = {"501": 3, "502": 1}
SIZES = {"501": 4, "502": 2, "503": 1}
SHARD = Shard(2, 2, SIZES)
FOUND = Found(
    Plan(tuple(Assignment(Organization(OrganizationId(one), one), "north") for one in SIZES), (), 7)
)
"""Of which the second of two parts has those that are not the longest."""


def test_what_is_sent_has_no_key_and_nothing_that_only_its_sender_needs() -> None:
    """A key is named, and never told: not in the bytes, and not in what a log would show."""
    order = an_order(deadline=60.0, source_address="192.0.2.7")
    keys = order.read_keys(order.settings)
    sent = pickle.dumps(order.sent({"192.0.2.9": 50.0}).part(SHARD, FOUND))
    arrived = pickle.loads(sent)  # noqa: S301 - our own bytes

    assert keys["north"].reveal() == KEY
    assert KEY.encode() not in sent
    assert b"NORTH_KEY" in sent
    assert KEY not in repr(arrived)
    assert arrived.settings.limits.deadline is None
    assert arrived.settings.limits.source_address is None


def test_a_part_arrives_as_it_was_sent() -> None:
    """With its own organizations, of all that were seen, and what is known of their sizes."""
    sent = replace(an_order(), pages=PAGES).sent({"192.0.2.9": 50.0}).part(SHARD, FOUND)
    arrived = pickle.loads(pickle.dumps(sent))  # noqa: S301 - our own bytes

    assert arrived == sent
    assert [one.organization.id for one in arrived.found.plan.assignments] == ["502", "503"]
    assert arrived.found.plan.seen == 7
    assert arrived.pages == {"502": 1}
    assert str(arrived.shard) == "2/2"


def test_no_output_or_policy_of_the_sender_travels() -> None:
    """Paths of one machine mean nothing on another one."""
    settings = an_order().sent({}).settings

    assert settings.output == Settings().output
    assert settings.policy == Settings().policy
