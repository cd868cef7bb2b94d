from __future__ import annotations

import pytest

from tests.simulator.asking import WORLD, data, error, get, ids_of, walk

CO_TERM = max(ids_of("co-term"), key=lambda own_id: len(WORLD.co_term_keys_of(own_id)))
KEYS = WORLD.co_term_keys_of(CO_TERM)
DEVICES = WORLD.devices_at(CO_TERM, range(len(WORLD.places_of(CO_TERM))))
KEYS_PATH = f"/organizations/{CO_TERM}/licensing/coterm/licenses"
DEVICES_PATH = f"/organizations/{CO_TERM}/inventory/devices"


def test_keys_are_listed_as_they_are() -> None:
    """In one page and in many."""
    assert data(get(KEYS_PATH)) == KEYS
    assert walk(KEYS_PATH, [("perPage", "3")]) == KEYS
    assert len(KEYS) > 6


@pytest.mark.parametrize("name", ["invalidated", "expired"])
@pytest.mark.parametrize("text", ["true", "false", "True", "False"])
def test_keys_are_filtered_by_their_flags(name: str, text: str) -> None:
    """In whatever case a client writes a boolean, and over pages too."""
    wanted = [key for key in KEYS if key[name] is (text.lower() == "true")]

    assert data(get(KEYS_PATH, [(name, text)])) == wanted
    assert walk(KEYS_PATH, [(name, text), ("perPage", "3")]) == wanted


def test_filters_of_keys_can_be_combined() -> None:
    """What is live is neither invalidated nor expired."""
    live = [key for key in KEYS if not key["invalidated"] and not key["expired"]]

    assert data(get(KEYS_PATH, [("invalidated", "false"), ("expired", "false")])) == live


@pytest.mark.parametrize("state", ["used", "unused"])
def test_devices_are_filtered_by_use(state: str) -> None:
    """A used device is in a network; the filter holds over pages."""
    wanted = [device for device in DEVICES if (device["networkId"] is not None) == (state == "used")]

    assert walk(DEVICES_PATH, [("usedState", state), ("perPage", "10")]) == wanted
    assert data(get(DEVICES_PATH)) == DEVICES


@pytest.mark.parametrize("model", ["per-device", "subscription"])
def test_other_models_have_an_inventory_and_no_keys(model: str) -> None:
    """400 with a sentence for keys, a list of devices for the inventory."""
    own_id = ids_of(model)[0]

    assert error(get(f"/organizations/{own_id}/licensing/coterm/licenses")) == (
        400,
        f"Organization with ID {own_id} does not support co-termination licensing",
    )
    assert isinstance(data(get(f"/organizations/{own_id}/inventory/devices")), list)


@pytest.mark.parametrize(
    ("path", "query", "text"),
    [
        (KEYS_PATH, [("expired", "maybe")], "'expired' must be one of"),
        (DEVICES_PATH, [("usedState", "lent")], "'usedState' must be one of"),
        (DEVICES_PATH, [("perPage", "1001")], "between 3 and 1000"),
    ],
)
def test_bad_parameters_are_refused(path: str, query: list[tuple[str, str]], text: str) -> None:
    """400, and the text names the parameter."""
    status, told = error(get(path, query))

    assert status == 400
    assert text in told
