"""The bare loop: what one writes in an hour with aiohttp and orjson, and no more.

    python -m tests.benchmarks.bare_loop BASE_URL RESULT_FILE PACE WORKERS

It counts licenses by state and knows nothing of dates, types, seats, duplicates, failures or odd data:
the least that any client must spend on a page. PACE is `drip` (a token every 10 ms), `bucket`
(aiolimiter's bucket of 100 tokens that leaks 100 a second) or `none`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import aiohttp
import orjson
from aiolimiter import AsyncLimiter

Wait = Callable[[], Awaitable[object]]
RATE = 100


async def count_fleet(base_url: str, *, pace: str, workers: int) -> dict[str, Counter[str]]:
    """The licenses of every organization by state."""
    headers = {"Authorization": f"Bearer {os.environ['MERAKI_DASHBOARD_API_KEY']}"}
    tokens: asyncio.Queue[None] = asyncio.Queue(maxsize=1)
    dripping = asyncio.create_task(_drip(tokens))
    wait = {"drip": tokens.get, "bucket": AsyncLimiter(RATE, 1).acquire, "none": _do_not_wait}[pace]
    counts: dict[str, Counter[str]] = {}
    async with aiohttp.ClientSession(headers=headers) as session:
        ids: list[str] = []
        url = f"{base_url}/organizations"
        while url:
            body, url = await _get(url, session, wait)
            ids += [organization["id"] for organization in orjson.loads(body)]
        remaining = iter(ids)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(workers):
                tasks.create_task(_work(remaining, session, base_url, counts, wait))
    dripping.cancel()
    return counts


async def _work(
    organization_ids: Iterator[str],
    session: aiohttp.ClientSession,
    base_url: str,
    counts: dict[str, Counter[str]],
    wait: Wait,
) -> None:
    for organization_id in organization_ids:
        states = counts[organization_id] = Counter()
        url = f"{base_url}/organizations/{organization_id}/licenses?perPage=1000"
        while url:
            body, url = await _get(url, session, wait)
            states.update(row["state"] for row in orjson.loads(body))
            del body  # else it is kept until the next one is there


async def _get(url: str, session: aiohttp.ClientSession, wait: Wait) -> tuple[bytes, str]:
    """One page, and the URL of the next; empty for the last."""
    while True:
        await wait()
        async with session.get(url) as response:
            if response.status == 429:
                await asyncio.sleep(float(response.headers.get("Retry-After", "1")))
                continue
            response.raise_for_status()
            body = await response.read()
            return body, str(response.links["next"]["url"]) if "next" in response.links else ""


async def _drip(tokens: asyncio.Queue[None]) -> None:
    while True:
        await tokens.put(None)
        await asyncio.sleep(1 / RATE)


async def _do_not_wait() -> None:
    return None


if __name__ == "__main__":
    found = asyncio.run(count_fleet(sys.argv[1], pace=sys.argv[3], workers=int(sys.argv[4])))
    Path(sys.argv[2]).write_bytes(orjson.dumps(found))
