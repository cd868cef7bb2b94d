"""aioresponses 0.7.9 made to work on aiohttp 3.14 and later; import it from here and nowhere else.

    from tests.shims import aioresponses

aiohttp 3.14 wants a `stream_writer` for every response, which aioresponses does not give, and its
stream reader pauses a transport that a mocked response does not have once 64 KiB are waiting.
`tests/engine/test_shims.py` fails as soon as one of the two is no longer needed.
"""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module
from typing import Any
from unittest.mock import Mock

from aiohttp import ClientResponse, StreamReader
from aiohttp.client_proto import ResponseHandler
from aioresponses import aioresponses

core: Any = import_module("aioresponses.core")

SHIPPED_RESPONSE = core.ClientResponse
SHIPPED_READER = core.stream_reader_factory


class WrittenResponse(ClientResponse):
    """A response whose request was written by nobody."""

    def __init__(self, *arguments: Any, **fields: Any) -> None:
        super().__init__(*arguments, **{"stream_writer": Mock(output_size=0), **fields})


def never_paused(loop: asyncio.AbstractEventLoop | None = None) -> StreamReader:
    """A reader so deep that it asks no transport to pause."""
    assert loop is not None
    return StreamReader(ResponseHandler(loop=loop), limit=sys.maxsize // 2, loop=loop)


core.ClientResponse = WrittenResponse
core.stream_reader_factory = never_paused

__all__ = ["SHIPPED_READER", "SHIPPED_RESPONSE", "aioresponses"]
