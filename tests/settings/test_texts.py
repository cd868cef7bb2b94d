from __future__ import annotations

import pytest

from auditor.settings.addresses import to_source_address
from auditor.settings.fault import Fault
from auditor.settings.texts import DASK_ENGINE, check_engine


@pytest.mark.parametrize(
    "text", ["local", "dask://scheduler.example:8786", "dask://192.0.2.7:1", "dask://[2001:db8::7]:8786"]
)
def test_an_engine_is_this_process_or_a_scheduler(text: str) -> None:
    """With the port, which nobody should have to guess."""
    assert check_engine(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "dask", "dask://", "dask://host", "dask://host:", "dask://a b:1", "tcp://host:8786", "dask://u@h:1"],
)
def test_anything_else_is_no_engine(text: str) -> None:
    """Nothing runs where it was not meant to."""
    with pytest.raises(Fault, match="is no engine"):
        check_engine(text)


def test_the_scheduler_is_what_follows_the_scheme() -> None:
    """As Dask itself takes it."""
    found = DASK_ENGINE.fullmatch("dask://[2001:db8::7]:8786")

    assert found is not None
    assert found["scheduler"] == "[2001:db8::7]:8786"


def test_a_source_address_has_one_form() -> None:
    """So that two ways to write it share one budget."""
    assert to_source_address("2001:DB8:0::7") == to_source_address("2001:db8::7")


@pytest.mark.parametrize("text", ["", "eth0", "192.0.2.7:80", "192.0.2.0/24", "192.0.2.256"])
def test_a_name_is_no_source_address(text: str) -> None:
    """Nor is a network, or an address with a port."""
    with pytest.raises(Fault, match="is not an IP address"):
        to_source_address(text)
