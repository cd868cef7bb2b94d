from __future__ import annotations

from typing import Any

import pytest

from auditor.cluster.place import ADDRESS_VARIABLE, Place, SharedEgress, own_place, shared_egresses
from auditor.errors import SettingsError
from auditor.settings.model import LimitSettings, Settings, TenantSettings

VENDOR = "https://api.meraki.com/api/v1"
LOOPBACK = "http://127.0.0.1:8080/api/v1"


def shared(*places: Place, base_url: str = VENDOR, **limits: Any) -> list[SharedEgress]:
    """Where workers `0`, `1`, ... at *places* divide a budget."""
    tenant = TenantSettings(name="north", api_key_env="NORTH_KEY", base_url=base_url)
    settings = Settings(limits=LimitSettings(**limits), tenants=(tenant,))
    return list(shared_egresses({str(number): one for number, one in enumerate(places)}, settings))


def test_addresses_of_their_own_have_budgets_of_their_own() -> None:
    """On one machine or on several."""
    assert shared(Place("a", "k1", "192.0.2.1"), Place("a", "k1", "192.0.2.2"), Place("b", "k2")) == []


def test_processes_of_one_machine_share_through_its_ledger() -> None:
    """As all runs there do, so that nothing is divided."""
    assert shared(Place("a", "k1", "192.0.2.1"), Place("a", "k1", "192.0.2.1")) == []
    assert shared(Place("a", "k1"), Place("a", "k1")) == []


def test_one_address_on_several_machines_is_divided_among_them() -> None:
    """Each machine gets its part, which its own workers share."""
    there = [Place("a", "k1", "192.0.2.1"), Place("a", "k1", "192.0.2.1"), Place("b", "k2", "192.0.2.1")]

    assert shared(*there) == [SharedEgress("192.0.2.1", ("0", "1", "2"), 50.0)]


def test_containers_of_one_machine_leave_by_its_address() -> None:
    """Unless each names its own, they are told apart by their names and joined by their kernel."""
    (one,) = shared(Place("pod-1", "k1"), Place("pod-2", "k1"), Place("pod-3", "k2"), address_rate=90.0)

    assert (one.workers, one.rate) == (("0", "1"), 45.0)


@pytest.mark.parametrize(
    ("base_url", "limits"), [(VENDOR, {"shared_budget": "off"}), (LOOPBACK, {}), (LOOPBACK, {"share": 0.5})]
)
def test_where_there_is_no_ledger_processes_divide_too(base_url: str, limits: dict[str, Any]) -> None:
    """Nothing else would keep them within one budget."""
    (one,) = shared(*[Place("a", "k1", "127.0.0.2")] * 4, base_url=base_url, **limits)

    assert one.rate == 25.0


def test_a_worker_says_where_it_is() -> None:
    """By its own variable, in the usual form of an address."""
    assert own_place({}).source_address is None
    assert own_place({ADDRESS_VARIABLE: ""}).source_address is None
    assert own_place({ADDRESS_VARIABLE: "2001:DB8::0:7"}).source_address == "2001:db8::7"
    assert own_place({}).host


def test_an_address_that_is_none_is_refused_by_the_name_of_its_variable() -> None:
    """Before a request leaves from somewhere else."""
    with pytest.raises(SettingsError, match=f"{ADDRESS_VARIABLE}: is not an IP address"):
        own_place({ADDRESS_VARIABLE: "eth0"})
