from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from auditor.simulator.co_term import CoTermEstate, draw_account
from auditor.simulator.inventory import lay_out, write_devices

ESTATES = [
    CoTermEstate(4, number, str(number), 120, datetime(2026, 3, 1, tzinfo=UTC)) for number in range(30)
]


def test_the_inventory_holds_what_the_account_says() -> None:
    """Devices by model, those in a network in use, the others not; only used ones have a license's date."""
    for estate in ESTATES:
        account = draw_account(estate)
        places = lay_out(estate, account)
        devices = write_devices(estate, account, places, range(len(places)))
        used = [device for device in devices if device["networkId"] is not None]
        idle = [device for device in devices if device["networkId"] is None]

        assert Counter(device["model"] for device in used) == Counter(account.in_use) + Counter(account.pairs)
        assert Counter(device["model"] for device in idle) == account.idle
        assert all(device["licenseExpirationDate"] for device in used)
        assert not any(device["licenseExpirationDate"] for device in idle)


def test_a_network_has_one_appliance_or_an_ha_pair_of_one_model() -> None:
    """As many pairs as the account says; other devices stand in networks of their own."""
    for estate in ESTATES:
        account = draw_account(estate)
        places = lay_out(estate, account)
        devices = write_devices(estate, account, places, range(len(places)))
        used = [device for device in devices if device["networkId"] is not None]
        sites = Counter(
            (device["networkId"], device["model"]) for device in used if device["productType"] == "appliance"
        )

        assert len({network for network, _ in sites}) == len(sites)
        assert set(sites.values()) <= {1, 2}
        assert Counter(model for (_, model), count in sites.items() if count == 2) == account.pairs
        others = {device["networkId"] for device in used if device["productType"] != "appliance"}
        assert others.isdisjoint(network for network, _ in sites)


def test_no_two_devices_are_the_same() -> None:
    """Serials and addresses are unique, over organizations too."""
    devices = []
    for estate in ESTATES:
        account = draw_account(estate)
        places = lay_out(estate, account)
        devices += write_devices(estate, account, places, range(len(places)))

    assert len({device["serial"] for device in devices}) == len(devices) > 1000
    assert len({device["mac"] for device in devices}) == len(devices)


def test_used_and_idle_devices_are_mixed() -> None:
    """A client that reads the first page alone learns neither count."""
    states = [is_used for estate in ESTATES for _, is_used, _ in lay_out(estate, draw_account(estate))]

    assert not all(states)
    assert states != sorted(states)
    assert states != sorted(states, reverse=True)
