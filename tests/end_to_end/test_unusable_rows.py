"""Rows of the list of organizations that nobody can ask about: each is an error, and touches no other row."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest

from tests.end_to_end.driving import auditor
from tests.end_to_end.faults.replies import http
from tests.end_to_end.odd_shapes import json
from tests.engine.raw_server import Exchange, RawServer, raw_server

UNUSABLE: Final = [None, "", True, 1.5, "5/9", ".."]


def a_row(organization_id: Any) -> dict[str, Any]:
    """A row of the list, of an organization under per-device licensing."""
    licensing = {"model": "per-device"}
    return {"id": organization_id, "name": "Velmora", "api": {"enabled": True}, "licensing": licensing}


@asynccontextmanager
async def a_vendor(rows: Sequence[Any]) -> AsyncIterator[RawServer]:
    """A vendor that lists *rows*, and no license of any of them."""

    async def reply(exchange: Exchange) -> None:
        is_list = b"/organizations?" in exchange.head
        await exchange.send(json(rows) if is_list else http(b"[]"))

    async with raw_server(reply) as server:
        yield server


@pytest.mark.parametrize("unusable", UNUSABLE)
async def test_all_others_are_audited_and_the_run_ends_with_3(unusable: Any) -> None:
    """The entry of `errors` has the place and the name of the row, and the list is asked for once."""
    async with a_vendor([a_row("501"), a_row(unusable), a_row("502")]) as server:
        done = await auditor("run", "--base-url", f"http://127.0.0.1:{server.port}/api/v1")

    assert done.code == 3, done.stderr
    assert {one["id"]: one["status"] for one in done.report["organizations"]} == {
        "501": "audited",
        "502": "audited",
    }
    (error,) = done.report["errors"]
    assert error["organizationId"] is None
    assert "Velmora" in error["message"]
    assert done.report["completeness"]["complete"] is False
    assert sum(b"/organizations?" in head for head in server.heads) == 1


async def test_where_no_row_is_usable_nothing_is_audited_and_the_run_ends_with_4() -> None:
    """No report, and each row with its place in what is said."""
    async with a_vendor([a_row(one) for one in UNUSABLE]) as server:
        done = await auditor("run", "--base-url", f"http://127.0.0.1:{server.port}/api/v1")

    assert (done.code, done.stdout) == (4, ""), done.stderr
    assert "no organization could be listed" in done.stderr
    assert sum(b"/organizations?" in head for head in server.heads) == 1
