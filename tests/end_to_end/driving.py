"""Runs the real program as a user would, and the audit inside this process where that is enough."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

import anyio
import orjson
from anyio.abc import Process

from auditor.assembly import Surroundings, run_audit
from auditor.engine.spool import Spool
from auditor.readers import TransportFactory
from auditor.report.to_json import ReportText
from auditor.settings.key import ApiKey
from auditor.settings.model import AuditSettings, LimitSettings, Settings, TenantSettings
from auditor.settings.selection import Selection
from auditor.simulator.world import WorldSpec

AS_OF = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
AS_OF_TEXT = "2026-03-01T12:00:00Z"
KEY = "feedc0de" * 5
"""A planted key: it looks real and opens nothing."""

PATIENCE_SECONDS = 50.0


def a_world(organizations: int = 12, licenses: int = 40, **changes: Any) -> WorldSpec:
    """A small mixed fleet around `AS_OF`."""
    fields: dict[str, Any] = {"seed": 7, "as_of": AS_OF, "profile": "mixed"}
    return WorldSpec(organizations, licenses, **fields | changes)


async def audit_inside(
    base_url: str,
    *,
    key: str = KEY,
    audit: AuditSettings | None = None,
    previous_pages: Mapping[str, int] | None = None,
    make_transport: TransportFactory | None = None,
    **limits: Any,
) -> dict[str, Any]:
    """The audit in this process, over real HTTP, at `AS_OF`; the report as a reader of the file sees it."""
    tenant = TenantSettings(name="north", api_key_env="NORTH_KEY", base_url=base_url)
    with Spool() as spool:
        head = await run_audit(
            Settings(audit=audit or AuditSettings(), limits=LimitSettings(**limits), tenants=(tenant,)),
            keys={"north": ApiKey(key, "the test")},
            as_of=AS_OF,
            run_id="test",
            selection=Selection(),
            surroundings=Surroundings(Random(1), make_transport=make_transport, clock=lambda: AS_OF),
            keep=spool.add,
            previous_pages=previous_pages,
        )
        return dict(orjson.loads(b"".join(ReportText(head, spool))))


@dataclass(frozen=True)
class Ended:
    """What a finished process left behind."""

    code: int
    stdout: str
    stderr: str

    @property
    def report(self) -> dict[str, Any]:
        """Its stdout, read as the report."""
        return dict(json.loads(self.stdout))


def environment(**variables: str) -> dict[str, str]:
    """The environment of the test, with a key, changed by *variables*; empty text removes one."""
    merged = {**os.environ, "MERAKI_DASHBOARD_API_KEY": KEY, "PYTHONWARNINGS": "error"} | variables
    return {name: value for name, value in merged.items() if value}


async def auditor(*arguments: str, stdin: str = "", **variables: str) -> Ended:
    """Run the command line to its end."""
    with anyio.fail_after(PATIENCE_SECONDS):
        done = await anyio.run_process(
            [sys.executable, "-m", "auditor", *arguments],
            input=stdin.encode(),
            check=False,
            env=environment(**variables),
        )
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


async def start_auditor(*arguments: str, stdout: int = subprocess.PIPE, **variables: str) -> Process:
    """Start the command line and leave it running, its outputs piped unless *stdout* says otherwise."""
    return await anyio.open_process(
        [sys.executable, "-m", "auditor", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        env=environment(**variables),
    )


async def ended(process: Process) -> Ended:
    """Wait for a started process and collect what it printed."""
    outputs = {"stdout": b"", "stderr": b""}

    async def drain(name: str) -> None:
        stream = getattr(process, name)
        if stream is not None:
            async for chunk in stream:
                outputs[name] += chunk

    with anyio.fail_after(PATIENCE_SECONDS):
        async with process, anyio.create_task_group() as tasks:
            tasks.start_soon(drain, "stdout")
            tasks.start_soon(drain, "stderr")
    code = process.returncode
    assert code is not None
    return Ended(code, outputs["stdout"].decode(), outputs["stderr"].decode())


def lasting(report: dict[str, Any]) -> bytes:
    """The report without what differs from run to run, as bytes."""
    return orjson.dumps({key: value for key, value in report.items() if key not in {"run", "traffic"}})
