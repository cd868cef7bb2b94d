from __future__ import annotations

import pickle

from auditor.domain.shard import Shard
from auditor.settings.model import Settings
from tests.cluster.builders import an_order
from tests.end_to_end.driving import KEY

PAGES = {"501": 3, "502": 1}


def test_what_is_sent_has_no_key_and_nothing_that_only_its_sender_needs() -> None:
    """A key is named, and never told: not in the bytes, and not in what a log would show."""
    order = an_order(deadline=60.0, source_address="192.0.2.7")
    keys = order.read_keys(order.settings)
    sent = pickle.dumps(order.part(Shard(1, 4, PAGES), {"192.0.2.9": 50.0}))
    arrived = pickle.loads(sent)  # noqa: S301 - our own bytes

    assert keys["north"].reveal() == KEY
    assert KEY.encode() not in sent
    assert b"NORTH_KEY" in sent
    assert KEY not in repr(arrived)
    assert arrived.settings.limits.deadline is None
    assert arrived.settings.limits.source_address is None


def test_a_part_arrives_as_it_was_sent() -> None:
    """With its sizes, by which the worker finds out what is in it."""
    sent = an_order().part(Shard(2, 4, PAGES), {"192.0.2.9": 50.0})
    arrived = pickle.loads(pickle.dumps(sent))  # noqa: S301 - our own bytes

    assert arrived == sent
    assert arrived.shard.spread == Shard(1, 4, PAGES).spread
    assert [arrived.shard.takes(one) for one in ("501", "502", "503")] == [
        Shard(2, 4, PAGES).takes(one) for one in ("501", "502", "503")
    ]


def test_no_output_or_policy_of_the_sender_travels() -> None:
    """Paths of one machine mean nothing on another one."""
    settings = an_order().part(Shard(1, 1), {}).settings

    assert settings.output == Settings().output
    assert settings.policy == Settings().policy
