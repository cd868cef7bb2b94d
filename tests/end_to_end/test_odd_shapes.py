"""Odd but public shapes of answers come out right, over real sockets, and none of them harms another."""

from __future__ import annotations

import re
from functools import reduce
from typing import Any, Final
from urllib.parse import unquote

import anyio
import pytest

from tests.end_to_end.driving import audit_inside
from tests.end_to_end.faults.replies import http, vendor_says
from tests.end_to_end.odd_shapes import SHAPES, Shape, json
from tests.engine.raw_server import Exchange, raw_server

BY_ID: Final = {str(number): shape for number, shape in enumerate(SHAPES, start=501)}
FORBIDDEN: Final = http(vendor_says("no access"), status="403 Forbidden")


@pytest.fixture(scope="module")
def entries() -> dict[str, dict[str, Any]]:
    """The entries of one report on all of the organizations, by their names."""
    return anyio.run(_audited)


async def _audited() -> dict[str, dict[str, Any]]:
    async with raw_server(_reply) as server:
        report = await audit_inside(f"http://127.0.0.1:{server.port}/api/v1")
    return {one["name"]: one for one in report["organizations"]}


async def _reply(exchange: Exchange) -> None:
    """The list of all, or what was asked about one; many at once are refused, so that each is asked for."""
    path = unquote(exchange.head.split(b" ")[1].decode())
    name = "coterm" if "coterm" in path else re.findall(r"(\w+)(?:\?|$)", path)[0]
    asked = re.findall(r"(?:organizations/|organizationIds\[\]=)(\d+)", path)
    if name == "organizations":
        await exchange.send(json([_listed(one, shape) for one, shape in BY_ID.items()]))
    elif len(asked) == 1:
        await exchange.send(BY_ID[asked[0]].answers.get(name, FORBIDDEN))
    else:
        await exchange.send(FORBIDDEN)


def _listed(organization_id: str, shape: Shape) -> dict[str, Any]:
    licensing = {"model": shape.model}
    return {"id": organization_id, "name": shape.name, "api": {"enabled": True}, "licensing": licensing}


def _at(path: str, entry: Any) -> Any:
    return reduce(lambda found, key: found[int(key) if key.isdigit() else key], path.split("."), entry)


@pytest.mark.parametrize("shape", SHAPES, ids=[shape.name for shape in SHAPES])
def test_an_odd_shape_comes_out_right(shape: Shape, entries: dict[str, dict[str, Any]]) -> None:
    """Neither a false alarm nor an `ok` where nobody knows, and no zero for what cannot be read."""
    assert shape.figures
    assert {path: _at(path, entries[shape.name]) for path in shape.figures} == shape.figures
