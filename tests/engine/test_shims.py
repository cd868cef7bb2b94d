from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from tests.shims import SHIPPED_READER, SHIPPED_RESPONSE, aioresponses, core

URL = "http://mocked.test/"
MORE_THAN_A_READER_HOLDS = 300_000


async def mocked_body(size: int) -> bytes:
    with aioresponses() as mocked:
        mocked.get(URL, body=b"x" * size)
        async with aiohttp.ClientSession() as session, session.get(URL) as response:
            return await response.read()


async def test_mocked_bodies_of_any_size_are_read_whole() -> None:
    """With the shim in place, aioresponses does what it says."""
    assert len(await mocked_body(1)) == 1
    assert len(await mocked_body(MORE_THAN_A_READER_HOLDS)) == MORE_THAN_A_READER_HOLDS


@pytest.mark.parametrize(
    ("name", "shipped", "size", "breaks_with"),
    [
        ("ClientResponse", SHIPPED_RESPONSE, 1, TypeError),
        ("stream_reader_factory", SHIPPED_READER, MORE_THAN_A_READER_HOLDS, AssertionError),
    ],
    ids=["stream_writer", "pausing"],
)
async def test_each_half_of_the_shim_is_still_needed(
    name: str, shipped: Any, size: int, breaks_with: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When this fails, aioresponses has caught up with aiohttp: delete that half of tests/shims.py."""
    monkeypatch.setattr(core, name, shipped)

    with pytest.raises(breaks_with):
        await mocked_body(size)
