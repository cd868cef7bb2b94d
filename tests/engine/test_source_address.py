from __future__ import annotations

from auditor.readers import ledger_path
from auditor.simulator.server import Simulator
from tests.end_to_end.driving import a_world, audit_inside


async def test_requests_leave_from_the_address_that_was_asked_for() -> None:
    """All of them, and the vendor counts them there."""
    async with Simulator(a_world(5, 5)) as simulator:
        report = await audit_inside(simulator.base_url, source_address="127.0.0.7")
        seen = simulator.stats

    assert report["completeness"]["complete"]
    assert set(seen["peakPerSecond"]) == {"127.0.0.7"}


async def test_an_address_that_this_machine_does_not_have_is_told() -> None:
    """In the words of the system: nothing leaves from another one instead."""
    async with Simulator(a_world(2, 5)) as simulator:
        report = await audit_inside(simulator.base_url, source_address="192.0.2.7", attempts=1)
        seen = simulator.stats

    assert seen["requests"] == 0
    assert report["errors"]
    assert "Cannot assign requested address" in report["errors"][0]["message"]


def test_each_address_has_a_ledger_of_its_own() -> None:
    """The vendor counts them apart, and two machines' worth of requests may leave one machine."""
    host = "api.meraki.com:443"
    paths = {ledger_path("auto", host, source_address=one) for one in (None, "192.0.2.1", "2001:db8::7")}

    assert len(paths) == 3
    assert ledger_path("off", host, source_address="192.0.2.1") is None
    assert ledger_path("auto", "loopback:8080", source_address="127.0.0.2") is None
