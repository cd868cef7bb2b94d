"""A small mixed world, and questions to its dashboard without a socket."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson

from auditor.simulator.dashboard import Dashboard
from auditor.simulator.reply import Ask, Reply
from auditor.simulator.world import World, WorldSpec

WORLD = World(WorldSpec(organizations=90, licenses=60, seed=9, as_of=datetime(2026, 3, 1, tzinfo=UTC)))
DASHBOARD = Dashboard(WORLD, link_style="absolute", cache_bytes=1_000_000)


def get(path: str, query: Sequence[tuple[str, str]] = (), *, visible: frozenset[str] | None = None) -> Reply:
    """Ask for *path*; a parameter may come several times in *query*."""
    target = f"{path}?{urlencode(query)}" if query else path
    return DASHBOARD.answer(Ask(target, path, dict(query), "http://127.0.0.1:1", visible))


def data(reply: Reply) -> Any:
    """The body of a reply that must be right."""
    assert reply.status == 200, reply.body
    return orjson.loads(reply.body)


def error(reply: Reply) -> tuple[int, str]:
    """Status and text of a refusal in the vendor's form."""
    return reply.status, orjson.loads(reply.body)["errors"][0]


def walk(path: str, query: Sequence[tuple[str, str]] = ()) -> list[Any]:
    """Every row of a list, page after page."""
    reply = get(path, query)
    rows: list[Any] = list(data(reply))
    while "rel=next" in reply.headers["Link"]:
        url = next(part for part in reply.headers["Link"].split(", ") if part.endswith("rel=next"))
        query = parse_qsl(urlsplit(url[1:].partition(">")[0]).query)
        reply = get(path, query)
        rows += data(reply)
    return rows


def ids_of(model: str) -> list[str]:
    """The open organizations under a licensing model."""
    return [
        str(one["id"])
        for one in WORLD.organizations
        if one["licensing"]["model"] == model and one["api"]["enabled"]
    ]


def closed_id() -> str:
    """An organization whose API is disabled."""
    return next(str(one["id"]) for one in WORLD.organizations if not one["api"]["enabled"])
